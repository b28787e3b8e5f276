package swarmlog

import (
	"time"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/publishing"
	"swarmlog.dev/go/internal/stream"
)

// TelemetryCounts is what became of a publisher's telemetry, in records since it started: Offered is Taken, Shed, Dropped
// and what is on its way.
type TelemetryCounts struct {
	// Offered were given to the publisher.
	Offered int
	// Taken by the coordinator.
	Taken int
	// Shed: dropped by the coordinator, which said so.
	Shed int
	// Dropped here: the queue was full, or the stream broke before the coordinator answered.
	Dropped int
}

func (c TelemetryCounts) underWay() int { return c.Offered - c.Taken - c.Shed - c.Dropped }

// telemetryShell is the input and output of a publishing.Telemetry: a stream, a timer, a bounded queue, its counts. All of
// it is guarded by its turns.
type telemetryShell struct {
	streamOwner
	connection *Connection
	session    *publishing.Telemetry
	maxRecords int
	maxBytes   int
	counts     TelemetryCounts
	// Of what is queued or in flight.
	bytes  int
	closed bool
	// Closed when nothing is queued or in flight; nil unless somebody waits for that.
	settled chan struct{}
}

func newTelemetryShell(connection *Connection, config PublisherConfig) *telemetryShell {
	s := &telemetryShell{
		connection: connection, maxRecords: config.MaxQueuedGroups, maxBytes: config.MaxQueuedBytes,
	}
	hello := &swarmlogv1.TelemetryHello{Swarm: config.Swarm, Publisher: config.Name}
	s.session = publishing.NewTelemetry(hello, &telemetryOutput{s}, backoff.New(&connection.random))
	return s
}

// offer queues a record; an error if it was dropped at once.
func (s *telemetryShell) offer(record *swarmlogv1.PublishRecord) error {
	size := proto.Size(record)
	s.Lock()
	defer s.Unlock()
	s.counts.Offered++
	if s.closed {
		s.counts.Dropped++
		return errorOf(publishing.Closed).also(ErrClosed)
	}
	if s.counts.underWay() > s.maxRecords || s.bytes+size > s.maxBytes {
		s.counts.Dropped++
		return telemetryFullError(s.counts.underWay())
	}
	s.bytes += size
	s.session.Offer(record)
	s.wake()
	return nil
}

func (s *telemetryShell) counted() TelemetryCounts {
	s.Lock()
	defer s.Unlock()
	return s.counts
}

// closeQueue takes nothing more.
func (s *telemetryShell) closeQueue() (settled <-chan struct{}) {
	s.Lock()
	defer s.Unlock()
	s.closed = true
	if s.settled == nil {
		s.settled = make(chan struct{})
		s.noteSettled()
	}
	return s.settled
}

// close drops what is not answered, and ends the stream.
func (s *telemetryShell) close() {
	s.Lock()
	s.session.Close()
	s.stopTimer()
	s.Unlock()
	s.awaitStreams()
}

func (s *telemetryShell) noteSettled() {
	if s.closed && s.counts.underWay() == 0 {
		select {
		case <-s.settled:
		default:
			close(s.settled)
		}
	}
}

// NextFrame is as stream.Events says.
func (s *telemetryShell) NextFrame() *swarmlogv1.TelemetryRequest {
	batch := s.session.Poll()
	if batch == nil {
		return nil
	}
	return &swarmlogv1.TelemetryRequest{Frame: &swarmlogv1.TelemetryRequest_Batch{Batch: batch}}
}

// Frame is as stream.Events says. A frame of a later version answers nothing of ours.
func (s *telemetryShell) Frame(frame *swarmlogv1.TelemetryResponse) {
	switch of := frame.GetFrame().(type) {
	case *swarmlogv1.TelemetryResponse_Welcome:
		s.session.Welcome(time.Now())
	case *swarmlogv1.TelemetryResponse_Ack:
		s.session.Acked(of.Ack)
	}
	s.wake()
}

// Ended is as stream.Events says.
func (s *telemetryShell) Ended(why failure.Failure) {
	s.stream = nil
	s.session.StreamEnded(why, time.Now())
}

// telemetryOutput is what the session wants done, see publishing.TelemetryOutput. In a turn.
type telemetryOutput struct{ *telemetryShell }

func (s *telemetryOutput) OpenStream(hello *swarmlogv1.TelemetryHello) {
	channel, err := s.connection.attempt()
	if err != nil {
		// The connection was closed before its publisher.
		s.session.Close()
		return
	}
	first := &swarmlogv1.TelemetryRequest{Frame: &swarmlogv1.TelemetryRequest_Hello{Hello: hello}}
	call := swarmlogv1.NewPublishServiceClient(channel).Telemetry
	s.opened(stream.Open(s.telemetryShell, call, first, s.telemetryShell, s.connection.Target(), stream.Options{}))
}

func (s *telemetryOutput) Settled(taken, shed, dropped, bytes int) {
	s.counts.Taken += taken
	s.counts.Shed += shed
	s.counts.Dropped += dropped
	s.bytes -= bytes
	s.noteSettled()
}

func (s *telemetryOutput) StartTimer(delay time.Duration) { s.startTimer(delay, s.session.Timer) }
