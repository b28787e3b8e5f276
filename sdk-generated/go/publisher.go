package swarmlog

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/tracing"
)

const closeTimeout = 10 * time.Second

// Overflow is what happens when a publisher's queue is full.
type Overflow int

const (
	// OverflowFail: ErrQueueFull is returned at once; nothing was sent. The default.
	OverflowFail Overflow = iota
	// OverflowWait: the caller waits for room, in the order of the calls.
	OverflowWait
)

// PublisherConfig says what a publisher is, and where it publishes to. Target, or Connection, Swarm and Name are needed.
type PublisherConfig struct {
	// Target is the coordinator's address: "host:port", with an IPv6 address in brackets.
	Target string
	// Security of the connection to Target; by default plaintext to loopback, and TLS to anywhere else.
	Security Security
	// Connection takes the place of Target and Security: one that is shared, and that the publisher leaves open.
	Connection *Connection
	// Swarm and Name of the publisher: 1 to 128 bytes of UTF-8 without control characters.
	Swarm, Name string
	// MaxQueuedGroups and MaxQueuedBytes bound what may wait for its answer, sent or not, per log: 10,000 groups and 32 MiB
	// by default. A single group may be larger. Telemetry has a queue of its own, of the same size.
	MaxQueuedGroups, MaxQueuedBytes int
	// Overflow says what happens when the queue is full.
	Overflow Overflow
	// Listener is told when a breaker opened, waits anew, tries one group, or closed. Or that a rate limit is felt, or no
	// more: once when the first group is refused with RATE_LIMITED, and once when all that waited at the last such refusal
	// are answered; Why tells which. The state is as it was then. It must not block, as answers wait for it, nor close the
	// publisher, which waits for it.
	Listener func(PublisherState)
	// PublishedLost is told, as Listener is, that the coordinator has lost groups that it had acknowledged: the newest ones
	// that this publisher published to a log, how many, and where the newest of them was. They were answered long since; they
	// are in the log no more, and are not published again. What waits for its answer is published as always.
	PublishedLost func(log Log, groups uint64, newest *swarmlogv1.Position)
	// Logger is slog.Default by default. Nothing is logged while all is well.
	Logger *slog.Logger
	// TracerProvider and MeterProvider are OpenTelemetry's global ones by default.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
}

// Publisher publishes to a swarm: pipelined, in order per log, each publication once while it lives. Safe for concurrent
// use. It connects when something is published.
//
// Requests are numbered, and sent again under the same number after a broken stream until they are answered, so a
// reconnect or a coordinator's restart neither loses nor doubles one. A publication that is to survive the publisher's own
// crash needs an idempotency key and someone who publishes it again.
//
// A coordinator that takes nothing, five times in a row, is left alone for a while; then one group is tried. Meanwhile
// publications wait in the queue, and Overflow holds when it is full. State and the listener tell.
//
// What can be tried again is tried again first, for ever. A publication fails with ErrTerminal if the coordinator refused
// it for good (the others are not affected), and with ErrQueueFull or ErrClosed if the queue was full or the publisher was
// closed: then it is not in the log. Where it may be there all the same it fails with ErrOutcomeUnknown.
type Publisher struct {
	connection     *Connection
	ownsConnection bool
	overflow       Overflow
	swarm          string
	instruments    *tracing.Instruments
	main, control  *producerShell
	telemetry      *telemetryShell
	closing        sync.Once
	closed         chan struct{}
}

// NewPublisher makes a publisher. An error, if something of the configuration is missing or out of its bounds.
func NewPublisher(config PublisherConfig) (*Publisher, error) {
	config.MaxQueuedGroups = cmp.Or(config.MaxQueuedGroups, swarmlogv1.PublisherMaxQueuedGroups)
	config.MaxQueuedBytes = cmp.Or(config.MaxQueuedBytes, swarmlogv1.PublisherMaxQueuedBytes)
	if err := config.check(); err != nil {
		return nil, err
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	config.Logger = config.Logger.With("swarm", config.Swarm, "publisher", config.Name)
	connection, owns, err := connectionOf(config.Connection, config.Target, config.Security)
	if err != nil {
		return nil, err
	}
	producerID := rand.Text()
	return &Publisher{
		connection: connection, ownsConnection: owns, overflow: config.Overflow, swarm: config.Swarm,
		instruments: tracing.New(tracing.Settings{
			Swarm: config.Swarm, Client: config.Name, Version: Version(), Tracers: config.TracerProvider,
			Meters: config.MeterProvider, Log: config.Logger,
		}),
		main:      newProducerShell(connection, config, LogMain, producerID),
		control:   newProducerShell(connection, config, LogControl, producerID),
		telemetry: newTelemetryShell(connection, config),
		closed:    make(chan struct{}),
	}, nil
}

// Publish publishes one operation of main or control, and returns when it is in the log and durable. Else an *Error; or
// another one, if the publication cannot be published at all. When ctx is done while it waits for the answer, that takes
// nothing back: the operation was published.
func (p *Publisher) Publish(ctx context.Context, publication Publication) (GroupPosition, error) {
	return p.PublishGroup(ctx, publication)
}

// PublishGroup publishes operations of one log as a group, as Publish does one. It is appended whole or not at all,
// delivered in one frame, handled in one call. At least one operation, together within Limits; if any has an idempotency
// key, the first such key counts for the group.
func (p *Publisher) PublishGroup(ctx context.Context, publications ...Publication) (GroupPosition, error) {
	answer, err := p.Submit(ctx, publications...)
	if err != nil {
		return GroupPosition{}, err
	}
	return answer.Wait(ctx)
}

// Submit takes a group into the queue, and returns its answer to come. For many in a row: the next may be submitted before
// the last is answered. Answers come in the order of submitting, per log. It returns ErrQueueFull if there is no room, or
// waits for some until ctx is done, as Overflow says; else as PublishGroup.
func (p *Publisher) Submit(ctx context.Context, publications ...Publication) (*Answer, error) {
	log, err := logOf(publications)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	span := beginSpan(ctx, p.instruments, publications)
	answer := &Answer{done: make(chan struct{}), span: span}
	err = p.producer(log).submit(ctx, groupOf(publications, span), answer, p.overflow == OverflowWait)
	if err == nil {
		return answer, nil
	}
	var known *Error
	if !errors.As(err, &known) {
		known = retryableError(failure.Local(codes.Canceled,
			"Expected to wait for room in the queue, but the caller gave up"))
		err = fmt.Errorf("expected room in the queue, but the caller waits no more: %w", err)
	}
	span.failed(known)
	return nil, err
}

// Telemetry hands one measurement over; never waits. ErrQueueFull or ErrClosed if it was dropped at once; what becomes of
// it otherwise shows in TelemetryCounts only. The span of ctx goes with it.
func (p *Publisher) Telemetry(ctx context.Context, measurement Publication) error {
	if err := measurement.Err(); err != nil {
		return err
	}
	if measurement.Log() != LogTelemetry {
		return fmt.Errorf("expected a publication on the topic telemetry, but got one on %v: use Publish",
			measurement.Topic())
	}
	p.instruments.Sent(ctx, measurement.Topic().String())
	record := measurement.stamped(time.Now())
	stampTrace(ctx, record)
	return p.telemetry.offer(record)
}

// TelemetryCounts says what became of the telemetry so far.
func (p *Publisher) TelemetryCounts() TelemetryCounts { return p.telemetry.counted() }

// Pending is how many groups wait for their answer, sent or not, over all logs; without telemetry.
func (p *Publisher) Pending() int {
	return p.State(LogMain).QueuedGroups + p.State(LogControl).QueuedGroups
}

// State says how the publisher fares now with a log, main or control: whether it sends, why not and until when, how much
// waits, and for how long. Of another log nothing but its name.
func (p *Publisher) State(log Log) PublisherState {
	if producer := p.producer(log); producer != nil {
		return producer.state()
	}
	return PublisherState{Log: log}
}

// Close takes nothing more, waits up to 10 s for answers, fails what is left, and ends the streams. The error is that of
// Shutdown.
func (p *Publisher) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return p.Shutdown(ctx)
}

// Shutdown takes nothing more, waits for answers until ctx is done, fails what is left, and ends the streams; nothing of
// the publisher is left then. The error says that something was left. Of calls at the same time the first counts; all
// return when it is done.
func (p *Publisher) Shutdown(ctx context.Context) error {
	var err error
	p.closing.Do(func() {
		err = p.close(ctx)
		close(p.closed)
	})
	<-p.closed
	return err
}

func (p *Publisher) close(ctx context.Context) error {
	// Before anything is waited for.
	done := []<-chan struct{}{p.main.closeQueue(), p.control.closeQueue(), p.telemetry.closeQueue()}
	var err error
	for _, empty := range done {
		select {
		case <-empty:
			continue
		default:
		}
		select {
		case <-empty:
		case <-ctx.Done():
			err = fmt.Errorf("expected all publications to be answered, but some were given up: %w", context.Cause(ctx))
		}
	}
	var streams sync.WaitGroup
	streams.Go(p.main.close)
	streams.Go(p.control.close)
	streams.Go(p.telemetry.close)
	streams.Wait()
	if p.ownsConnection {
		err = errors.Join(err, p.connection.Close())
	}
	return err
}

func (p *Publisher) producer(log Log) *producerShell {
	switch log {
	case LogMain:
		return p.main
	case LogControl:
		return p.control
	default:
		return nil
	}
}

func (c PublisherConfig) check() error {
	switch {
	case strings.TrimSpace(c.Swarm) == "":
		return errors.New("expected the name of a swarm, but got nothing: set Swarm")
	case strings.TrimSpace(c.Name) == "":
		return errors.New("expected the name of a publisher, but got nothing: set Name")
	case c.MaxQueuedGroups < 1 || c.MaxQueuedBytes < 1:
		return fmt.Errorf("expected room for at least one group and one byte, but got %d and %d", c.MaxQueuedGroups,
			c.MaxQueuedBytes)
	case c.Overflow != OverflowFail && c.Overflow != OverflowWait:
		return fmt.Errorf("expected OverflowFail or OverflowWait, but got %d", c.Overflow)
	default:
		return cmp.Or(checkText("the name of a swarm", c.Swarm), checkText("the name of a publisher", c.Name))
	}
}

func groupOf(publications []Publication, span *publishSpan) *swarmlogv1.PublishGroup {
	group := &swarmlogv1.PublishGroup{}
	now := time.Now()
	for _, publication := range publications {
		record := publication.stamped(now)
		span.stamp(record)
		group.Records = append(group.Records, record)
		group.IdempotencyKey = cmp.Or(group.GetIdempotencyKey(), publication.idempotencyKey)
	}
	return group
}

func logOf(publications []Publication) (Log, error) {
	if len(publications) == 0 {
		return 0, errors.New("expected at least one publication, but got none")
	}
	log := publications[0].Log()
	for _, publication := range publications {
		if err := publication.Err(); err != nil {
			return 0, err
		}
		if publication.Log() != log || log == LogTelemetry {
			return 0, fmt.Errorf("expected publications of one log, main or control, but got %v and %v: publish them apart, "+
				"and telemetry by Telemetry", log, publication.Log())
		}
	}
	return log, nil
}
