package session

// State is what an agent is doing.
type State int

// The states of an agent.
const (
	// Waiting: not connected; the next try comes by itself.
	Waiting State = iota
	Connecting
	// CatchingUp: connected, and not at the head of every log yet.
	CatchingUp
	Live
	// Draining: reads nothing more, and finishes what handlers have.
	Draining
	Closed
	// Failed: stopped for good, since trying again would give the same answer.
	Failed
)

// String is the state for people to read: "catching up".
func (s State) String() string {
	return [...]string{"waiting", "connecting", "catching up", "live", "draining", "closed", "failed"}[s]
}

// IsFinal says whether no other state follows.
func (s State) IsFinal() bool { return s == Closed || s == Failed }
