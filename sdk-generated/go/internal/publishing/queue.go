package publishing

import (
	"slices"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// entry is a group that has not been answered.
type entry[T any] struct {
	token T
	group *swarmlogv1.PublishGroup
	// Serialized, without its number.
	bytes uint64
	// 0 until it is sent.
	number uint64
	// An attempt under this number was left unanswered on a broken stream.
	lingers bool
	// An attempt came after the gap was there: it was not in the log then.
	refusedBehindGap bool
}

func (e *entry[T]) mayBeAppended() bool { return e.lingers && !e.refusedBehindGap }

// publishQueue has the unanswered groups of a producer in the order of publishing, which is that of numbers: first those
// refused on this stream and to be sent again, then those in flight on it, then the unsent.
type publishQueue[T any] struct {
	returned, inFlight, unsent []*entry[T]
}

func (q *publishQueue[T]) isEmpty() bool { return len(q.returned)+len(q.inFlight)+len(q.unsent) == 0 }

// offer takes another one.
func (q *publishQueue[T]) offer(token T, group *swarmlogv1.PublishGroup) {
	q.unsent = append(q.unsent, &entry[T]{token: token, group: group, bytes: uint64(proto.Size(group))})
}

// nextUnsent returns the next to be sent, or nil.
func (q *publishQueue[T]) nextUnsent() *entry[T] { return first(q.unsent) }

// send moves the next unsent into flight.
func (q *publishQueue[T]) send() { q.inFlight = append(q.inFlight, takeFirst(&q.unsent)) }

// takeNextUnsent takes the next unsent out for good.
func (q *publishQueue[T]) takeNextUnsent() *entry[T] { return takeFirst(&q.unsent) }

// oldestInFlight returns the oldest in flight, whose answer comes next, or nil.
func (q *publishQueue[T]) oldestInFlight() *entry[T] { return first(q.inFlight) }

// takeOldestInFlight takes the oldest in flight out: it has been answered.
func (q *publishQueue[T]) takeOldestInFlight() *entry[T] { return takeFirst(&q.inFlight) }

// giveBack keeps a refused one for another try.
func (q *publishQueue[T]) giveBack(refused *entry[T]) { q.returned = append(q.returned, refused) }

// lingerInFlight notes that attempts in flight will not be answered any more.
func (q *publishQueue[T]) lingerInFlight() {
	for _, e := range q.inFlight {
		e.lingers = true
	}
}

// rewind makes everything unsent again.
func (q *publishQueue[T]) rewind() {
	if len(q.returned)+len(q.inFlight) > 0 {
		q.unsent = slices.Concat(q.returned, q.inFlight, q.unsent)
		q.returned, q.inFlight = nil, nil
	}
}

// anyLingers says whether an attempt of any unsent one may still reach the log under its number.
func (q *publishQueue[T]) anyLingers() bool {
	return slices.ContainsFunc(q.unsent, func(e *entry[T]) bool { return e.lingers })
}

// takeLingering takes out for good the unsent of which an attempt may have reached the log, in order.
func (q *publishQueue[T]) takeLingering() []*entry[T] {
	var taken, left []*entry[T]
	for _, e := range q.unsent {
		if e.mayBeAppended() {
			taken = append(taken, e)
		} else {
			left = append(left, e)
		}
	}
	q.unsent = left
	return taken
}

// forgetNumbers takes the numbers of all unsent back. Only where none of their attempts can reach the log any more.
func (q *publishQueue[T]) forgetNumbers() {
	for _, e := range q.unsent {
		e.number, e.lingers, e.refusedBehindGap = 0, false, false
	}
}

// drain takes everything out, in order.
func (q *publishQueue[T]) drain() []*entry[T] {
	q.rewind()
	everything := q.unsent
	q.unsent = nil
	return everything
}

// putBack puts one of those taken out back, behind all others.
func (q *publishQueue[T]) putBack(e *entry[T]) { q.unsent = append(q.unsent, e) }

func first[T any](of []*entry[T]) *entry[T] {
	if len(of) == 0 {
		return nil
	}
	return of[0]
}

func takeFirst[T any](from *[]*entry[T]) *entry[T] {
	taken := (*from)[0]
	// So that it can be collected while others stay.
	(*from)[0] = nil
	*from = (*from)[1:]
	return taken
}
