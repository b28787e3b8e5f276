package session_test

import (
	"slices"
	"strings"
	"testing"

	"swarmlog.dev/go/internal/transcript"
)

// A key of a repair is refused while the next session opens. Its plan was made for an agent that holds what the repair brings:
// it may leave the key out, if that has the same value again at the target.
func TestConnectsOnceMoreIfAKeyOfARepairIsRefusedMeanwhile(t *testing.T) {
	// given
	agent := &player{walk: func(string, string) {}}
	play := func(lines ...string) (said []string) {
		for _, line := range lines {
			said = agent.take(transcript.Parse(line))
		}
		return said
	}
	play("agent main main@3", "start", "plan main@3 DELTA scopes=A drift=10000 nacks=yes", "receipt main@3", "caughtUp main@3",
		"applied main", "repair main@3 A after= through= 1:A:x:a", "refused main 1")
	// when
	said := play("ended UNAVAILABLE", "timer RECONNECT")
	if want := "open control, resume [main@3, holds A]"; said[len(said)-1] != want {
		t.Errorf("Expected %q, but got %v", want, said)
	}
	play("plan main@3 DELTA target=5 scopes=A drift=10000 nacks=yes", "nackReply main 1 SUPERSEDED")
	said = play("applied main")
	// then
	if !slices.ContainsFunc(said, func(line string) bool { return strings.Contains(line, "for a state that lacks keys") }) {
		t.Errorf("Expected to connect once more, but got %v", said)
	}
	said = play("timer RECONNECT")
	if want := "open control, resume [main@3, in delta 3..3..3 inexact, holds A]"; said[len(said)-1] != want {
		t.Errorf("Expected %q, but got %v", want, said)
	}
}
