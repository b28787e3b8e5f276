package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"

	"swarmlog.dev/go"
	"swarmlog.dev/go/conformance/testeepb"
	"swarmlog.dev/go/internal/tracing"
)

var errNoPublisher = errors.New("expected a publisher to be started, but there is none")

// testedPublisher is a publisher that the suite publishes with.
type testedPublisher struct {
	suite      *suite
	connection *swarmlog.Connection
	publisher  *swarmlog.Publisher
	answers    sync.WaitGroup
}

// newTestedPublisher makes it; an error if the SDK refuses the settings.
func newTestedPublisher(settings *testeepb.StartPublisher, suite *suite) (*testedPublisher, error) {
	connection, err := connect(settings.GetTarget(), settings.RandomFraction)
	if err != nil {
		return nil, err
	}
	publisher, err := swarmlog.NewPublisher(swarmlog.PublisherConfig{
		Connection: connection, Swarm: settings.GetSwarm(), Name: settings.GetName(),
		MaxQueuedGroups: int(settings.GetMaxQueuedGroups()), MaxQueuedBytes: int(settings.GetMaxQueuedBytes()),
		TracerProvider: tracerProvider(settings.GetTraced()),
	})
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return &testedPublisher{suite: suite, connection: connection, publisher: publisher}, nil
}

// publish hands a group over, and sends its outcome under the id once there is one.
func (p *testedPublisher) publish(id uint32, request *testeepb.Publish) {
	ctx := context.Background()
	if caller := (tracing.Text{Traceparent: request.GetTraceparent()}).SpanContext(); caller.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, caller)
	}
	publications := make([]swarmlog.Publication, 0, len(request.GetRecords()))
	for _, record := range request.GetRecords() {
		made := swarmlog.PublicationOf(record).WithIdempotencyKey(request.GetIdempotencyKey())
		publications = append(publications, made)
	}
	if len(publications) > 0 && publications[0].Topic() == swarmlog.TopicTelemetry {
		p.measure(ctx, id, publications)
		return
	}
	answer, err := p.publisher.Submit(ctx, publications...)
	if err != nil {
		p.tell(id, swarmlog.GroupPosition{}, err)
		return
	}
	p.answers.Go(func() {
		where, err := answer.Wait(context.Background())
		p.tell(id, where, err)
	})
}

// measure: nobody learns what becomes of telemetry that was taken.
func (p *testedPublisher) measure(ctx context.Context, id uint32, measurements []swarmlog.Publication) {
	var refused error
	for _, measurement := range measurements {
		refused = errors.Join(refused, p.publisher.Telemetry(ctx, measurement))
	}
	p.tell(id, swarmlog.GroupPosition{}, refused)
}

// close waits so long for answers; what has none is given up then, and has its outcome.
func (p *testedPublisher) close(waitMs uint32) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(waitMs)*time.Millisecond)
	defer cancel()
	err := p.publisher.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		// The outcomes say so.
		err = nil
	}
	p.answers.Wait()
	return errors.Join(err, p.connection.Close())
}

func (p *testedPublisher) tell(id uint32, where swarmlog.GroupPosition, err error) {
	outcome := &testeepb.PublishOutcome{}
	switch {
	case err == nil:
		outcome.Outcome = &testeepb.PublishOutcome_Appended{Appended: &testeepb.Appended{
			FirstOpId: where.FirstOpID, LastOpId: where.OpID(), Duplicate: where.Duplicate,
		}}
	case errors.Is(err, swarmlog.ErrQueueFull):
		outcome.Outcome = &testeepb.PublishOutcome_QueueFull{QueueFull: failureFrom(err)}
	case errors.Is(err, swarmlog.ErrOutcomeUnknown):
		outcome.Outcome = &testeepb.PublishOutcome_Unknown{Unknown: failureFrom(err)}
	default:
		outcome.Outcome = &testeepb.PublishOutcome_Failed{Failed: failureFrom(err)}
	}
	p.suite.send(&testeepb.Response{Id: id, Response: &testeepb.Response_Outcome{Outcome: outcome}})
}

// connect makes a plaintext connection whose randomness can be foretold, if there is a fraction.
func connect(target string, random *float64) (*swarmlog.Connection, error) {
	config := swarmlog.ConnectionConfig{Security: swarmlog.Plaintext()}
	if random != nil {
		config.Random = fraction(*random)
	}
	return swarmlog.NewConnection(target, config)
}

// failureFrom is an error of the SDK, or what it refused before it came to that.
func failureFrom(err error) *testeepb.Failure {
	var known *swarmlog.Error
	if !errors.As(err, &known) {
		return &testeepb.Failure{Code: int32(codes.InvalidArgument), Message: err.Error()}
	}
	return &testeepb.Failure{
		Reason: reasonOf(known.Reason), Code: int32(known.Code), Message: known.Message, Action: known.Action,
		Retryable: errors.Is(err, swarmlog.ErrRetryable),
	}
}
