//! When the sums of what is held go with an ack.

use std::time::{Duration, Instant};

use swarmlog_generated::swarmlog::v1::constants::session::SUMS_SLACK_DIVISOR;

/// At most once in an interval of the coordinator's, after something was applied; and right after each repair.
#[derive(Debug)]
pub struct SumsSchedule {
    /// Zero: only after repairs.
    interval: Duration,
    next: Instant,
    unreported: bool,
    reported_before: bool,
}

impl SumsSchedule {
    /// A session begins. `interval_ms` 0: the coordinator does not look by itself.
    pub fn new(interval_ms: u64, now: Instant) -> Self {
        // As good as never, and far from where times end.
        let interval = Duration::from_millis(interval_ms.min(u32::MAX.into()));
        // It counts from when it got the last ones, and the way there may have been quicker.
        let slack = interval / SUMS_SLACK_DIVISOR;
        Self { interval: interval + slack, next: now, unreported: true, reported_before: false }
    }

    pub fn applied(&mut self) {
        self.unreported = true;
    }

    /// When they are due, if nothing else happens. None if there is nothing to report.
    pub fn due(&self) -> Option<Instant> {
        (self.unreported && !self.interval.is_zero()).then_some(self.next)
    }

    pub fn reported(&mut self, now: Instant) {
        // The first ones may come too soon for a coordinator that looked at those of a session before.
        self.unreported = !self.reported_before;
        self.reported_before = true;
        self.next = now + self.interval;
    }
}
