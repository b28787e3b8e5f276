// Package swarmlogtest runs a real coordinator for tests: on a free port of loopback, in a directory of its own.
//
//	func TestMyAgent(t *testing.T) {
//		coordinator := swarmlogtest.Start(t)
//		publisher, err := swarmlog.NewPublisher(coordinator.Target(), swarmlogtest.Swarm(t), "p")
//		…
//	}
//
// It needs Java 17, and a swarmlog: the distribution in SWARMLOG_HOME, `swarmlog` on the PATH, or the checkout that the
// test lies in. Where there is none, the test is skipped with the reason; with SWARMLOG_REQUIRED=1 it fails.
// SWARMLOG_TARGET=HOST:PORT uses a coordinator that runs.
package swarmlogtest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	startTimeout = 5 * time.Minute
	stopTimeout  = 30 * time.Second
	tailLines    = 20
	loopback     = "127.0.0.1"
)

// Coordinator is one in a process of its own. It creates swarms on first use; tests of different swarms do not disturb
// each other on one.
//
// Restart and Kill let a test see how its agents cope with a coordinator that goes and comes back: port and data stay the
// same. Of one that was given by its address a test can only use the address. Not safe for concurrent use.
type Coordinator struct {
	command   string
	directory string
	flags     []string
	// Of one that was given; else empty.
	address string
	port    int
	process *exec.Cmd
	exited  chan struct{}
}

// NewCoordinator makes one that is not started yet, whose data and log lie in a directory that exists. Flags are those of
// `swarmlog serve`, such as "--in-memory" or "--parking-attempts=2". An error as FindCommand says. Tests use Start.
func NewCoordinator(directory string, flags ...string) (*Coordinator, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("expected a working directory: %w", err)
	}
	command, err := FindCommand(here)
	if err != nil {
		return nil, err
	}
	return &Coordinator{command: command, directory: directory, flags: withDefaults(flags)}, nil
}

// At is one that runs already, at "host:port", and that nobody here starts or stops.
func At(target string) *Coordinator { return &Coordinator{address: target} }

// Target is where clients connect: "127.0.0.1:41234". It stays the same across restarts.
func (c *Coordinator) Target() string {
	if c.address != "" {
		return c.address
	}
	return fmt.Sprintf("%s:%d", loopback, c.port)
}

// DataDirectory is where its data is; for tests that look at it, or damage it while it is stopped.
func (c *Coordinator) DataDirectory() string { return filepath.Join(c.directory, "data") }

// LogFile is what it logs.
func (c *Coordinator) LogFile() string { return filepath.Join(c.directory, "coordinator.log") }

// IsRunning says whether it runs now.
func (c *Coordinator) IsRunning() bool {
	if c.address != "" {
		return true
	}
	if c.process == nil {
		return false
	}
	select {
	case <-c.exited:
		return false
	default:
		return true
	}
}

// Start starts it, on the port it had before. It does nothing if it runs. A checkout that has to be built first needs a
// minute. The error says why it cannot.
func (c *Coordinator) Start() error {
	if c.IsRunning() {
		return nil
	}
	log, err := os.OpenFile(c.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("expected to write what the coordinator logs: %w", err)
	}
	defer func() { _ = log.Close() }()
	arguments := []string{"serve", "--json", fmt.Sprintf("--port=%d", c.port), "--data-directory=" + c.DataDirectory()}
	process := exec.Command(c.command, append(arguments, c.flags...)...)
	process.Env = environment()
	process.Stderr = log
	process.SysProcAttr = processAttributes()
	output, err := process.StdoutPipe()
	if err != nil {
		return fmt.Errorf("expected a pipe to the coordinator: %w", err)
	}
	c.exited = make(chan struct{})
	started, lines := make(chan error), make(chan string, 1)
	go func() {
		// It ends with the thread that started it, see processAttributes.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.exited)
		err := process.Start()
		started <- err
		if err != nil {
			return
		}
		reader := bufio.NewReader(output)
		line, _ := reader.ReadString('\n')
		lines <- line
		_, _ = io.Copy(io.Discard, reader)
		_ = process.Wait()
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("expected to start %s: %w", c.command, err)
	}
	c.process = process
	if err := c.awaitPort(lines); err != nil {
		return errors.Join(err, c.Kill())
	}
	return nil
}

// Stop stops it gracefully: agents are told to come back, what was accepted is finished. It does nothing if it is stopped.
func (c *Coordinator) Stop() error {
	if err := c.checkOurs(); err != nil || c.process == nil {
		return err
	}
	_ = c.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.exited:
		c.process = nil
		return nil
	case <-time.After(stopTimeout):
		return errors.Join(fmt.Errorf("expected the coordinator to stop within %v, but it did not; it was killed. %s",
			stopTimeout, c.logTail()), c.Kill())
	}
}

// Kill kills it with SIGKILL: connections break, what was not acknowledged may be lost. It does nothing if it is stopped.
func (c *Coordinator) Kill() error {
	if err := c.checkOurs(); err != nil || c.process == nil {
		return err
	}
	_ = c.process.Process.Kill()
	<-c.exited
	c.process = nil
	return nil
}

// Restart stops it, and starts it.
func (c *Coordinator) Restart() error {
	if err := c.Stop(); err != nil {
		return err
	}
	return c.Start()
}

// withDefaults adds what tests want, where no flag says otherwise.
func withDefaults(flags []string) []string {
	all := slices.Clone(flags)
	for _, known := range []string{"--shards=2", "--drain-timeout=5s", "--console=false"} {
		name, _, _ := strings.Cut(known, "=")
		isGiven := func(flag string) bool { return flag == name || strings.HasPrefix(flag, name+"=") }
		if !slices.ContainsFunc(flags, isGiven) {
			all = append(all, known)
		}
	}
	return all
}

func (c *Coordinator) checkOurs() error {
	if c.address == "" {
		return nil
	}
	return fmt.Errorf("expected a coordinator that may be started and stopped, but %s was given by its address: run this "+
		"without one", c.address)
}

func (c *Coordinator) awaitPort(lines <-chan string) error {
	select {
	case line := <-lines:
		var ready struct{ Port int }
		if json.Unmarshal([]byte(line), &ready) == nil && ready.Port != 0 {
			c.port = ready.Port
			return nil
		}
		how := fmt.Sprintf("wrote %q", strings.TrimSpace(line))
		if line == "" {
			<-c.exited
			how = "ended: " + c.process.ProcessState.String()
		}
		return fmt.Errorf("expected %s serve to say that it is ready, but it %s. %s", c.command, how, c.logTail())
	case <-time.After(startTimeout):
		return fmt.Errorf("expected the coordinator to be ready within %v, but it is not. %s", startTimeout, c.logTail())
	}
}

func (c *Coordinator) logTail() string {
	log, err := os.ReadFile(c.LogFile())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	last := lines[max(0, len(lines)-tailLines):]
	return fmt.Sprintf("The end of %s:\n%s", c.LogFile(), strings.Join(last, "\n"))
}

// environment is that of whoever runs the tests, without what would change what they test.
func environment() []string {
	// Of the launchers themselves; all other SWARMLOG_… variables are settings of a coordinator.
	kept := map[string]bool{"SWARMLOG_BUILD": true, "SWARMLOG_JAVA_OPTS": true, "SWARMLOG_PREPARED": true}
	var environment []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		foreign := strings.HasPrefix(name, "SWARMLOG_") || strings.HasPrefix(name, "OTEL_")
		if kept[name] || !foreign {
			environment = append(environment, variable)
		}
	}
	return environment
}
