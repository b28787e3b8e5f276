package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// nobody is an address that nobody listens on.
const nobody = "127.0.0.1:1"

func TestReturnsWhereAPublicationLies(t *testing.T) {
	target, swarm := swarmOn(t)
	publisher := publisherOn(t, target, swarm)
	first := published(t, publisher, command("a"))
	second := published(t, publisher, command("b"))
	if first.FirstOpID != 1 || second.OpID() != 2 || Log(first.Last.GetLog()) != LogMain || first.Duplicate ||
		first.Durability == swarmlogv1.Durability_DURABILITY_UNSPECIFIED {
		t.Errorf("Expected main:1 and main:2, but got %v and %v", first, second)
	}
	if pending := publisher.Pending(); pending != 0 {
		t.Errorf("Expected nothing to wait, but %d groups do", pending)
	}
}

func TestReachesLoopbackWhateverProxyThereIs(t *testing.T) {
	target, swarm := swarmOn(t)
	t.Setenv("HTTP_PROXY", "http://"+nobody)
	t.Setenv("HTTPS_PROXY", "http://"+nobody)
	t.Setenv("NO_PROXY", "")
	published(t, publisherOn(t, target, swarm), command("a"))
}

func TestAppendsAGroupWhole(t *testing.T) {
	target, swarm := swarmOn(t)
	where, err := publisherOn(t, target, swarm).PublishGroup(patient(t), command("a"), command("b"), command("c"))
	if err != nil || where.String() != "main:1..3" {
		t.Fatalf("Expected main:1..3, but got %v and %v", where, err)
	}
	for _, operation := range mainOf(t, target, swarm) {
		if operation.GetGroupFirst() != 1 || operation.GetGroupLast() != 3 || operation.GetPublishTimeUnixNano() == 0 {
			t.Errorf("Expected a part of the group, with its time, but got %v", operation)
		}
	}
}

func TestPipelinesInTheOrderOfSubmitting(t *testing.T) {
	target, swarm := swarmOn(t)
	publisher := publisherOn(t, target, swarm)
	var answers []*Answer
	var texts []string
	for i := range 3_000 {
		texts = append(texts, fmt.Sprintf("m%d", i))
		answers = append(answers, submitted(t, publisher, command(texts[i])))
	}
	for i, answer := range answers {
		where, err := answer.Wait(patient(t))
		if err != nil || where.OpID() != uint64(i)+1 {
			t.Fatalf("Expected operation %d, but got %v and %v", i+1, where, err)
		}
	}
	if got := textsOf(t, target, swarm); got != fmt.Sprint(texts) {
		t.Errorf("Expected the order of submitting, but got %s", got)
	}
}

func TestKeepsControlApart(t *testing.T) {
	target, swarm := swarmOn(t)
	publisher := publisherOn(t, target, swarm)
	elected := Event(TopicControl, Text("t", "x"))
	if where := published(t, publisher, elected); Log(where.Last.GetLog()) != LogControl {
		t.Errorf("Expected the log control, but got %v", where)
	}
	_, err := publisher.PublishGroup(patient(t), command("a"), elected)
	expectText(t, err, "main and control: publish them apart")
}

func TestRefusesWhatMakesNoGroup(t *testing.T) {
	publisher := publisherOn(t, nobody, "s")
	ctx := patient(t)
	_, err := publisher.PublishGroup(ctx)
	expectText(t, err, "at least one publication")
	_, err = publisher.Publish(ctx, Measurement(Text("t", "x")))
	expectText(t, err, "telemetry by Telemetry")
	_, err = publisher.Publish(ctx, Publication{})
	expectText(t, err, "but got its zero value")
	_, err = publisher.Publish(ctx, Event(TopicCommands, JSON("t", func() {})))
	expectText(t, err, "a value that has a JSON form")
	expectText(t, publisher.Telemetry(ctx, command("a")), "use Publish")
	if state := publisher.State(LogTelemetry); state != (PublisherState{Log: LogTelemetry}) {
		t.Errorf("Expected nothing of telemetry, but got %+v", state)
	}
}

func TestRefusesAConfigurationThatMakesNoPublisher(t *testing.T) {
	whole := PublisherConfig{Target: nobody, Swarm: "s", Name: "p"}
	tests := map[string]func(*PublisherConfig){
		"set Swarm":                    func(c *PublisherConfig) { c.Swarm = " " },
		"set Name":                     func(c *PublisherConfig) { c.Name = "" },
		"has no port":                  func(c *PublisherConfig) { c.Target = "localhost" },
		"at least one group":           func(c *PublisherConfig) { c.MaxQueuedGroups = -1 },
		"OverflowFail or OverflowWait": func(c *PublisherConfig) { c.Overflow = 7 },
		"a Connection is given, too":   func(c *PublisherConfig) { c.Connection = &Connection{} },
		`"host:port" of a coordinator`: func(c *PublisherConfig) { c.Target = "" },
		"but got 10000 and -5":         func(c *PublisherConfig) { c.MaxQueuedBytes = -5 },
		"a publisher of UTF-8":         func(c *PublisherConfig) { c.Name = "\xff" },
	}
	for want, change := range tests {
		config := whole
		change(&config)
		_, err := NewPublisher(config)
		expectText(t, err, want)
	}
}

func TestFailsOneRefusedPublicationAndKeepsTheOthersInOrder(t *testing.T) {
	target, swarm := swarmOn(t)
	publisher := publisherOn(t, target, swarm)
	tooLong := Keyed(TopicReconciliation, strings.Repeat("k", 100_000), Text("t", "v"))
	var answers []*Answer
	for _, publication := range []Publication{command("a"), tooLong, command("b"), tooLong, command("c")} {
		answers = append(answers, submitted(t, publisher, publication))
	}
	for i, answer := range answers {
		_, err := answer.Wait(patient(t))
		var known *Error
		switch {
		case i%2 == 0 && err != nil:
			t.Errorf("Expected the others not to be affected, but got %v", err)
		case i%2 == 1 && (!errors.Is(err, ErrTerminal) || !errors.As(err, &known) || known.Action == ""):
			t.Errorf("Expected it to be refused for good, with what to do, but got %v", err)
		}
	}
	if got := textsOf(t, target, swarm); got != "[a b c]" {
		t.Errorf("Expected [a b c], but got %s", got)
	}
}

func TestGetsTheFirstAnswerUnderAnIdempotencyKey(t *testing.T) {
	target, swarm := swarmOn(t)
	once := command("a").WithIdempotencyKey("once")
	first := published(t, publisherOn(t, target, swarm), once)
	second := published(t, publisherOn(t, target, swarm), once)
	if !second.Duplicate || second.OpID() != first.OpID() {
		t.Errorf("Expected the first answer again, but got %v and %v", first, second)
	}
}

func TestWaitsForRoomInTheQueue(t *testing.T) {
	target, swarm := swarmOn(t)
	publisher, err := NewPublisher(PublisherConfig{
		Target: target, Swarm: swarm, Name: "p", MaxQueuedGroups: 3, Overflow: OverflowWait,
	})
	if err != nil {
		t.Fatal(err)
	}
	var callers sync.WaitGroup
	for i := range 100 {
		callers.Go(func() { published(t, publisher, command(fmt.Sprint(i))) })
	}
	callers.Wait()
	if got := len(mainOf(t, target, swarm)); got != 100 {
		t.Errorf("Expected each once, but got %d", got)
	}
	if err := publisher.Close(); err != nil {
		t.Error(err)
	}
}

func TestWaitsForRoomNoLongerThanTheCaller(t *testing.T) {
	publisher, err := NewPublisher(PublisherConfig{
		Target: nobody, Swarm: "s", Name: "p", MaxQueuedGroups: 1, Overflow: OverflowWait,
	})
	if err != nil {
		t.Fatal(err)
	}
	answer := submitted(t, publisher, command("a"))
	ctx, cancel := context.WithCancel(context.Background())
	gaveUp := make(chan error, 1)
	go func() {
		_, err := publisher.Submit(ctx, command("b"))
		gaveUp <- err
	}()
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Errorf("Expected the caller's own error, but got %v", err)
	}
	if _, err := answer.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Expected the answer to be waited for no longer, but got %v", err)
	}
	closeNow(t, publisher)
	if _, err := answer.Wait(patient(t)); !errors.Is(err, ErrClosed) || !errors.Is(err, ErrRetryable) {
		t.Errorf("Expected what was not sent to be given up, but got %v", err)
	}
	if _, err := publisher.Submit(context.Background(), command("c")); !errors.Is(err, ErrClosed) {
		t.Errorf("Expected the publisher to be closed, but got %v", err)
	}
}

func TestBoundsTheQueueInBytes(t *testing.T) {
	publisher, err := NewPublisher(PublisherConfig{Target: nobody, Swarm: "s", Name: "p", MaxQueuedBytes: 1_000})
	if err != nil {
		t.Fatal(err)
	}
	// One that is larger than the bound is taken, for else it never were.
	submitted(t, publisher, command(strings.Repeat("x", 2_000)))
	if _, err := publisher.Submit(patient(t), command("a")); !errors.Is(err, ErrQueueFull) || !errors.Is(err, ErrRetryable) {
		t.Errorf("Expected the queue to be full, but got %v", err)
	}
	closeNow(t, publisher)
}

func TestCountsWhatBecomesOfTelemetry(t *testing.T) {
	target, swarm := swarmOn(t)
	publisher := publisherOn(t, target, swarm)
	for i := range 1_000 {
		if err := publisher.Telemetry(patient(t), Measurement(JSON("t", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := publisher.Close(); err != nil {
		t.Fatal(err)
	}
	if counts := publisher.TelemetryCounts(); counts != (TelemetryCounts{Offered: 1_000, Taken: 1_000}) {
		t.Errorf("Expected all to be taken, but got %+v", counts)
	}
	if err := publisher.Telemetry(patient(t), Measurement(JSON("t", 1))); !errors.Is(err, ErrClosed) {
		t.Errorf("Expected the publisher to be closed, but got %v", err)
	}
}

func TestCountsTelemetryThatFindsNoRoom(t *testing.T) {
	publisher, err := NewPublisher(PublisherConfig{Target: nobody, Swarm: "s", Name: "p", MaxQueuedGroups: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		err := publisher.Telemetry(patient(t), Measurement(JSON("t", i)))
		if (i == 2) != errors.Is(err, ErrQueueFull) {
			t.Errorf("Expected room for two, but of %d got %v", i, err)
		}
	}
	closeNow(t, publisher)
	if counts := publisher.TelemetryCounts(); counts != (TelemetryCounts{Offered: 3, Dropped: 3}) {
		t.Errorf("Expected all to be dropped, but got %+v", counts)
	}
}

func TestLeavesASharedConnectionOpen(t *testing.T) {
	target, swarm := swarmOn(t)
	connection, err := NewConnection(target, ConnectionConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		publisher, err := NewPublisher(PublisherConfig{Connection: connection, Swarm: swarm, Name: "p"})
		if err != nil {
			t.Fatal(err)
		}
		published(t, publisher, command("a"))
		if err := publisher.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := connection.Close(); err != nil {
		t.Error(err)
	}
	orphan, err := NewPublisher(PublisherConfig{Connection: connection, Swarm: swarm, Name: "p"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := orphan.Publish(patient(t), command("a")); !errors.Is(err, ErrClosed) {
		t.Errorf("Expected nothing to go over a closed connection, but got %v", err)
	}
	closeNow(t, orphan)
}

func published(t testing.TB, publisher *Publisher, publication Publication) GroupPosition {
	t.Helper()
	where, err := publisher.Publish(patient(t), publication)
	if err != nil {
		t.Errorf("Expected %v to be published, but got %v", publication.Topic(), err)
	}
	return where
}

func submitted(t testing.TB, publisher *Publisher, publication Publication) *Answer {
	t.Helper()
	answer, err := publisher.Submit(patient(t), publication)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// closeNow waits for no answers.
func closeNow(t testing.TB, publisher *Publisher) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := publisher.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func expectText(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Expected an error with %q, but got %v", want, err)
	}
}
