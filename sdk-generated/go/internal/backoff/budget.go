package backoff

import swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"

// Budget is what may be tried again because it failed or was refused.
//
// One retry for so many successes, a few from the start, and never more than a bound saved up. So what fails much is not
// given much more to fail. See "Handling Overload" in Site Reliability Engineering, 2016. Pure, not safe for concurrent
// use.
type Budget struct {
	perRetry  int
	mostSaved int
	// In successes: 0 <= saved <= mostSaved.
	saved int
}

// OfProducers returns one retry for ten groups that were appended; 10 from the start, 100 at most.
func OfProducers() *Budget {
	return newBudget(swarmlogv1.PublisherSuccessesPerRetry, swarmlogv1.PublisherFirstRetries,
		swarmlogv1.PublisherMostRetries)
}

// OfHandlers returns one retry for two operations that were applied; 10 from the start, 20 at most.
func OfHandlers() *Budget {
	return newBudget(swarmlogv1.HandlerSuccessesPerRetry, swarmlogv1.HandlerFirstRetries, swarmlogv1.HandlerMostRetries)
}

func newBudget(perRetry, atFirst, most int) *Budget {
	return &Budget{perRetry: perRetry, mostSaved: most * perRetry, saved: atFirst * perRetry}
}

// Succeeded notes that something succeeded, so often.
func (b *Budget) Succeeded(times int) { b.saved = min(b.mostSaved, b.saved+times) }

// Take takes one retry; false if there is none.
func (b *Budget) Take() bool {
	if b.saved < b.perRetry {
		return false
	}
	b.saved -= b.perRetry
	return true
}
