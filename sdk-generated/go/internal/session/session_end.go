package session

import (
	"time"

	"google.golang.org/grpc/codes"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
)

func (s *Session) drain(drain *swarmlogv1.Drain, now time.Time) {
	if !s.inSession() {
		return
	}
	s.drainedFor = time.Duration(drain.GetReconnectAfterMs()) * time.Millisecond
	for _, lane := range s.lanes {
		lane.pause()
	}
	s.enter(Draining)
	s.listener.Draining(drain.GetReason())
	s.finishDrainIfIdle(now)
}

func (s *Session) finishDrainIfIdle(now time.Time) {
	if s.state != Draining {
		return
	}
	for _, lane := range s.lanes {
		if lane.isApplying() {
			return
		}
	}
	if s.closing {
		s.finish()
	} else {
		s.disconnect(failure.Local(codes.Unavailable, "The coordinator asked to connect again"), now)
	}
}

func (s *Session) disconnect(why failure.Failure, now time.Time) {
	atLeast := max(why.RetryAfter, s.drainedFor)
	s.endSession(s.state == Draining)
	var delay time.Duration
	if s.lost {
		delay = s.backoff.AfterLoss(now, atLeast)
	} else {
		delay = s.backoff.Next(now, atLeast)
	}
	s.lost = false
	s.reconnectAt = now.Add(delay)
	s.notServed = why.Reason == failure.BreakerOpen
	s.enter(Waiting)
	s.listener.Disconnected(why, delay)
	s.output.StartTimer(TimerKey{Kind: TimerReconnect}, delay)
}

func (s *Session) fail(why failure.Failure) {
	s.endSession(false)
	s.listener.Refused(why)
	s.enter(Failed)
}

func (s *Session) finish() {
	s.endSession(true)
	s.enter(Closed)
}

func (s *Session) endSession(gently bool) {
	s.sessionID = ""
	s.output.EndStreams(gently)
	for _, lane := range s.lanes {
		lane.detach()
	}
}
