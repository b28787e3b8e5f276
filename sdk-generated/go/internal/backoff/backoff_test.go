package backoff

import (
	"testing"
	"time"
)

// largest always draws the largest number there is.
type largest struct{}

func (largest) Int64N(n int64) int64 { return n - 1 }

// zero always draws zero.
type zero struct{}

func (zero) Int64N(int64) int64 { return 0 }

var start = time.Unix(1_000, 0)

func TestCeilingsDoubleUpToTheLast(t *testing.T) {
	b := New(largest{})
	want := []time.Duration{100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}
	for i, ms := range want {
		if got := b.Next(start, 0); got != ms*time.Millisecond {
			t.Errorf("Expected delay %d to be up to %d ms, but it was %v", i, ms, got)
		}
	}
}

func TestLongDelaysAreInTheUpperHalf(t *testing.T) {
	if got := New(zero{}).Long(start, time.Second); got != 1050*time.Millisecond {
		t.Errorf("Expected half the ceiling on top of what was asked for, but got %v", got)
	}
	if got := New(largest{}).Long(start, 0); got != 100*time.Millisecond {
		t.Errorf("Expected at most the ceiling, but got %v", got)
	}
}

func TestALossBeginsAtTheFourthCeiling(t *testing.T) {
	b := New(largest{})
	if got := b.AfterLoss(start, 0); got != 800*time.Millisecond {
		t.Errorf("Expected up to 800 ms, but got %v", got)
	}
	if got := b.AfterLoss(start, 0); got != 1600*time.Millisecond {
		t.Errorf("Expected up to 1.6 s after another loss, but got %v", got)
	}
}

func TestOnlyWhatWorkedForAStablePeriodStartsAgain(t *testing.T) {
	b := New(largest{})
	for range 5 {
		b.Next(start, 0)
	}
	b.Succeeded(start)
	b.Succeeded(start.Add(9 * time.Second))
	if got := b.Next(start.Add(9999*time.Millisecond), 0); got != 3200*time.Millisecond {
		t.Errorf("Expected the backoff to go on after less than 10 s, but got %v", got)
	}
	b.Succeeded(start)
	if got := b.Next(start.Add(10*time.Second), 0); got != 100*time.Millisecond {
		t.Errorf("Expected the backoff to start again after 10 s, but got %v", got)
	}
}

func TestWhatWasToldIsObeyedAndATenthMore(t *testing.T) {
	tests := map[time.Duration]time.Duration{
		time.Second:           1100 * time.Millisecond,
		time.Millisecond:      11 * time.Millisecond,
		1000 * time.Second:    1030 * time.Second,
		100 * time.Nanosecond: 10*time.Millisecond + 100,
	}
	for told, most := range tests {
		b := New(largest{})
		if got := b.Told(told); got != most {
			t.Errorf("Expected at most %v when told %v, but got %v", most, told, got)
		}
		if got := New(zero{}).Told(told); got != told {
			t.Errorf("Expected at least %v, but got %v", told, got)
		}
		if got := b.Next(start, 0); got != 100*time.Millisecond {
			t.Errorf("Expected what was told to be no attempt, but the next ceiling is %v", got)
		}
	}
}

func TestABudgetEarnsRetriesBySuccesses(t *testing.T) {
	b := OfHandlers()
	for i := range 10 {
		if !b.Take() {
			t.Fatalf("Expected 10 retries from the start, but got %d", i)
		}
	}
	b.Succeeded(1)
	if b.Take() {
		t.Error("Expected no retry for one success")
	}
	b.Succeeded(1)
	if !b.Take() || b.Take() {
		t.Error("Expected one retry for two successes")
	}
	b.Succeeded(1_000)
	for i := range 20 {
		if !b.Take() {
			t.Fatalf("Expected 20 retries to be saved up, but got %d", i)
		}
	}
	if b.Take() {
		t.Error("Expected no more than 20 retries to be saved up")
	}
}
