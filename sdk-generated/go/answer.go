package swarmlog

import (
	"context"
	"fmt"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// GroupPosition says where a publish group lies. Its operations are FirstOpID to OpID, in the order they were given.
type GroupPosition struct {
	FirstOpID uint64
	// Last is the position of its last operation. Not to be changed.
	Last *swarmlogv1.Position
	// Durability is the level reached when the coordinator answered.
	Durability swarmlogv1.Durability
	// Duplicate: the group had been appended before, and this is its first answer again.
	Duplicate bool
}

// OpID is the number of its last operation, which is the only one where one was published.
func (p GroupPosition) OpID() uint64 { return p.Last.GetOpId() }

// String returns where it lies as people read it: "main:3", or "main:3..5".
func (p GroupPosition) String() string {
	if p.FirstOpID == p.OpID() {
		return fmt.Sprintf("%v:%d", Log(p.Last.GetLog()), p.OpID())
	}
	return fmt.Sprintf("%v:%d..%d", Log(p.Last.GetLog()), p.FirstOpID, p.OpID())
}

// Answer is what becomes of a publish group that was submitted. Safe for concurrent use.
type Answer struct {
	done  chan struct{}
	where GroupPosition
	err   *Error

	bytes int
	span  *publishSpan
}

// Done is closed when the answer is there.
func (a *Answer) Done() <-chan struct{} { return a.done }

// Wait returns the answer when it is there: where the group lies, or an *Error. When ctx is done first it returns the error
// of ctx; that takes nothing back: the group was published.
func (a *Answer) Wait(ctx context.Context) (GroupPosition, error) {
	select {
	case <-a.done:
	default:
		select {
		case <-a.done:
		case <-ctx.Done():
			return GroupPosition{}, fmt.Errorf("expected the answer to a publication, but the caller waits no more: %w",
				context.Cause(ctx))
		}
	}
	if a.err != nil {
		return GroupPosition{}, a.err
	}
	return a.where, nil
}

func (a *Answer) appended(where GroupPosition) {
	a.where = where
	a.span.appended(where)
	close(a.done)
}

func (a *Answer) failed(why *Error) {
	a.err = why
	a.span.failed(why)
	close(a.done)
}
