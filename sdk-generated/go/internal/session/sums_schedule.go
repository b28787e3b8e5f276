package session

import (
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// sumsSchedule says when a lane reports its sums with an ack.
//
// At most once per interval of the coordinator, after something was applied, and right after each repair. Where the user's own
// state is compared, each report is of that: at most once per interval of the user's, also of an idle agent, since state can
// rot while nothing happens. The lane starts the timer.
type sumsSchedule struct {
	// 0: the key index is what is reported.
	stateInterval time.Duration
	// Whether queries and repairs come.
	accepted bool
	// 0: only after repairs.
	interval time.Duration
	// These outlive streams: the coordinator remembers when it looked, too.
	hasElapsed     bool
	reportedBefore bool
	unreported     bool
	hasRepaired    bool
}

func newSumsSchedule(stateInterval time.Duration) *sumsSchedule {
	return &sumsSchedule{stateInterval: stateInterval, hasElapsed: true, unreported: true}
}

// expect takes over what the coordinator of the session wants.
func (s *sumsSchedule) expect(drift bool, interval time.Duration) {
	s.accepted = drift
	s.interval = 0
	if drift {
		s.interval = interval
	}
}

// heals says whether the coordinator looks at sums by itself, and mends what differs.
func (s *sumsSchedule) heals() bool { return s.interval > 0 }

// comparesState says whether the user's own state is what is reported.
func (s *sumsSchedule) comparesState() bool { return s.stateInterval > 0 }

// attach says that nothing was reported on this stream.
func (s *sumsSchedule) attach() {
	s.unreported = true
	s.hasRepaired = false
}

// applied says that something was applied.
func (s *sumsSchedule) applied() { s.unreported = true }

// repaired says that a repair was applied.
func (s *sumsSchedule) repaired() { s.hasRepaired = true }

// elapsed says that the interval is over.
func (s *sumsSchedule) elapsed() { s.hasElapsed = true }

// isDue says whether it is time to report.
func (s *sumsSchedule) isDue() bool {
	return s.hasRepaired || (s.heals() && s.hasElapsed && (s.unreported || s.comparesState()))
}

// reported says that the sums are on their way, and answers after how long to look again, 0 for never. The first ones may
// come too soon for a coordinator that looked at those of an agent that ran before: they are repeated.
func (s *sumsSchedule) reported() time.Duration {
	s.unreported = !s.reportedBefore
	s.reportedBefore = true
	s.hasRepaired = false
	s.hasElapsed = !s.heals()
	if !s.heals() {
		return 0
	}
	atLeast := max(s.interval, s.stateInterval)
	// The coordinator counts from when it got the last sums, and the way there may have been quicker.
	return atLeast + atLeast/swarmlogv1.SessionSumsSlackDivisor
}
