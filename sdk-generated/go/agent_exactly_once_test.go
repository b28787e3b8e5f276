package swarmlog

import (
	"bufio"
	"context"
	"encoding"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const (
	// Set in a process of this test's program that is an agent: target, swarm and file.
	agentProcess = "SWARMLOG_TEST_AGENT"
	onceCount    = 400
)

// written is a state of texts, one a line, that tells each.
type written struct{ texts []string }

func (w *written) Apply(_ context.Context, batch Batch) error {
	for _, operation := range batch.Operations {
		w.texts = append(w.texts, operation.Text())
		fmt.Println(operation.Text())
	}
	return nil
}

func (w *written) MarshalBinary() ([]byte, error) { return []byte(strings.Join(w.texts, "\n")), nil }

func (w *written) UnmarshalBinary(stored []byte) error {
	w.texts = strings.FieldsFunc(string(stored), func(r rune) bool { return r == '\n' })
	return nil
}

var (
	_ FileState                  = (*written)(nil)
	_ encoding.BinaryUnmarshaler = (*written)(nil)
)

// runAgentProcess is the whole of that process: it ends well at SIGTERM.
func runAgentProcess(arguments string) int {
	target, rest, _ := strings.Cut(arguments, " ")
	swarm, file, _ := strings.Cut(rest, " ")
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	state := &written{}
	agent, err := NewAgent(AgentConfig{
		Target: target, Swarm: swarm, Name: "a", Effects: NewFileEffectStore(file, state), Listener: AgentListener{
			Synced: func(report SyncReport) {
				fmt.Println("synced at", report.Target.GetOpId(), report.Exact && len(report.Mismatches) == 0)
			},
		},
	})
	if err == nil {
		err = agent.Run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("holds", strings.Join(state.texts, ","))
	return 0
}

// Effects and cursor in one transaction: exactly once, however often the agent is killed.
func TestAppliesEachOperationOnceAlthoughItIsKilled(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	file := filepath.Join(t.TempDir(), "work")
	publisher := publisherOn(t, target, swarm)
	seed := rand.Uint64()
	draws := rand.New(rand.NewPCG(seed, 0))
	published := make(chan error, 1)
	want := make([]string, onceCount)
	for i := range want {
		want[i] = fmt.Sprintf("operation %d", i)
	}
	go func() {
		for _, text := range want {
			if _, err := publisher.Publish(context.Background(), command(text)); err != nil {
				published <- err
				return
			}
		}
		published <- nil
	}()
	// when
	kills := 0
	for last := ""; last != want[onceCount-1] && last != syncedAt(onceCount); kills++ {
		process := startAgentProcess(t, target, swarm, file)
		for range 1 + draws.IntN(120) {
			if last = process.line(t); last == want[onceCount-1] || last == syncedAt(onceCount) {
				break
			}
		}
		process.kill(t)
	}
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	// then, when a last run has committed what is left
	process := startAgentProcess(t, target, swarm, file)
	for process.line(t) != syncedAt(onceCount) {
	}
	if err := process.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	held := ""
	for !strings.HasPrefix(held, "holds ") {
		held = process.line(t)
	}
	if err := process.command.Wait(); err != nil {
		t.Errorf("Expected the agent to end well, but: %v", err)
	}
	if texts := strings.Split(strings.TrimPrefix(held, "holds "), ","); !slices.Equal(texts, want) {
		t.Errorf("Expected each operation once and in order, but got %v; seed %d", texts, seed)
	}
	if kills < 2 {
		t.Errorf("Expected the agent to be killed again and again, but it was %d times; seed %d", kills, seed)
	}
}

func syncedAt(opID int) string { return fmt.Sprintf("synced at %d true", opID) }

type agentProcessUnderTest struct {
	command *exec.Cmd
	lines   *bufio.Scanner
}

func startAgentProcess(t *testing.T, target, swarm, file string) *agentProcessUnderTest {
	t.Helper()
	command := exec.CommandContext(patient(t), os.Args[0])
	command.Env = append(os.Environ(), agentProcess+"="+strings.Join([]string{target, swarm, file}, " "))
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return &agentProcessUnderTest{command: command, lines: bufio.NewScanner(output)}
}

func (p *agentProcessUnderTest) line(t *testing.T) string {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("Expected the agent to go on, but it ended: %v", p.lines.Err())
	}
	return p.lines.Text()
}

func (p *agentProcessUnderTest) kill(t *testing.T) {
	t.Helper()
	if err := p.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.command.Wait() // It says that it was killed.
}
