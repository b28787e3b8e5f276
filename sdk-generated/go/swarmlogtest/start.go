package swarmlogtest

import (
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"testing"
)

// Start starts a coordinator, which is killed at the end of the test. Flags are those of `swarmlog serve`. The test is
// skipped where there is none, and fails if one does not start.
func Start(t testing.TB, flags ...string) *Coordinator {
	t.Helper()
	if target := os.Getenv("SWARMLOG_TARGET"); target != "" {
		if len(flags) > 0 {
			t.Skip("Expected a coordinator of the test's own, but SWARMLOG_TARGET names one: unset it.")
		}
		return At(target)
	}
	coordinator, err := NewCoordinator(t.TempDir(), flags...)
	SkipWithout(t, err)
	if err := coordinator.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := coordinator.Kill(); err != nil {
			t.Error(err)
		}
	})
	return coordinator
}

// SkipWithout does nothing if err is nil, as NewCoordinator and Coordinator.Start returned it. If there is nothing to start
// a coordinator with it skips the test, unless SWARMLOG_REQUIRED is set; else the test fails.
func SkipWithout(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, ErrNoCoordinator) && os.Getenv("SWARMLOG_REQUIRED") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Swarm returns the name of a swarm that no other test has.
func Swarm(t testing.TB) string {
	t.Helper()
	return "test-" + strings.ToLower(rand.Text()[:12])
}
