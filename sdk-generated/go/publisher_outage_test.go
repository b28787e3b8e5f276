package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/swarmlogtest"
)

// attempts notes each time that a group is written: publishers add an event to its span then.
type attempts struct {
	embedded.TracerProvider
	*noted[string]
}

func (a *attempts) Tracer(string, ...trace.TracerOption) trace.Tracer {
	return &attemptedTracer{attempts: a}
}

type attemptedTracer struct {
	embedded.Tracer
	attempts *attempts
}

func (a *attemptedTracer) Start(ctx context.Context, _ string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	return ctx, &attemptedSpan{noop.Span{}, a.attempts}
}

type attemptedSpan struct {
	trace.Span
	attempts *attempts
}

func (s *attemptedSpan) AddEvent(name string, _ ...trace.EventOption) { s.attempts.add(name) }

// lineLog keeps the lines of a log.
type lineLog struct {
	slog.Handler
	*noted[string]
}

func newLineLog() lineLog { return lineLog{slog.DiscardHandler, newNoted[string]()} }

func (l lineLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (l lineLog) Handle(_ context.Context, record slog.Record) error {
	l.add(record.Message)
	return nil
}

func (l lineLog) WithAttrs([]slog.Attr) slog.Handler { return l }

func TestSendsAgainWhatAKilledCoordinatorDidNotAnswer(t *testing.T) {
	coordinator, swarm := swarmlogtest.Start(t), swarmlogtest.Swarm(t)
	publisher, err := NewPublisher(PublisherConfig{
		Target: coordinator.Target(), Swarm: swarm, Name: "p", MaxQueuedGroups: 100, Overflow: OverflowWait,
	})
	if err != nil {
		t.Fatal(err)
	}
	const groups = 4_000
	answered := newNoted[uint64]()
	var loading sync.WaitGroup
	loading.Go(func() {
		var telling sync.WaitGroup
		for i := range groups {
			// As a program that publishes as fast as it is answered.
			answer := submitted(t, publisher, command(fmt.Sprint(i)))
			telling.Go(func() {
				if where, err := answer.Wait(patient(t)); err != nil || where.OpID() != uint64(i)+1 {
					t.Errorf("Expected operation %d, but got %v and %v", i+1, where, err)
				}
				answered.add(1)
			})
		}
		telling.Wait()
	})
	for _, killedAt := range []int{300, 2_000} {
		answered.untilCount(t, killedAt)
		if err := errors.Join(coordinator.Kill(), coordinator.Start()); err != nil {
			t.Fatal(err)
		}
	}
	loading.Wait()
	var want []string
	for i := range groups {
		want = append(want, fmt.Sprint(i))
	}
	// Nothing is lost, doubled or reordered.
	if got := textsOf(t, coordinator.Target(), swarm); got != fmt.Sprint(want) {
		t.Errorf("Expected all in order, but got %s", got)
	}
	if err := publisher.Close(); err != nil {
		t.Error(err)
	}
}

func TestSaysInAFullQueueHowLongItWaitsAndWhy(t *testing.T) {
	coordinator, swarm := swarmlogtest.Start(t), swarmlogtest.Swarm(t)
	if err := coordinator.Kill(); err != nil {
		t.Fatal(err)
	}
	states, lines := newNoted[PublisherState](), newLineLog()
	publisher, err := NewPublisher(PublisherConfig{
		Target: coordinator.Target(), Swarm: swarm, Name: "p", MaxQueuedGroups: 2, Listener: states.add,
		Logger: slog.New(lines),
	})
	if err != nil {
		t.Fatal(err)
	}
	answers := []*Answer{submitted(t, publisher, command("a")), submitted(t, publisher, command("b"))}
	_, err = publisher.Submit(patient(t), command("c"))
	expectText(t, err, "2 groups wait for their answer")
	expectText(t, err, "allow more by MaxQueuedGroups")
	// It has failed five times in a row.
	breaker := func(wanted BreakerState) func([]PublisherState) bool {
		return func(all []PublisherState) bool { return len(all) > 0 && all[len(all)-1].Breaker == wanted }
	}
	states.until(t, breaker(BreakerOpen))
	state := publisher.State(LogMain)
	if state.QueuedGroups != 2 || state.QueuedBytes == 0 || state.OldestWaited <= 0 {
		t.Errorf("Expected two groups to have waited, but got %+v", state)
	}
	expectText(t, state.Why, "Expected to reach the coordinator at "+coordinator.Target())
	if err := coordinator.Start(); err != nil {
		t.Fatal(err)
	}
	for i, answer := range answers {
		if where, err := answer.Wait(patient(t)); err != nil || where.OpID() != uint64(i)+1 {
			t.Errorf("Expected operation %d, but got %v and %v", i+1, where, err)
		}
	}
	states.until(t, breaker(BreakerClosed))
	logged := lines.untilCount(t, 2)
	if !strings.HasPrefix(logged[0], "Sends nothing to "+coordinator.Target()+" until ") ||
		logged[len(logged)-1] != "Sends again to "+coordinator.Target() {
		t.Errorf("Expected lines that it sends nothing, and again, but got %q", logged)
	}
	if err := publisher.Close(); err != nil {
		t.Error(err)
	}
}

// limit sets rate limits of commands of a swarm, which is created.
func limit(t testing.TB, target, swarm string, of *swarmlogv1.RateLimit) {
	t.Helper()
	administration := swarmlogv1.NewAdministrationServiceClient(channelTo(t, target))
	if _, err := administration.CreateSwarm(patient(t), &swarmlogv1.CreateSwarmRequest{Name: swarm}); err != nil {
		t.Fatal(err)
	}
	limits := &swarmlogv1.RateLimits{Agent: []*swarmlogv1.TopicRateLimit{{Topic: TopicCommands.Wire(), Limit: of}}}
	request := &swarmlogv1.SetRateLimitsRequest{Swarm: swarm, RateLimits: limits}
	if _, err := administration.SetRateLimits(patient(t), request); err != nil {
		t.Fatal(err)
	}
}

func TestKnowsWhatBecameOfNothingItSentWhenItIsClosed(t *testing.T) {
	// A stream that is held by a rate limit, once its burst of ten is used up.
	target, swarm := swarmOn(t)
	limit(t, target, swarm, &swarmlogv1.RateLimit{OperationsPerSecond: proto.Uint64(1), OperationsBurst: proto.Uint64(10)})
	written := &attempts{noted: newNoted[string]()}
	publisher, err := NewPublisher(PublisherConfig{Target: target, Swarm: swarm, Name: "p", TracerProvider: written})
	if err != nil {
		t.Fatal(err)
	}
	var answers []*Answer
	for i := range 20 {
		answers = append(answers, submitted(t, publisher, command(fmt.Sprint(i))))
	}
	written.untilCount(t, 20)
	if _, err := answers[9].Wait(patient(t)); err != nil {
		t.Fatal(err)
	}
	closeNow(t, publisher)
	_, err = answers[19].Wait(patient(t))
	if !errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrRetryable) {
		t.Errorf("Expected the outcome to be unknown, but got %v", err)
	}
	expectText(t, err, "look in the log whether it was appended")
	if err := publisher.Close(); err != nil {
		t.Error(err)
	}
}

func TestWaitsAsItIsToldWhereItIsRefused(t *testing.T) {
	target, swarm := swarmOn(t)
	limit(t, target, swarm, &swarmlogv1.RateLimit{OperationsPerSecond: proto.Uint64(20), OperationsBurst: proto.Uint64(2)})
	publisher := publisherOn(t, target, swarm)
	var answers []*Answer
	var texts []string
	for i := range 40 {
		texts = append(texts, fmt.Sprint(i))
		answers = append(answers, submitted(t, publisher, command(texts[i])))
	}
	for _, answer := range answers {
		if _, err := answer.Wait(patient(t)); err != nil {
			t.Fatal(err)
		}
	}
	// What could never pass is refused at once.
	_, err := publisher.PublishGroup(patient(t), command("a"), command("b"), command("c"))
	var known *Error
	if !errors.As(err, &known) || known.Reason != "PAYLOAD_TOO_LARGE" || !errors.Is(err, ErrTerminal) {
		t.Errorf("Expected PAYLOAD_TOO_LARGE, but got %v", err)
	}
	if got := textsOf(t, target, swarm); got != fmt.Sprint(texts) {
		t.Errorf("Expected all in order, but got %s", got)
	}
}

func TestIsRefusedForARateLimitAndTellsSoOnce(t *testing.T) {
	// A limit that makes a group wait longer than the coordinator holds a stream.
	target, swarm := swarmOn(t)
	limit(t, target, swarm, &swarmlogv1.RateLimit{OperationsPerSecond: proto.Uint64(1), OperationsBurst: proto.Uint64(10)})
	states, lines := newNoted[PublisherState](), newLineLog()
	publisher, err := NewPublisher(PublisherConfig{
		Target: target, Swarm: swarm, Name: "p", Listener: states.add, Logger: slog.New(lines),
	})
	if err != nil {
		t.Fatal(err)
	}
	var group []Publication
	for range 10 {
		group = append(group, command("a"))
	}
	if _, err := publisher.PublishGroup(patient(t), group...); err != nil {
		t.Fatal(err)
	}
	answer, err := publisher.Submit(patient(t), group...)
	if err != nil {
		t.Fatal(err)
	}
	told := states.untilCount(t, 1)[0]
	if told.Why == nil || told.Why.Reason != "RATE_LIMITED" || told.Breaker != BreakerClosed || told.Until.IsZero() {
		t.Errorf("Expected to be told of the limit, but got %+v", told)
	}
	closeNow(t, publisher)
	if _, err := answer.Wait(patient(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("Expected what was refused for a while to be given up, but got %v", err)
	}
	logged := lines.list()
	if len(logged) != 1 || !strings.HasPrefix(logged[0], "Limited by "+target+", while 1 groups wait: RATE_LIMITED: ") {
		t.Errorf("Expected one line of the limit, but got %q", logged)
	}
}

func TestWritesNoMoreThanTheCoordinatorReads(t *testing.T) {
	// A coordinator that holds the stream for a limit in bytes, once the burst is used up.
	target, swarm := swarmOn(t)
	limit(t, target, swarm, &swarmlogv1.RateLimit{BytesPerSecond: proto.Uint64(100_000), BytesBurst: proto.Uint64(300_000)})
	written := &attempts{noted: newNoted[string]()}
	publisher, err := NewPublisher(PublisherConfig{Target: target, Swarm: swarm, Name: "p", TracerProvider: written})
	if err != nil {
		t.Fatal(err)
	}
	// Much more than the limit and the windows on the way take.
	const groups = 200
	var answers []*Answer
	for range groups {
		answers = append(answers, submitted(t, publisher, command(strings.Repeat("x", 100_000))))
	}
	if _, err := answers[3].Wait(patient(t)); err != nil {
		t.Fatal(err)
	}
	closeNow(t, publisher)
	// The rest waits in the queue, where it is counted.
	wrote, unsent := len(written.list()), 0
	for _, answer := range answers {
		if _, err := answer.Wait(patient(t)); errors.Is(err, ErrClosed) {
			unsent++
		}
	}
	if wrote >= groups/2 || unsent != groups-wrote {
		t.Errorf("Expected most to wait in the queue, but %d were written, and %d were not", wrote, unsent)
	}
}

func TestAnswersAlthoughTheListenerOrTheLogEndTheirGoroutine(t *testing.T) {
	// given: a listener and a log that fail a test on a goroutine that is not the test's
	told := make(chan struct{}, 10)
	ending := func(PublisherState) {
		told <- struct{}{}
		runtime.Goexit()
	}
	publisher, err := NewPublisher(PublisherConfig{
		Target: nobody, Swarm: "s", Name: "p", Listener: ending,
		Logger: slog.New(askingHandler{newLineLog(), runtime.Goexit}),
	})
	if err != nil {
		t.Fatal(err)
	}
	// when: it gives up trying, says so, and is closed
	answer := submitted(t, publisher, command("a"))
	select {
	case <-told:
	case <-patient(t).Done():
		t.Fatal("Expected the breaker to open, but it did not")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_ = publisher.Shutdown(ctx)
	// then
	if _, err := answer.Wait(patient(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("Expected to be told that it was closed, but got %v", err)
	}
}
