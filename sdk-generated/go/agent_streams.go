package swarmlog

import (
	"context"
	"time"

	"google.golang.org/grpc"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/stream"
)

// controlStream is Control, and what waits to be written to it: a heartbeat now and then, a Nack per lane.
type controlStream struct {
	shell   *agentShell
	stream  *stream.Stream[swarmlogv1.ControlRequest, swarmlogv1.ControlResponse]
	waiting []*swarmlogv1.ControlRequest
}

func openControl(shell *agentShell, hello *swarmlogv1.Hello) *controlStream {
	opened := &controlStream{shell: shell}
	call := func(ctx context.Context, options ...grpc.CallOption) (
		grpc.BidiStreamingClient[swarmlogv1.ControlRequest, swarmlogv1.ControlResponse], error,
	) {
		channel, err := shell.connection.attempt()
		if err != nil {
			return nil, err
		}
		return swarmlogv1.NewSessionServiceClient(channel).Control(ctx, options...)
	}
	first := &swarmlogv1.ControlRequest{Frame: &swarmlogv1.ControlRequest_Hello{Hello: hello}}
	opened.stream = stream.Open(&shell.mu, call, first, opened, shell.connection.Target(), stream.Options{Drains: true})
	shell.running.Go(func() { <-opened.stream.Closed() })
	return opened
}

func (c *controlStream) send(frame *swarmlogv1.ControlRequest) {
	c.waiting = append(c.waiting, frame)
	c.stream.Wake()
}

func (c *controlStream) end(gently bool) {
	if gently {
		c.stream.EndGently()
	} else {
		c.stream.End()
	}
}

// NextFrame implements stream.Events.
func (c *controlStream) NextFrame() *swarmlogv1.ControlRequest {
	if len(c.waiting) == 0 {
		return nil
	}
	next := c.waiting[0]
	c.waiting = c.waiting[1:]
	return next
}

// Frame implements stream.Events.
func (c *controlStream) Frame(frame *swarmlogv1.ControlResponse) {
	if !c.shell.ended {
		c.shell.session.ControlFrame(frame, time.Now())
	}
}

// Ended implements stream.Events.
func (c *controlStream) Ended(why failure.Failure) { c.shell.streamEnded(why) }

// laneStream is a lane's stream, and what waits to be written to it.
//
// An ack that says nothing but a position takes the place of one that waits: acks are cumulative. The others are few: sums
// come at intervals, answers one for each query.
type laneStream struct {
	shell   *agentShell
	log     Log
	stream  *stream.Stream[swarmlogv1.DataRequest, swarmlogv1.DataResponse]
	waiting []*swarmlogv1.DataRequest
}

func openLane(shell *agentShell, log Log, attach *swarmlogv1.Attach) *laneStream {
	opened := &laneStream{shell: shell, log: log}
	call := func(ctx context.Context, options ...grpc.CallOption) (
		grpc.BidiStreamingClient[swarmlogv1.DataRequest, swarmlogv1.DataResponse], error,
	) {
		channel, err := shell.connection.attempt()
		if err != nil {
			return nil, err
		}
		return swarmlogv1.NewSessionServiceClient(channel).Data(ctx, options...)
	}
	first := &swarmlogv1.DataRequest{Frame: &swarmlogv1.DataRequest_Attach{Attach: attach}}
	opened.stream = stream.Open(&shell.mu, call, first, opened, shell.connection.Target(),
		stream.Options{Paced: true, Drains: true})
	shell.running.Go(func() { <-opened.stream.Closed() })
	return opened
}

func (l *laneStream) send(frame *swarmlogv1.DataRequest) {
	if last := len(l.waiting) - 1; last >= 0 && isPlain(frame) && isPlain(l.waiting[last]) {
		l.waiting[last] = frame
	} else {
		l.waiting = append(l.waiting, frame)
	}
	l.stream.Wake()
}

func (l *laneStream) end(gently bool) {
	if gently {
		l.stream.EndGently()
	} else {
		l.stream.End()
	}
}

// NextFrame implements stream.Events.
func (l *laneStream) NextFrame() *swarmlogv1.DataRequest {
	if len(l.waiting) == 0 {
		return nil
	}
	next := l.waiting[0]
	l.waiting = l.waiting[1:]
	return next
}

// Frame implements stream.Events.
func (l *laneStream) Frame(frame *swarmlogv1.DataResponse) {
	if !l.shell.ended {
		l.shell.syncs.frame(l.log, frame)
		l.shell.session.LaneFrame(l.log, frame, time.Now())
	}
}

// Ended implements stream.Events.
func (l *laneStream) Ended(why failure.Failure) { l.shell.streamEnded(why) }

func isPlain(frame *swarmlogv1.DataRequest) bool {
	return frame.GetAck() != nil && len(frame.GetAck().GetSums()) == 0
}
