package swarmlog

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// consumer is an empty folder with a module of its own, which gets this one by its path.
func consumer(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	goCommand(t, folder, "mod", "init", "example.com/hello")
	goCommand(t, folder, "mod", "edit", "-require=swarmlog.dev/go@v0.1.0-dev", "-replace=swarmlog.dev/go@v0.1.0-dev="+here)
	return folder
}

func goCommand(t *testing.T, folder string, arguments ...string) string {
	t.Helper()
	command := exec.Command("go", arguments...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "SWARMLOG_REQUIRED=1", "SWARMLOG_TARGET=")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("Expected go %s to end well, but: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return string(output)
}

func programs(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		found = append(found, block[1])
	}
	return found
}

// running is a program of the README.
type running struct {
	process *exec.Cmd
	input   io.WriteCloser
	lines   *noted[string]
	read    chan struct{}
}

// run compiles the program that has something in it, and runs it in a swarm.
func run(t *testing.T, folder, having, target, swarm string) *running {
	t.Helper()
	all := programs(t)
	at := slices.IndexFunc(all, func(program string) bool { return strings.Contains(program, having) })
	if at < 0 {
		t.Fatalf("Expected a program with %s in README.md, but there is none", having)
	}
	source := all[at]
	for shown, own := range map[string]string{"localhost:7400": target, `Swarm: "hello"`: fmt.Sprintf("Swarm: %q", swarm)} {
		if !strings.Contains(source, shown) {
			t.Fatalf("Expected %s in a program, but it is not there", shown)
		}
		source = strings.ReplaceAll(source, shown, own)
	}
	write(t, filepath.Join(folder, "main.go"), []byte(source))
	goCommand(t, folder, "vet", ".")
	goCommand(t, folder, "build", "-o", "program", ".")
	return startProgram(t, folder)
}

func startProgram(t *testing.T, folder string) *running {
	t.Helper()
	r := &running{process: exec.Command("./program"), lines: newNoted[string](), read: make(chan struct{})}
	r.process.Dir = folder
	input, err := r.process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, written := io.Pipe()
	r.input, r.process.Stdout, r.process.Stderr = input, written, written
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.read)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			r.lines.add(lines.Text())
		}
	}()
	t.Cleanup(func() {
		_ = r.process.Process.Kill()
		_ = r.process.Wait()
		_ = written.Close()
		<-r.read
	})
	return r
}

// until waits until it has printed a line that matches.
func (r *running) until(t *testing.T, line string) {
	t.Helper()
	form := regexp.MustCompile("^" + line + "$")
	r.lines.until(t, func(all []string) bool { return slices.ContainsFunc(all, form.MatchString) })
}

// end presses Enter, or sends a signal; it must end well.
func (r *running) end(t *testing.T, signal os.Signal) {
	t.Helper()
	if signal != nil {
		_ = r.process.Process.Signal(signal)
	} else if _, err := io.WriteString(r.input, "\n"); err != nil {
		t.Fatal(err)
	}
	r.await(t)
}

func (r *running) await(t *testing.T) {
	t.Helper()
	overdue := time.AfterFunc(patience, func() { _ = r.process.Process.Kill() })
	defer overdue.Stop()
	if err := r.process.Wait(); err != nil {
		t.Errorf("Expected the program to end well, but: %v; it said %q", err, r.lines.list())
	}
}

func TestReadmeShowsWhatWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("Compiles each program of README.md.")
	}
	target, swarm := swarmOn(t)
	publisher := publisherOn(t, target, swarm)
	folder := consumer(t)
	t.Run("an agent greets once each time", func(t *testing.T) {
		program := run(t, folder, `Name: "agent-1"`, target, swarm)
		program.until(t, "Hello, swarm")
		program.end(t, nil)
		again := startProgram(t, folder)
		again.until(t, "Hello, swarm")
		again.end(t, nil)
		if got := again.lines.list(); !slices.Equal(got, []string{"Hello, swarm"}) {
			t.Errorf("Expected the new greeting only, but got %q", got)
		}
	})
	t.Run("operations are ranged over", func(t *testing.T) {
		program := run(t, folder, `Name: "agent-2"`, target, swarm)
		program.until(t, `\{"to":"swarm"\}`)
		program.await(t)
	})
	t.Run("keys are set and deleted", func(t *testing.T) {
		program := run(t, folder, `Name: "agent-3"`, target, swarm)
		program.until(t, "south: 12 km")
		publishAll(t, publisher, Deletion(TopicReconciliation, "south"))
		program.until(t, "south is gone, 0 are left")
		program.until(t, `main \d+ -> \d+ by \w+, exact: .* no mismatch`)
		program.end(t, nil)
	})
	t.Run("what is no number is parked", func(t *testing.T) {
		program := run(t, folder, `Name: "agent-4"`, target, swarm)
		for _, text := range []string{"12", "far", "13"} {
			publishAll(t, publisher, Event(TopicCommands, Text("hello.Distance", text)))
		}
		program.until(t, "13 km")
		program.until(t, ".*parked list "+swarm+".*")
		program.end(t, os.Interrupt)
	})
	t.Run("each payment counts once", func(t *testing.T) {
		_, own := swarmOn(t)
		program := run(t, folder, `Name: "agent-5"`, target, own)
		program.until(t, "7 paid, 7 in all")
		program.end(t, nil)
		again := startProgram(t, folder)
		again.until(t, "7 paid, 14 in all")
		again.end(t, nil)
	})
	t.Run("a publisher publishes", func(t *testing.T) {
		_, own := swarmOn(t)
		program := run(t, folder, `Name: "planner"`, target, own)
		program.until(t, "0 groups wait")
		program.await(t)
		if got := program.lines.list(); got[0] != "operation 1" {
			t.Errorf("Expected operation 1, but got %q", got)
		}
	})
}

func TestReadmeShowsHowToTest(t *testing.T) {
	if testing.Short() {
		t.Skip("Compiles a program of README.md, and starts a coordinator.")
	}
	sharedCoordinator(t)
	all := programs(t)
	if len(all) != 7 {
		t.Errorf("Expected a test of each program, but there are %d", len(all))
	}
	folder := consumer(t)
	write(t, filepath.Join(folder, "hello_test.go"), []byte(all[6]))
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	// As a last resort: behind what FindCommand prefers.
	t.Setenv("PATH", os.Getenv("PATH")+string(os.PathListSeparator)+checkout)
	if said := goCommand(t, folder, "test", "-count=1", "-v", "."); !strings.Contains(said, "--- PASS: TestSurvivesACrash") {
		t.Errorf("Expected the test to pass, but got %s", said)
	}
}
