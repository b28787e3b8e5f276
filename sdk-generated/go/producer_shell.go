package swarmlog

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/publishing"
	"swarmlog.dev/go/internal/stream"
)

// producerShell is the input and output of a publishing.Producer: a stream, a timer, a bounded queue, and answers. All of
// it is guarded by its turns.
type producerShell struct {
	streamOwner
	connection *Connection
	producer   *publishing.Producer[*Answer]
	bound      queueBound
	monitor    publisherMonitor
}

func newProducerShell(connection *Connection, config PublisherConfig, log Log, producerID string) *producerShell {
	s := &producerShell{connection: connection}
	s.bound = queueBound{maxGroups: config.MaxQueuedGroups, maxBytes: config.MaxQueuedBytes}
	s.monitor = publisherMonitor{
		log: log, target: connection.Target(), bound: &s.bound, logger: config.Logger, tell: config.Listener,
		tellLost: config.PublishedLost, later: s.later,
	}
	s.beforeEnd = s.grant
	hello := &swarmlogv1.ProducerHello{
		Swarm: config.Swarm, Publisher: config.Name, ProducerId: producerID, Log: log.Wire(),
	}
	s.producer = publishing.NewProducer(hello, &producerOutput{s}, backoff.New(&connection.random),
		swarmlogv1.PublisherMaxInFlightGroups)
	return s
}

// submit takes a group into the queue. An error if there is no room, or, where it waits for some, when ctx is done.
func (s *producerShell) submit(ctx context.Context, group *swarmlogv1.PublishGroup, answer *Answer, wait bool) error {
	answer.bytes = proto.Size(group)
	take := func() {
		s.producer.Offer(answer, group)
		s.wake()
	}
	waiter, err := s.takeRoom(answer.bytes, take, wait)
	if waiter == nil {
		return err
	}
	select {
	case granted := <-waiter.granted:
		return s.granted(granted)
	case <-ctx.Done():
	}
	s.Lock()
	gaveUp := s.bound.giveUp(waiter)
	s.Unlock()
	if !gaveUp {
		return s.granted(<-waiter.granted)
	}
	return context.Cause(ctx)
}

// takeRoom returns who waits for room, or nil where there is nothing to wait for.
func (s *producerShell) takeRoom(bytes int, take func(), wait bool) (*waiter, error) {
	s.Lock()
	defer s.Unlock()
	switch {
	case s.bound.tryAcquire(bytes, time.Now()):
		take()
		return nil, nil
	case s.bound.closed:
		return nil, errorOf(publishing.Closed).also(ErrClosed)
	case wait:
		return s.bound.await(bytes, take), nil
	default:
		return nil, queueFullError(s.monitor.state(time.Now()))
	}
}

func (s *producerShell) granted(granted bool) error {
	if granted {
		return nil
	}
	return errorOf(publishing.Closed).also(ErrClosed)
}

func (s *producerShell) state() PublisherState {
	s.Lock()
	defer s.Unlock()
	return s.monitor.state(time.Now())
}

// closeQueue takes nothing more.
func (s *producerShell) closeQueue() (empty <-chan struct{}) {
	s.Lock()
	defer s.Unlock()
	s.bound.closed = true
	return s.bound.whenEmpty()
}

// close fails what is not answered, and ends the stream.
func (s *producerShell) close() {
	s.Lock()
	s.producer.Close()
	s.stopTimer()
	s.Unlock()
	s.awaitStreams()
}

// grant gives room to those who wait for it, at the end of each turn.
func (s *producerShell) grant() {
	if s.bound.grant(time.Now()) {
		s.wake()
	}
}

// NextFrame is what the stream is told: see stream.Events.
func (s *producerShell) NextFrame() *swarmlogv1.PublishStreamRequest {
	group := s.producer.Poll()
	if group == nil {
		return nil
	}
	return &swarmlogv1.PublishStreamRequest{Frame: &swarmlogv1.PublishStreamRequest_Group{Group: group}}
}

// Frame is as stream.Events says. A frame of a later version answers nothing of ours.
func (s *producerShell) Frame(frame *swarmlogv1.PublishStreamResponse) {
	now := time.Now()
	switch of := frame.GetFrame().(type) {
	case *swarmlogv1.PublishStreamResponse_Welcome:
		s.producer.Welcome(of.Welcome, now)
	case *swarmlogv1.PublishStreamResponse_Ack:
		s.producer.Acked(of.Ack, now)
	case *swarmlogv1.PublishStreamResponse_Refusal:
		s.producer.Refused(of.Refusal, now)
	}
	s.wake()
}

// Ended is as stream.Events says.
func (s *producerShell) Ended(why failure.Failure) {
	s.stream = nil
	s.producer.StreamEnded(why, time.Now())
	s.wake()
}

// producerOutput is what the producer wants done, see publishing.ProducerOutput. In a turn.
type producerOutput struct{ *producerShell }

func (s *producerOutput) OpenStream(hello *swarmlogv1.ProducerHello) {
	channel, err := s.connection.attempt()
	if err != nil {
		// The connection was closed before its publisher.
		s.producer.Close()
		return
	}
	first := &swarmlogv1.PublishStreamRequest{Frame: &swarmlogv1.PublishStreamRequest_Hello{Hello: hello}}
	call := swarmlogv1.NewPublishServiceClient(channel).PublishStream
	s.opened(stream.Open(s.producerShell, call, first, s.producerShell, s.connection.Target(), stream.Options{}))
}

func (s *producerOutput) Sent(answer *Answer) { s.later(answer.span.sent) }

func (s *producerOutput) Appended(answer *Answer, ack *swarmlogv1.PublishAck) {
	s.answered(answer)
	where := GroupPosition{ack.GetFirstOpId(), ack.GetLast(), ack.GetDurability(), ack.GetDuplicate()}
	s.later(func() { answer.appended(where) })
}

func (s *producerOutput) Failed(answer *Answer, why failure.Failure) {
	err := errorOf(why)
	if s.producer.State() == publishing.ClosedForGood {
		err = err.also(ErrClosed)
	}
	s.fail(answer, err)
}

func (s *producerOutput) OutcomeUnknown(answer *Answer, why failure.Failure) {
	s.fail(answer, outcomeUnknownError(why))
}

func (s *producerOutput) AcknowledgedLost(groups uint64, newest *swarmlogv1.Position) {
	s.monitor.lost(groups, newest)
}

func (s *producerOutput) Waits(why failure.Failure, wait time.Duration) { s.monitor.waits(why, wait) }

func (s *producerOutput) Resumed() { s.monitor.resumed() }

func (s *producerOutput) StartTimer(delay time.Duration) { s.startTimer(delay, s.producer.Timer) }

func (s *producerOutput) BreakerChanged(changed publishing.BreakerState, why *failure.Failure, wait time.Duration) {
	s.monitor.breakerChanged(changed, why, wait)
}

func (s *producerOutput) fail(answer *Answer, err *Error) {
	s.answered(answer)
	s.later(func() { answer.failed(err) })
}

func (s *producerOutput) answered(answer *Answer) {
	s.bound.release(answer.bytes)
	s.monitor.answered()
}
