//! Heartbeats, and what their answers tell of the coordinator's clock.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use swarmlog_generated::swarmlog::v1::constants::session::{
    CLOCK_SAMPLES, HEARTBEAT_INTERVAL_MS, MAX_UNANSWERED_HEARTBEATS,
};
use swarmlog_generated::swarmlog::v1::{Heartbeat, HeartbeatReply};

/// The heartbeats of one run of the agent.
#[derive(Debug, Default)]
pub struct Heartbeats {
    number: u64,
    unanswered: u32,
    /// Round trip and offset of the last ones.
    samples: VecDeque<(i64, i64)>,
}

impl Heartbeats {
    /// A session begins; answers how often one is to be sent.
    pub fn begin(&mut self, interval_ms: u32) -> Duration {
        self.unanswered = 0;
        let interval_ms = if interval_ms == 0 { HEARTBEAT_INTERVAL_MS } else { interval_ms };
        Duration::from_millis(interval_ms.into())
    }

    /// The next one. None if so many have no answer that nobody can be there.
    pub fn next(&mut self, now_unix_nano: u64) -> Option<Heartbeat> {
        if self.unanswered >= MAX_UNANSWERED_HEARTBEATS {
            return None;
        }
        self.unanswered += 1;
        self.number += 1;
        // As NTP has it (RFC 5905, 10): what delays a heartbeat falsifies it, too, so the quickest one tells.
        let best = self.samples.iter().min_by_key(|(round_trip, _)| *round_trip);
        Some(Heartbeat {
            number: self.number,
            sent_unix_nano: now_unix_nano,
            clock_offset_nano: best.map(|(_, offset)| *offset),
            clock_uncertainty_nano: best.map(|(round_trip, _)| round_trip.unsigned_abs() / 2),
            ..Default::default()
        })
    }

    pub fn answered(&mut self, reply: &HeartbeatReply, now_unix_nano: u64) {
        self.unanswered = 0;
        let outward = difference(reply.received_unix_nano, reply.agent_sent_unix_nano);
        let homeward = difference(now_unix_nano, reply.sent_unix_nano);
        let round_trip = outward.saturating_add(homeward);
        if round_trip < 0 {
            return; // One of the clocks was set in between.
        }
        if self.samples.len() >= CLOCK_SAMPLES as usize {
            self.samples.pop_front();
        }
        self.samples.push_back((round_trip, outward.saturating_sub(homeward) / 2));
    }
}

/// Nanoseconds since 1970-01-01T00:00:00Z, by the agent's clock.
pub fn now_unix_nano() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn difference(a: u64, b: u64) -> i64 {
    a.wrapping_sub(b) as i64
}
