package session

import (
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// ClockOffset is how far the coordinator's clock is ahead of the agent's, by the heartbeat with the least delay of the last
// eight (the clock filter of NTP, RFC 5905 section 10).
type ClockOffset struct {
	// Offset is to be added to the agent's clock to read the coordinator's; negative if that is behind.
	Offset time.Duration
	// Uncertainty is half the round trip of that heartbeat: the true offset lies within, either way.
	Uncertainty time.Duration
}

// ClockFilter is the clock filter of NTP (RFC 5905 section 10): of the last eight heartbeats the one with the least delay says
// the offset, because what delays a heartbeat also falsifies it.
type ClockFilter struct {
	// The oldest one is overwritten.
	samples [swarmlogv1.SessionClockSamples]clockSample
	count   int
}

type clockSample struct{ delay, offset time.Duration }

// Sample adds a heartbeat by its four times, in ns since 1970 by the clock of who noted them.
func (f *ClockFilter) Sample(agentSent, received, sent, agentReceived int64) {
	delay := (agentReceived - agentSent) - (sent - received)
	if delay < 0 {
		return // One of the clocks was set in between.
	}
	offset := ((received - agentSent) + (sent - agentReceived)) / 2
	f.samples[f.count%len(f.samples)] = clockSample{delay: time.Duration(delay), offset: time.Duration(offset)}
	f.count++
}

// Offset is what the samples say; false before there is one.
func (f *ClockFilter) Offset() (ClockOffset, bool) {
	if f.count == 0 {
		return ClockOffset{}, false
	}
	least := f.samples[0]
	for _, sample := range f.samples[:min(f.count, len(f.samples))] {
		if sample.delay < least.delay {
			least = sample
		}
	}
	return ClockOffset{Offset: least.offset, Uncertainty: least.delay / 2}, true
}

// heartbeats are those of an agent's sessions, and what they tell of the coordinator's clock.
type heartbeats struct {
	clock ClockFilter
	// How often one is sent.
	interval   time.Duration
	number     uint64
	unanswered int
}

// begin says that a session begins.
func (h *heartbeats) begin(intervalMs uint32) {
	if intervalMs == 0 {
		intervalMs = swarmlogv1.SessionHeartbeatIntervalMs
	}
	h.interval = time.Duration(intervalMs) * time.Millisecond
	h.unanswered = 0
}

// areUnanswered says whether so many in a row were not answered that the connection must be dead.
func (h *heartbeats) areUnanswered() bool {
	return h.unanswered >= swarmlogv1.SessionMaxUnansweredHeartbeats
}

// next is the one that is sent now: its number, and what is known of the clock.
func (h *heartbeats) next() *swarmlogv1.Heartbeat {
	h.unanswered++
	h.number++
	heartbeat := &swarmlogv1.Heartbeat{Number: h.number}
	if clock, known := h.clock.Offset(); known {
		offset, uncertainty := int64(clock.Offset), uint64(clock.Uncertainty)
		heartbeat.ClockOffsetNano, heartbeat.ClockUncertaintyNano = &offset, &uncertainty
	}
	return heartbeat
}

// answered says that one was answered.
func (h *heartbeats) answered(reply *swarmlogv1.HeartbeatReply, now time.Time) {
	h.unanswered = 0
	h.clock.Sample(int64(reply.GetAgentSentUnixNano()), int64(reply.GetReceivedUnixNano()),
		int64(reply.GetSentUnixNano()), now.UnixNano())
}
