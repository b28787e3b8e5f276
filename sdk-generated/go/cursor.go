package swarmlog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// Cursor says where an agent stands: of each log the last position durably applied, what was interrupted there, the
// scopes it holds and their sums; and the highest term it has seen. Stores keep it opaque, by MarshalBinary. It names its
// swarm and agent, so that a cursor cannot be taken for another agent's.
//
// Immutable but for UnmarshalBinary. The zero value is the cursor of an agent that has applied nothing.
type Cursor struct {
	swarm, agent string
	highestTerm  uint64
	// Never changed.
	resumes map[Log]*swarmlogv1.LogResume
}

// UnmarshalBinary reads what MarshalBinary wrote. An error wraps ErrCursorStore if that is not a cursor.
func (c *Cursor) UnmarshalBinary(stored []byte) error {
	var form swarmlogv1.Hello
	if err := proto.Unmarshal(stored, &form); err != nil {
		return storeError("Expected the bytes of a cursor, but they do not parse: restore them, or start the agent with "+
			"a fresh cursor", err)
	}
	resumes := make(map[Log]*swarmlogv1.LogResume, len(form.GetResume()))
	for _, resume := range form.GetResume() {
		resumes[Log(resume.GetPosition().GetLog())] = resume
	}
	*c = Cursor{form.GetSwarm(), form.GetAgent(), form.GetHighestTerm(), resumes}
	return nil
}

// MarshalBinary returns the stored form; any version of the SDK from this one on reads it.
func (c Cursor) MarshalBinary() ([]byte, error) {
	// The part of Hello that it becomes. So what is stored is what is presented.
	form := &swarmlogv1.Hello{Swarm: c.swarm, Agent: c.agent, HighestTerm: c.highestTerm}
	for _, log := range slices.Sorted(maps.Keys(c.resumes)) {
		form.Resume = append(form.Resume, c.resumes[log])
	}
	return proto.Marshal(form)
}

// Position returns the last position applied of a log, not to be changed; nil if nothing of it was.
func (c Cursor) Position(log Log) *swarmlogv1.Position { return c.resumes[log].GetPosition() }

// HighestTerm is the highest term seen; 0 if none.
func (c Cursor) HighestTerm() uint64 { return c.highestTerm }

// WithPosition returns the same cursor with another position in the position's log, and of that log nothing else: no
// sums, nothing interrupted.
func (c Cursor) WithPosition(position *swarmlogv1.Position) Cursor {
	return c.withResume(&swarmlogv1.LogResume{Position: position}, 0)
}

// String returns the cursor as people read it: "main=12 control=3 term=0".
func (c Cursor) String() string {
	var stands []string
	for _, log := range slices.Sorted(maps.Keys(c.resumes)) {
		stands = append(stands, fmt.Sprintf("%v=%d", log, c.Position(log).GetOpId()))
	}
	return strings.Join(append(stands, fmt.Sprintf("term=%d", c.highestTerm)), " ")
}

// resume returns all there is of a log, not to be changed; nil if nothing.
func (c Cursor) resume(log Log) *swarmlogv1.LogResume { return c.resumes[log] }

// withResume returns the same cursor with another resume state of a log, and a term at least this high.
func (c Cursor) withResume(resume *swarmlogv1.LogResume, term uint64) Cursor {
	resumes := maps.Clone(c.resumes)
	if resumes == nil {
		resumes = map[Log]*swarmlogv1.LogResume{}
	}
	resumes[Log(resume.GetPosition().GetLog())] = resume
	return Cursor{c.swarm, c.agent, max(term, c.highestTerm), resumes}
}

// ownedBy returns the same cursor under a name; an error if it is another agent's or swarm's.
func (c Cursor) ownedBy(swarm, agent string) (Cursor, error) {
	if (c.swarm != "" || c.agent != "") && (c.swarm != swarm || c.agent != agent) {
		return Cursor{}, storeError(fmt.Sprintf("Expected the cursor of agent '%s' in swarm '%s', but the store holds that "+
			"of agent '%s' in swarm '%s': give each agent a store of its own", agent, swarm, c.agent, c.swarm), nil)
	}
	return Cursor{swarm, agent, c.highestTerm, c.resumes}, nil
}

// equal says whether both say the same.
func (c Cursor) equal(other Cursor) bool {
	return c.swarm == other.swarm && c.agent == other.agent && c.highestTerm == other.highestTerm &&
		maps.EqualFunc(c.resumes, other.resumes, func(a, b *swarmlogv1.LogResume) bool { return proto.Equal(a, b) })
}
