package swarmlog

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/session"
	"swarmlog.dev/go/internal/tracing"
)

// syncSpans are the syncs of an agent, each a trace of its own: from the attaching of a lane, or from when it fell behind,
// until it has caught up. Under the lock of the agent's shell.
type syncSpans struct {
	agent *agentTracing
	open  map[Log]*syncSpan
}

type syncSpan struct {
	span  trace.Span
	bytes int
}

func newSyncSpans(agent *agentTracing) *syncSpans {
	return &syncSpans{agent: agent, open: make(map[Log]*syncSpan)}
}

// attach says that a lane is about to be attached, and answers what its sync is known by in the coordinator's part of the
// trace.
func (s *syncSpans) attach(log Log, plan *swarmlogv1.LogPlan) tracing.Text {
	brings := plan.GetPlan() == swarmlogv1.Plan_PLAN_DELTA || plan.GetPlan() == swarmlogv1.Plan_PLAN_SNAPSHOT
	if !brings || log == LogTelemetry || !s.agent.records {
		return tracing.Text{}
	}
	target := plan.GetTarget()
	if target == nil {
		target = plan.GetHead()
	}
	return s.begin(log, plan.GetPlan(), plan.GetStart(), target)
}

// fellBehind says that an attached lane is given a delta from disk.
func (s *syncSpans) fellBehind(stands, head *swarmlogv1.Position) {
	log := Log(head.GetLog())
	if s.agent.records && s.open[log] == nil {
		s.begin(log, swarmlogv1.Plan_PLAN_DELTA, stands, head)
	}
}

// frame says that a frame has come. Its size is known only at a cost, and to no one else of use.
func (s *syncSpans) frame(log Log, frame *swarmlogv1.DataResponse) {
	if of := s.open[log]; of != nil && of.span.IsRecording() {
		of.bytes += proto.Size(frame)
	}
}

// ended says that a sync is over, and what it brought is committed.
func (s *syncSpans) ended(log Log, report *SyncReport, received, duplicates int) {
	of := s.open[log]
	if of == nil {
		return
	}
	delete(s.open, log)
	noted := []attribute.KeyValue{
		attribute.Int("swarmlog.sync.duplicates", duplicates), attribute.Int("swarmlog.sync.bytes", of.bytes),
	}
	if report == nil {
		noted = append(noted, attribute.Int("swarmlog.sync.operations", received))
	} else {
		noted = append(noted, attribute.Int("swarmlog.sync.operations", report.Received),
			attribute.Int("swarmlog.sync.keys", report.Paged), attribute.Int("swarmlog.sync.redundant", report.Redundant))
	}
	s.agent.instruments.Attempt(func() {
		of.span.SetAttributes(noted...)
		if report != nil && len(report.Mismatches) > 0 {
			of.span.SetAttributes(attribute.String("error.type", "mismatch"))
			of.span.SetStatus(otelcodes.Error, strings.Join(report.Mismatches, "; "))
		}
		of.span.End()
	})
}

// interrupted says that the streams are gone, or about to be.
func (s *syncSpans) interrupted() {
	for _, of := range s.open {
		s.agent.instruments.Attempt(func() {
			of.span.SetAttributes(attribute.String("error.type", "interrupted"))
			of.span.SetStatus(otelcodes.Error, "The streams of the session ended before the sync did")
			of.span.End()
		})
	}
	clear(s.open)
}

func (s *syncSpans) begin(log Log, plan swarmlogv1.Plan, stands, target *swarmlogv1.Position) tracing.Text {
	ctx, span := s.agent.sync(log,
		attribute.String("swarmlog.sync.plan", session.PlanName(plan)),
		attribute.Int64("swarmlog.sync.from", int64(stands.GetOpId())),
		attribute.Int64("swarmlog.sync.target", int64(target.GetOpId())),
	)
	s.open[log] = &syncSpan{span: span}
	return tracing.TextOf(ctx)
}
