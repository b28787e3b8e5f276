package publishing

// groupNumbers are the numbers of a producer's groups in its epoch: which comes next, which are used up, and where a group
// that was refused for good left a gap.
type groupNumbers struct {
	// What Hello says; 0 for a new one.
	epoch uint64
	next  uint64
	// All numbers below have been appended in this epoch.
	appendedBelow uint64
	// The highest that was acknowledged in this epoch; 0 for none.
	acknowledged uint64
	// Lowest number freed by a refusal for good that has others behind it; 0 for none.
	gap uint64
	// An attempt of the refused group itself may still be on its way, so its number must not be used again.
	gapLingers bool
}

func newGroupNumbers() *groupNumbers { return &groupNumbers{next: 1} }

func (n *groupNumbers) hasGap() bool { return n.gap != 0 }

// opened notes that a stream is open. expected is the number the coordinator expects next, firstUnanswered the lowest that
// was sent and not answered, 0 for none. False if the coordinator has lost what it appended in this epoch.
func (n *groupNumbers) opened(epoch, expected, firstUnanswered uint64) bool {
	resumed := n.epoch != 0
	n.epoch = epoch
	if resumed && firstUnanswered != 0 && expected < firstUnanswered {
		return false
	}
	if !resumed || firstUnanswered == 0 {
		n.next = expected
	}
	n.appendedBelow = expected
	return true
}

// takeLost is how many have been acknowledged in this epoch that are not there any more; they are told once. expected is the
// number the coordinator expects next.
func (n *groupNumbers) takeLost(expected uint64) uint64 {
	if expected > n.acknowledged {
		return 0
	}
	lost := n.acknowledged + 1 - expected
	n.acknowledged -= lost
	return lost
}

// take takes the next number.
func (n *groupNumbers) take() uint64 {
	taken := n.next
	n.next++
	return taken
}

// appended notes that the group of this number is in the log.
func (n *groupNumbers) appended(number uint64) {
	n.acknowledged = max(n.acknowledged, number)
	n.appendedBelow = max(n.appendedBelow, number+1)
	if n.gap != 0 && number > n.gap {
		// The refused number was used up after all, or this could not have been appended.
		n.forgetGap()
	}
}

// isUsedUp says whether a group of this number is in the log.
func (n *groupNumbers) isUsedUp(number uint64) bool { return number < n.appendedBelow }

// free notes that a group was refused for good and did not use its number up; lingers, whether another attempt of it may.
func (n *groupNumbers) free(number uint64, lingers bool) {
	if n.gap == 0 {
		n.gap = number
	}
	n.gap = min(n.gap, number)
	n.gapLingers = n.gapLingers || lingers
}

// isBehindGap says whether a number cannot be appended for the gap; 0 is a number that is yet to be given.
func (n *groupNumbers) isBehindGap(number uint64) bool {
	return n.gap != 0 && (number == 0 || number > n.gap)
}

// goOnAtGap goes on at the gap. Only where nothing can fill it that was sent before.
func (n *groupNumbers) goOnAtGap() {
	n.next = n.gap
	n.forgetGap()
}

// beginEpoch has all earlier attempts fenced by the next Hello.
func (n *groupNumbers) beginEpoch() {
	n.epoch = 0
	n.acknowledged = 0
	n.forgetGap()
}

func (n *groupNumbers) forgetGap() {
	n.gap = 0
	n.gapLingers = false
}
