package publishing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure/failuretest"
)

// measuring is a telemetry session that says what it does.
type measuring struct {
	*Telemetry
	outputs []string
}

func newMeasuring() *measuring {
	m := &measuring{}
	m.Telemetry = NewTelemetry(&swarmlogv1.TelemetryHello{}, m, backoff.New(longest{}))
	return m
}

func (m *measuring) OpenStream(*swarmlogv1.TelemetryHello) {
	m.outputs = append(m.outputs, "open stream")
}

func (m *measuring) EndStream() { m.outputs = append(m.outputs, "end stream") }

func (m *measuring) Settled(taken, shed, dropped, _ int) {
	m.outputs = append(m.outputs, fmt.Sprintf("taken %d, shed %d, dropped %d", taken, shed, dropped))
}

func (m *measuring) StartTimer(delay time.Duration) {
	m.outputs = append(m.outputs, fmt.Sprintf("timer in %v", delay))
}

func (m *measuring) offer(keyBytes ...int) {
	for _, bytes := range keyBytes {
		m.Offer(&swarmlogv1.PublishRecord{Key: strings.Repeat("k", bytes)})
	}
}

// drain returns how many records there are in each batch.
func (m *measuring) drain() (records []int) {
	for batch := m.Poll(); batch != nil; batch = m.Poll() {
		records = append(records, len(batch.GetRecords()))
	}
	return records
}

func expectAll[T comparable](t *testing.T, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("Expected %v, but got %v", want, got)
	}
}

func TestCutsWhatWaitsIntoBatchesAndKeepsAFewInFlight(t *testing.T) {
	m := newMeasuring()
	m.offer(make([]int, 10*swarmlogv1.PublisherMaxTelemetryBatchRecords)...)
	if m.Poll() != nil {
		t.Error("Expected nothing to be sent before the welcome")
	}
	m.Welcome(time.Time{})
	full := slices.Repeat([]int{swarmlogv1.PublisherMaxTelemetryBatchRecords}, swarmlogv1.PublisherMaxTelemetryBatchesInFlight)
	expectAll(t, m.drain(), full...)
	m.Acked(&swarmlogv1.TelemetryAck{Number: 1, ShedCount: 6})
	if batch := m.Poll(); batch.GetNumber() != swarmlogv1.PublisherMaxTelemetryBatchesInFlight+1 || m.Poll() != nil {
		t.Errorf("Expected one more batch, but got %v", batch)
	}
	expectAll(t, m.outputs, "open stream", "taken 250, shed 6, dropped 0")
}

func TestBoundsBatchesInBytes(t *testing.T) {
	m := newMeasuring()
	m.offer(200_000, 200_000, 300_000)
	m.Welcome(time.Time{})
	expectAll(t, m.drain(), 1, 1, 1)
}

func TestNeverSendsTwiceAndCountsWhatABrokenStreamLeaves(t *testing.T) {
	m := newMeasuring()
	m.offer(1)
	m.Welcome(time.Time{})
	m.drain()
	m.offer(2)
	m.StreamEnded(failuretest.Of("UNAVAILABLE", 0), time.Time{})
	m.Timer()
	m.Welcome(time.Time{})
	if batch := m.Poll(); len(batch.GetRecords()) != 1 || batch.GetRecords()[0].GetKey() != "kk" {
		t.Errorf("Expected what had not been sent, but got %v", batch)
	}
	expectAll(t, m.outputs, "open stream", "taken 0, shed 0, dropped 1", "timer in 800ms", "open stream")
}

func TestStaysAwayWhileThereIsNothingToSend(t *testing.T) {
	m := newMeasuring()
	m.offer(1)
	m.Welcome(time.Time{})
	m.drain()
	m.StreamEnded(failuretest.Of("PERMISSION_DENIED", 0), time.Time{})
	m.Timer()
	if m.State() != Idle {
		t.Errorf("Expected IDLE, but got %v", m.State())
	}
	m.offer(2)
	if m.State() != Connecting {
		t.Errorf("Expected CONNECTING, but got %v", m.State())
	}
}

func TestCountsAnUnansweredBatchAsDroppedWhenALaterOneIsAnswered(t *testing.T) {
	m := newMeasuring()
	m.offer(1)
	m.Welcome(time.Time{})
	m.drain()
	m.offer(2)
	m.drain()
	m.Acked(&swarmlogv1.TelemetryAck{Number: 2})
	expectAll(t, m.outputs[1:], "taken 0, shed 0, dropped 1", "taken 1, shed 0, dropped 0")
}

func TestDropsEverythingWhenClosed(t *testing.T) {
	m := newMeasuring()
	m.offer(1)
	m.Welcome(time.Time{})
	m.drain()
	m.offer(2)
	m.Close()
	m.offer(3)
	dropped := "taken 0, shed 0, dropped 1"
	expectAll(t, m.outputs, "open stream", "end stream", dropped, dropped, dropped)
}
