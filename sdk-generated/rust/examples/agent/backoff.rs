//! How long to wait before another try.

use std::time::{Duration, Instant};

use swarmlog_generated::swarmlog::v1::constants::backoff::{
    ATTEMPT_AFTER_LOSS, FIRST_CEILING_MS, LAST_CEILING_MS, STABLE_MS,
};

/// Exponential backoff with full jitter: so a thousand agents that lost their coordinator together do not come back
/// together. What worked for a while begins anew; what only connected to be thrown out does not.
#[derive(Debug, Default)]
pub struct Backoff {
    attempt: u32,
    succeeded: Option<Instant>,
}

impl Backoff {
    /// Things work since this time.
    pub fn succeeded(&mut self, now: Instant) {
        self.succeeded.get_or_insert(now);
    }

    /// `at_least` is what the coordinator asked for, to which jitter is added. `lost`: an established session ended,
    /// maybe those of many agents at once. `random` gives a number from 0 up to one that it is given, inclusive.
    pub fn next(&mut self, now: Instant, at_least: Duration, lost: bool, random: impl FnOnce(u64) -> u64) -> Duration {
        let stable = Duration::from_millis(STABLE_MS.into());
        if self.succeeded.take().is_some_and(|since| now.duration_since(since) >= stable) {
            self.attempt = 0;
        }
        if lost {
            self.attempt = self.attempt.max(ATTEMPT_AFTER_LOSS);
        }
        let last = Duration::from_millis(LAST_CEILING_MS.into());
        let ceiling = Duration::from_millis(u64::from(FIRST_CEILING_MS) << self.attempt.min(30)).min(last);
        self.attempt += 1;
        // Half a minute is far from 2^64 ns.
        at_least + Duration::from_nanos(random(ceiling.as_nanos() as u64))
    }
}

/// For `Backoff::next`.
pub fn jitter(most: u64) -> u64 {
    fastrand::u64(0..=most)
}
