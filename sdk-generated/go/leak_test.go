package swarmlog

import (
	"errors"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"swarmlog.dev/go/swarmlogtest"
)

// TestMain fails if a goroutine of a test is left. Before that it ends the coordinator that tests share.
func TestMain(m *testing.M) {
	if directory := os.Getenv("SAVE_UNTIL_KILLED"); directory != "" {
		saveUntilKilled(directory)
	}
	if arguments, isAgent := os.LookupEnv(agentProcess); isAgent {
		os.Exit(runAgentProcess(arguments))
	}
	goleak.VerifyTestMain(sharing{m})
}

type sharing struct{ m *testing.M }

// Run implements goleak.TestingM.
func (s sharing) Run() int {
	code := s.m.Run()
	if shared.coordinator != nil {
		if err := errors.Join(shared.coordinator.Kill(), os.RemoveAll(shared.directory)); err != nil {
			println(err.Error())
			return max(code, 1)
		}
	}
	return code
}

var shared struct {
	once        sync.Once
	directory   string
	coordinator *swarmlogtest.Coordinator
	err         error
}

// sharedCoordinator is one that runs while the tests of this package do: they have swarms of their own. As
// swarmlogtest.Start, the test is skipped where there is none.
func sharedCoordinator(t testing.TB) *swarmlogtest.Coordinator {
	t.Helper()
	if os.Getenv("SWARMLOG_TARGET") != "" {
		return swarmlogtest.Start(t)
	}
	shared.once.Do(func() {
		if shared.directory, shared.err = os.MkdirTemp("", "swarmlog-test-"); shared.err != nil {
			return
		}
		made, err := swarmlogtest.NewCoordinator(shared.directory, "--in-memory")
		if err != nil {
			shared.err = err
			return
		}
		shared.coordinator, shared.err = made, made.Start()
	})
	swarmlogtest.SkipWithout(t, shared.err)
	return shared.coordinator
}
