// Package backoff says when, and how often, to try again.
package backoff

import (
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

const (
	// LastCeiling is the longest of the ceilings that delays are drawn below.
	LastCeiling = swarmlogv1.BackoffLastCeilingMs * time.Millisecond

	firstCeiling = swarmlogv1.BackoffFirstCeilingMs * time.Millisecond
	stable       = swarmlogv1.BackoffStableMs * time.Millisecond
	leastJitter  = swarmlogv1.BackoffLeastToldJitterMs * time.Millisecond
	// Far beyond the last ceiling; keeps the shift below small.
	maxShift = 30
)

// Randomness is where jitter comes from; *rand.Rand of math/rand/v2 is one.
type Randomness interface {
	// Int64N returns a number from 0 on, below n.
	Int64N(n int64) int64
}

// Backoff is exponential backoff with full jitter.
//
// The n-th delay is uniform between 0 and min(30 s, 100 ms x 2^n), so a thousand agents that lost their coordinator
// together do not come back together. After the loss of a session that was established, n begins at 3: uniform between
// 0 and 800 ms. See "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
//
// What succeeded for a stable period starts again from the beginning; what only connected to be thrown out does not.
// Pure: time and randomness come from outside. Not safe for concurrent use.
type Backoff struct {
	random  Randomness
	attempt int
	// The first success since the last delay.
	succeededAt time.Time
	succeeded   bool
}

// New makes a backoff that draws its jitter from random.
func New(random Randomness) *Backoff { return &Backoff{random: random} }

// Succeeded notes that things work at this time; the first such moment since the last delay counts.
func (b *Backoff) Succeeded(now time.Time) {
	if !b.succeeded {
		b.succeededAt, b.succeeded = now, true
	}
}

// Reset starts the next one from the beginning.
func (b *Backoff) Reset() {
	b.attempt = 0
	b.succeeded = false
}

// Next returns how long to wait before the next attempt. atLeast is what the other side asked for, 0 for nothing; jitter
// comes on top of it.
func (b *Backoff) Next(now time.Time, atLeast time.Duration) time.Duration {
	return atLeast + b.upTo(b.nextCeiling(now))
}

// AfterLoss is as Next, where many may have lost the same thing at this moment.
func (b *Backoff) AfterLoss(now time.Time, atLeast time.Duration) time.Duration {
	b.restartIfStable(now)
	b.attempt = max(b.attempt, swarmlogv1.BackoffAttemptAfterLoss)
	return b.Next(now, atLeast)
}

// Long is as Next, but in the upper half of the interval.
func (b *Backoff) Long(now time.Time, atLeast time.Duration) time.Duration {
	half := b.nextCeiling(now) / 2
	return atLeast + half + b.upTo(half)
}

// Told returns just what the other side said, and up to a tenth more, so that those who were told the same do not come
// at once. It is no attempt: the next delay is none the longer for it.
func (b *Backoff) Told(told time.Duration) time.Duration {
	return told + b.upTo(min(LastCeiling, max(leastJitter, told/swarmlogv1.BackoffToldJitterDivisor)))
}

// Any returns any time up to the longest there is, for those who were told to wait by somebody who is not there any
// more. It is no attempt.
func (b *Backoff) Any() time.Duration { return b.upTo(LastCeiling) }

func (b *Backoff) upTo(most time.Duration) time.Duration {
	return time.Duration(b.random.Int64N(int64(most) + 1))
}

func (b *Backoff) nextCeiling(now time.Time) time.Duration {
	b.restartIfStable(now)
	ceiling := min(LastCeiling, firstCeiling<<min(b.attempt, maxShift))
	b.attempt++
	return ceiling
}

func (b *Backoff) restartIfStable(now time.Time) {
	if b.succeeded && now.Sub(b.succeededAt) >= stable {
		b.attempt = 0
	}
	b.succeeded = false
}
