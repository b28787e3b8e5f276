package swarmlog

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"swarmlog.dev/go/internal/failure/failuretest"
)

const wait = 2 * time.Second

// watched is a monitor, and what it tells.
type watched struct {
	publisherMonitor
	told  []PublisherState
	lines lineLog
}

func watch() *watched {
	w := &watched{lines: newLineLog()}
	w.publisherMonitor = publisherMonitor{
		log: LogMain, target: "db:7400", bound: &queueBound{maxGroups: 10, maxBytes: 1_000}, logger: slog.New(w.lines),
		tell: func(state PublisherState) { w.told = append(w.told, state) }, later: func(tell func()) { tell() },
	}
	return w
}

func (w *watched) publish(groups int) {
	for range groups {
		w.bound.tryAcquire(1, time.Now())
	}
}

func (w *watched) answer() {
	w.bound.release(1)
	w.answered()
}

func TestTellsOnceThatARateLimitIsFeltAndOnceThatItIsNoMore(t *testing.T) {
	w := watch()
	limited := failuretest.Of("RATE_LIMITED", wait)
	w.publish(3)
	// It is refused, and again after one was taken.
	w.waits(limited, wait)
	waiting := w.state(time.Now())
	w.resumed()
	w.answer()
	sending := w.state(time.Now())
	w.publish(1)
	w.waits(limited, wait)
	w.resumed()
	w.answer()
	w.answer()
	if waiting.Breaker != BreakerClosed || waiting.Until.IsZero() || waiting.Why.Reason != "RATE_LIMITED" {
		t.Errorf("Expected it to wait for the limit, but got %+v", waiting)
	}
	if !sending.Until.IsZero() || sending.Why == nil || len(w.told) != 1 {
		t.Errorf("Expected the limit to be felt still, and told once, but got %+v and %v", sending, w.told)
	}
	// The last of those that waited is answered, while another came.
	w.publish(1)
	w.answer()
	if len(w.told) != 2 || w.told[1].Why != nil || w.told[1].QueuedGroups != 1 {
		t.Errorf("Expected to be told that it is over, but got %+v", w.told)
	}
	if lines := w.lines.list(); len(lines) != 1 ||
		!strings.HasPrefix(lines[0], "Limited by db:7400, while 3 groups wait: RATE_LIMITED: ") {
		t.Errorf("Expected one line, but got %q", lines)
	}
}

func TestShowsWhatItWaitsForAndTellsNobody(t *testing.T) {
	w := watch()
	w.waits(failuretest.Of("OVERLOADED", 0), wait)
	state := w.state(time.Now())
	w.resumed()
	if state.Why.Reason != "OVERLOADED" || state.Until.IsZero() || w.state(time.Now()).Why != nil || len(w.told) != 0 {
		t.Errorf("Expected to see what it waits for, and nothing told, but got %+v and %v", state, w.told)
	}
}

func TestLogsThatItSendsNothingAndThatItDoesAgain(t *testing.T) {
	w := watch()
	w.publish(2)
	away := failuretest.Of("UNAVAILABLE", 0)
	for range 3 {
		w.breakerChanged(BreakerOpen, &away, wait)
	}
	w.breakerChanged(BreakerClosed, nil, 0)
	w.breakerChanged(BreakerClosed, nil, 0)
	lines := w.lines.list()
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "Sends nothing to db:7400 until ") ||
		!strings.HasSuffix(lines[0], ", for 2.0 s, while 2 groups wait: UNAVAILABLE: the call ended without a message") ||
		lines[1] != "Sends again to db:7400" || len(w.told) != 5 {
		t.Errorf("Expected two lines, and to be told five times, but got %q and %d", lines, len(w.told))
	}
}

func TestTakesOneThatIsLargerThanTheBoundWhenNothingElseIsThere(t *testing.T) {
	bound := &queueBound{maxGroups: 10, maxBytes: 10}
	var taken []bool
	try := func(bytes int) { taken = append(taken, bound.tryAcquire(bytes, time.Now())) }
	try(100)
	try(1)
	bound.release(100)
	try(5)
	try(6)
	try(5)
	if want := []bool{true, false, true, false, true}; !slices.Equal(taken, want) {
		t.Errorf("Expected %v, but got %v", want, taken)
	}
}

func TestGivesRoomInTheOrderOfAskingAlsoWhereOneGivesUp(t *testing.T) {
	bound := &queueBound{maxGroups: 10, maxBytes: 10}
	bound.tryAcquire(10, time.Now())
	var taken []string
	await := func(bytes int, name string) *waiter {
		return bound.await(bytes, func() { taken = append(taken, name) })
	}
	large, small, late := await(9, "large"), await(1, "small"), await(10, "late")
	if bound.tryAcquire(0, time.Now()) {
		t.Error("Expected nobody to get ahead of those who wait")
	}
	if !bound.giveUp(large) || bound.giveUp(large) {
		t.Error("Expected the first to give up once")
	}
	bound.release(10)
	bound.grant(time.Now())
	if !<-small.granted || !slices.Equal(taken, []string{"small"}) || bound.giveUp(small) {
		t.Errorf("Expected the second to have room, but got %v", taken)
	}
	empty := bound.whenEmpty()
	bound.closed = true
	bound.grant(time.Now())
	if <-late.granted || <-await(1, "never").granted || bound.tryAcquire(1, time.Now()) {
		t.Error("Expected no room once it is closed")
	}
	bound.release(1)
	<-empty
	<-bound.whenEmpty()
	if !slices.Equal(taken, []string{"small"}) {
		t.Errorf("Expected nothing else to be taken, but got %v", taken)
	}
}

func TestTellsInOrderBehindTheTurnAndLetsWhoIsToldCallBack(t *testing.T) {
	var turns turns
	var told []int
	turns.Lock()
	turns.later(func() {
		// As a listener that publishes.
		turns.Lock()
		turns.later(func() { told = append(told, 3) })
		turns.Unlock()
		told = append(told, 1)
	})
	turns.later(func() { told = append(told, 2) })
	turns.Unlock()
	if !slices.Equal(told, []int{1, 2, 3}) {
		t.Errorf("Expected what is told to come in order, but got %v", told)
	}
}
