package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"swarmlog.dev/go/swarmlogtest"
)

// built returns the agent, compiled, behind the script that users call.
func built(t *testing.T) (script string) {
	t.Helper()
	folder := t.TempDir()
	content, err := os.ReadFile("agent")
	if err != nil {
		t.Fatal(err)
	}
	script = filepath.Join(folder, "polyglot", "agent")
	if err := os.Mkdir(filepath.Dir(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, content, 0o755); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(folder, "build", "polyglot"), ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return script
}

// ended returns exit code, standard output and standard error.
func ended(t *testing.T, command *exec.Cmd) (code int, output, errors string) {
	t.Helper()
	var out, err strings.Builder
	command.Stdout, command.Stderr = &out, &err
	_ = command.Run()
	return command.ProcessState.ExitCode(), out.String(), err.String()
}

func TestHoldsWhatWasPublishedWhateverIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("Kills a coordinator and agents again and again.")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("Expected python3 to run the check of polyglot agents, but there is none.")
	}
	swarmlog, err := swarmlogtest.FindCommand(".")
	swarmlogtest.SkipWithout(t, err)
	agent := built(t)
	code, output, errors := ended(t, exec.Command(python, "../../polyglot/check.py", "--swarmlog", swarmlog, agent, agent))
	if code != 0 || !strings.HasPrefix(output, "go, go: hold what was published") {
		t.Errorf("Expected all agents to hold what was published, but got %d: %s%s", code, output, errors)
	}
}

func TestSaysThatArgumentsAreWrong(t *testing.T) {
	agent := built(t)
	tests := [][]string{
		{}, {"localhost:7400", "s", "a"}, {"localhost", "s", "a", "."}, {"localhost:7400", "", "a", "."},
		{"localhost:7400", "s", "a", "there-is-no-such-folder"},
	}
	for _, arguments := range tests {
		code, output, errors := ended(t, exec.Command(agent, arguments...))
		if code != 64 || output != "" || strings.Count(errors, "\n") != 1 ||
			!strings.HasPrefix(errors, "usage: agent HOST:PORT SWARM NAME FOLDER (") {
			t.Errorf("Expected %q to be wrong, but got %d: %s%s", arguments, code, output, errors)
		}
	}
}

func TestSaysThatItIsNotBuilt(t *testing.T) {
	agent := built(t)
	if err := os.RemoveAll(filepath.Join(filepath.Dir(agent), "..", "build")); err != nil {
		t.Fatal(err)
	}
	code, output, errors := ended(t, exec.Command(agent, "localhost:7400", "s", "a", "."))
	if code != 69 || output != "" || strings.Count(errors, "\n") != 1 {
		t.Errorf("Expected to be told that it is not built, but got %d: %s%s", code, output, errors)
	}
}
