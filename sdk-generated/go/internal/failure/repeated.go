package failure

import (
	"fmt"
	"time"
)

const (
	quiet = time.Minute
	// Beyond, the one that was logged first is forgotten.
	maxCauses = 100
)

// Repeated says which failures deserve a line in the log: of each cause one a minute.
//
// So a handler whose database is away, or an agent whose coordinator is, does not fill the disk. Pure, not safe for
// concurrent use. The zero value is ready.
type Repeated struct {
	causes map[any]*logged
	// In the order of logging.
	order []any
}

type logged struct {
	at      time.Time
	leftOut int
}

// Count counts a failure; cause is comparable, and equal to those of the same cause. It returns how many of the same
// cause were left out since one was logged, and whether this one is to be logged.
func (r *Repeated) Count(cause any, now time.Time) (leftOut int, log bool) {
	before := r.causes[cause]
	if before != nil && now.Sub(before.at) < quiet {
		before.leftOut++
		return 0, false
	}
	if before != nil {
		r.forget(cause)
	} else if len(r.order) == maxCauses {
		r.forget(r.order[0])
	}
	if r.causes == nil {
		r.causes = map[any]*logged{}
	}
	r.causes[cause] = &logged{at: now}
	r.order = append(r.order, cause)
	if before == nil {
		return 0, true
	}
	return before.leftOut, true
}

func (r *Repeated) forget(cause any) {
	delete(r.causes, cause)
	for i, known := range r.order {
		if known == cause {
			r.order = append(r.order[:i], r.order[i+1:]...)
			return
		}
	}
}

// OfFailure is what failures have in common of which one a minute is enough.
func OfFailure(why Failure) any {
	return [2]string{why.Name(), fmt.Sprintf("%T", why.Cause)}
}

// Others returns what the end of a line says of those that were left out before it; empty for none.
func Others(leftOut int) string {
	if leftOut == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d times before, which were not logged)", leftOut)
}
