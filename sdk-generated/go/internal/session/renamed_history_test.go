package session_test

import (
	"testing"

	"swarmlog.dev/go/internal/transcript"
)

// A handler has operations of the epoch in which the agent's history goes on, and what is committed is still of the one that
// ended. The next plan must not take it for known what the agent holds of their keys: one that has its old value again by then
// would be left out.
func TestSaysWhatAHandlerHasOfAnEpochThatHasBegun(t *testing.T) {
	// given
	agent := &player{walk: func(string, string) {}}
	play := func(lines ...string) (said []string) {
		for _, line := range lines {
			said = agent.take(transcript.Parse(line))
		}
		return said
	}
	play("agent main main@4", "start", "plan main@4/2 DELTA target=6 scopes=A fork=main@4", "delivery main 4 main@5/2 5:A:k:b")
	// when
	said := play("ended UNAVAILABLE", "timer RECONNECT")
	// then
	if want := "open control, resume [main@4/2, in delta 4..4..5 inexact]"; said[len(said)-1] != want {
		t.Errorf("Expected %q, but got %v", want, said)
	}
}
