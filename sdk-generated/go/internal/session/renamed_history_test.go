package session_test

import (
	"slices"
	"strings"
	"testing"

	"swarmlog.dev/go/internal/transcript"
)

// A handler has operations of the epoch in which the agent's history goes on, and what is committed is still of the one that
// ended. The next plan must not take it for known what the agent holds of their keys: one that has its old value again by then
// would be left out.
func TestSaysWhatAHandlerHasOfAnEpochThatHasBegun(t *testing.T) {
	// given
	play := playing()
	play("agent main main@4", "start", "plan main@4/2 DELTA target=6 scopes=A fork=main@4", "delivery main 4 main@5/2 5:A:k:b")
	// when
	said := play("ended UNAVAILABLE", "timer RECONNECT")
	// then
	if want := "open control, resume [main@4/2, in delta 4..4..5 inexact]"; said[len(said)-1] != want {
		t.Errorf("Expected %q, but got %v", want, said)
	}
}

// A handler has the first operations of a delta whose end is lost while the next session opens. What they left out for the
// operations that are lost would be taken for applied.
func TestConnectsOnceMoreIfTheEndOfADeltaIsLostThatAHandlerHasBegun(t *testing.T) {
	// given
	play := playing()
	play("agent main main@4", "start", "plan main@4 DELTA target=9 scopes=A", "delivery main 4 main@5 5:A",
		"ended UNAVAILABLE", "timer RECONNECT", "plan main@4/2 DELTA target=8 scopes=A fork=main@8")
	// when
	said := play("applied main")
	// then
	if !slices.ContainsFunc(said, func(line string) bool { return strings.Contains(line, "which is lost behind 8") }) {
		t.Fatalf("Expected to connect once more, but got %v", said)
	}
	said = play("timer RECONNECT")
	if want := "open control, resume [main@5, in delta 4..5..9, holds A]"; said[len(said)-1] != want {
		t.Errorf("Expected %q, but got %v", want, said)
	}
	said = play("plan main@5/2 SNAPSHOT target=8 scopes=A pages=A fork=main@8")
	if !slices.Contains(said, "open lane main") {
		t.Errorf("Expected to follow a plan that knows of the delta, but got %v", said)
	}
}

func playing() func(lines ...string) (said []string) {
	agent := &player{walk: func(string, string) {}}
	return func(lines ...string) (said []string) {
		for _, line := range lines {
			said = agent.take(transcript.Parse(line))
		}
		return said
	}
}
