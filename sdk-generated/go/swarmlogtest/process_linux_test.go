package swarmlogtest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const startsForAnother = "SWARMLOGTEST_STARTS_FOR_ANOTHER"

// TestStartsForAnother is no test: it is what TestKilledTestsLeaveNoCoordinator kills.
func TestStartsForAnother(t *testing.T) {
	if os.Getenv(startsForAnother) == "" {
		t.Skip("Only TestKilledTestsLeaveNoCoordinator runs it.")
	}
	coordinator, err := NewCoordinator(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := coordinator.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString("started\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
	t.Error("Expected to be killed meanwhile.")
}

func TestKilledTestsLeaveNoCoordinator(t *testing.T) {
	// given: tests that started a coordinator, which holds a pipe open as long as it lives
	folder := bare(t)
	t.Setenv("PATH", filepath.Join(folder, "bin")+":/usr/bin:/bin")
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	program(t, filepath.Join(folder, "bin", "swarmlog"), "exec 3>"+pipe+"\necho '{\"port\":7}'\nexec sleep 600")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := exec.Command(self, "-test.run=^TestStartsForAnother$", "-test.v")
	tests.Env = append(os.Environ(), startsForAnother+"=1")
	input, err := tests.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = input.Close() }()
	output, err := tests.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tests.Start(); err != nil {
		t.Fatal(err)
	}
	alive, err := os.OpenFile(pipe, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = alive.Close() }()
	for lines := bufio.NewScanner(output); lines.Scan() && !strings.Contains(lines.Text(), "started"); {
	}
	// when
	if err := tests.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = tests.Wait()
	// then
	over := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, alive)
		close(over)
	}()
	select {
	case <-over:
	case <-time.After(10 * time.Second):
		t.Error("Expected the coordinator to be gone with the tests that started it, but it runs.")
	}
}
