package publishing

import (
	"time"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
)

// TelemetryOutput is what a telemetry session wants done. None of it blocks.
type TelemetryOutput interface {
	// OpenStream opens a stream and sends Hello.
	OpenStream(hello *swarmlogv1.TelemetryHello)
	// EndStream ends the stream; nothing of it may come in any more.
	EndStream()
	// Settled counts these records: taken and shed by the coordinator, or dropped here.
	Settled(taken, shed, dropped, bytes int)
	// StartTimer has Timer called after this.
	StartTimer(delay time.Duration)
}

type measured struct {
	record *swarmlogv1.PublishRecord
	bytes  int
}

type sentBatch struct {
	number         uint64
	records, bytes int
}

// Telemetry is a publisher's telemetry: cut into batches, a few of them in flight, never sent twice. What a broken stream
// leaves unanswered counts as dropped.
//
// Transitions; any other input leaves the state as it is:
//
//	| in | on | to | doing |
//	|---|---|---|---|
//	| IDLE | offer | CONNECTING | open stream with TelemetryHello |
//	| CONNECTING | welcome | OPEN | send |
//	| CONNECTING, OPEN | end of stream | WAITING | drop what is in flight, timer |
//	| WAITING | timer | CONNECTING | open stream with TelemetryHello |
//	| any | close | CLOSED | drop all, end stream |
type Telemetry struct {
	state      ProducerState
	identity   *swarmlogv1.TelemetryHello
	output     TelemetryOutput
	backoff    *backoff.Backoff
	unsent     []measured
	awaiting   []sentBatch
	lastNumber uint64
}

// NewTelemetry makes a session that connects when something is offered.
func NewTelemetry(identity *swarmlogv1.TelemetryHello, output TelemetryOutput, backoffs *backoff.Backoff) *Telemetry {
	return &Telemetry{identity: identity, output: output, backoff: backoffs}
}

// State returns where the session stands: IDLE, CONNECTING, OPEN, WAITING or CLOSED.
func (t *Telemetry) State() ProducerState { return t.state }

// Offer takes a record.
func (t *Telemetry) Offer(record *swarmlogv1.PublishRecord) {
	size := proto.Size(record)
	if t.state == ClosedForGood {
		t.output.Settled(0, 0, 1, size)
		return
	}
	t.unsent = append(t.unsent, measured{record, size})
	if t.state == Idle {
		t.connect()
	}
}

// Poll returns the next batch to be written, or nil. To be called while the stream takes more, after every other call.
func (t *Telemetry) Poll() *swarmlogv1.TelemetryBatch {
	if t.state != Open || len(t.unsent) == 0 || len(t.awaiting) >= swarmlogv1.PublisherMaxTelemetryBatchesInFlight {
		return nil
	}
	t.lastNumber++
	batch := &swarmlogv1.TelemetryBatch{Number: t.lastNumber}
	total := 0
	for len(t.unsent) > 0 && len(batch.Records) < swarmlogv1.PublisherMaxTelemetryBatchRecords {
		next := t.unsent[0]
		if len(batch.Records) > 0 && total+next.bytes > swarmlogv1.PublisherMaxTelemetryBatchBytes {
			break
		}
		t.unsent[0] = measured{}
		t.unsent = t.unsent[1:]
		batch.Records = append(batch.Records, next.record)
		total += next.bytes
	}
	t.awaiting = append(t.awaiting, sentBatch{t.lastNumber, len(batch.Records), total})
	return batch
}

// Welcome takes the answer to Hello.
func (t *Telemetry) Welcome(now time.Time) {
	if t.state == Connecting {
		t.backoff.Succeeded(now)
		t.state = Open
	}
}

// Acked takes the answer to a batch. Answers come in order; a batch that was passed over got none, so it counts as dropped.
func (t *Telemetry) Acked(ack *swarmlogv1.TelemetryAck) {
	for len(t.awaiting) > 0 && t.awaiting[0].number <= ack.GetNumber() {
		sent := t.awaiting[0]
		t.awaiting = t.awaiting[1:]
		if sent.number == ack.GetNumber() {
			shed := min(int(ack.GetShedCount()), sent.records)
			t.output.Settled(sent.records-shed, shed, 0, sent.bytes)
		} else {
			t.output.Settled(0, 0, sent.records, sent.bytes)
		}
	}
}

// StreamEnded notes that the stream ended, or could not be opened. Telemetry goes on trying whatever the reason was.
func (t *Telemetry) StreamEnded(why failure.Failure, now time.Time) {
	if t.state != Connecting && t.state != Open {
		return
	}
	t.dropInFlight()
	lost := t.state == Open
	t.state = Waiting
	if lost {
		t.output.StartTimer(t.backoff.AfterLoss(now, why.RetryAfter))
	} else {
		t.output.StartTimer(t.backoff.Next(now, why.RetryAfter))
	}
}

// Timer goes on: the time of StartTimer is over.
func (t *Telemetry) Timer() {
	if t.state != Waiting {
		return
	}
	if len(t.unsent) > 0 {
		t.connect()
	} else {
		t.state = Idle
	}
}

// Close drops what is left.
func (t *Telemetry) Close() {
	if t.state == ClosedForGood {
		return
	}
	t.state = ClosedForGood
	t.output.EndStream()
	t.dropInFlight()
	for _, left := range t.unsent {
		t.output.Settled(0, 0, 1, left.bytes)
	}
	t.unsent = nil
}

func (t *Telemetry) connect() {
	t.state = Connecting
	t.output.OpenStream(t.identity)
}

func (t *Telemetry) dropInFlight() {
	for _, sent := range t.awaiting {
		t.output.Settled(0, 0, sent.records, sent.bytes)
	}
	t.awaiting = nil
}
