package session

import swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"

// outcome is what a frame, or a step that is done, means for the session: one of those below, or nil for nothing.
type outcome interface{ outcome() }

// resync: the stream does not fit, or what is held does not: connect again and resume from it.
type resync struct {
	why string
	// If a sync ended with that, or nil.
	report *SyncReport
}

// caughtUp: the lane has caught up.
type caughtUp struct {
	// If a sync ended with that, or nil.
	report *SyncReport
}

// behind: the lane has fallen behind.
type behind struct{ head *swarmlogv1.Position }

// mended: what the agent held differed, and was mended.
type mended struct{ report RepairReport }

// dropped: telemetry was lost.
type dropped struct{ count uint64 }

func (resync) outcome()   {}
func (caughtUp) outcome() {}
func (behind) outcome()   {}
func (mended) outcome()   {}
func (dropped) outcome()  {}
