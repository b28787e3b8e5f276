package swarmlogtest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bare returns a machine without a swarmlog, and with a Java in its bin.
func bare(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("SWARMLOG_HOME", "")
	t.Setenv("JAVA_HOME", "")
	program(t, filepath.Join(folder, "bin", "java"), "exit 0")
	t.Setenv("PATH", filepath.Join(folder, "bin"))
	return folder
}

func program(t *testing.T, path, script string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPrefersADistributionToThePathToTheCheckout(t *testing.T) {
	folder := bare(t)
	inside := filepath.Join(folder, "checkout", "inside")
	expect := func(want string) {
		t.Helper()
		if found, err := FindCommand(inside); err != nil || found != want {
			t.Errorf("Expected %s, but got %q and %v", want, found, err)
		}
	}
	if _, err := FindCommand(inside); !errors.Is(err, ErrNoCoordinator) ||
		!strings.Contains(err.Error(), "set SWARMLOG_HOME to an unpacked distribution") {
		t.Errorf("Expected to be told what to do, but got %v", err)
	}
	inCheckout := program(t, filepath.Join(folder, "checkout", "swarmlog"), "exit 0")
	if err := os.WriteFile(filepath.Join(folder, "checkout", "pom.xml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(inCheckout)
	expect(program(t, filepath.Join(folder, "bin", "swarmlog"), "exit 0"))
	inDistribution := program(t, filepath.Join(folder, "dist", "bin", "swarmlog"), "exit 0")
	t.Setenv("SWARMLOG_HOME", filepath.Join(folder, "dist"))
	expect(inDistribution)
	t.Setenv("SWARMLOG_HOME", inside)
	if _, err := FindCommand(inside); err == nil || !strings.Contains(err.Error(), "bin/swarmlog is no program") {
		t.Errorf("Expected a wrong SWARMLOG_HOME to be refused, but got %v", err)
	}
}

func TestSaysThatThereIsNoJava(t *testing.T) {
	folder := bare(t)
	program(t, filepath.Join(folder, "bin", "swarmlog"), "exit 0")
	if err := os.Remove(filepath.Join(folder, "bin", "java")); err != nil {
		t.Fatal(err)
	}
	if _, err := FindCommand(folder); !errors.Is(err, ErrNoCoordinator) ||
		!strings.Contains(err.Error(), "none on the PATH: install Java 17") {
		t.Errorf("Expected to be told that there is no Java, but got %v", err)
	}
	t.Setenv("JAVA_HOME", folder)
	if _, err := FindCommand(folder); err == nil || !strings.Contains(err.Error(), "JAVA_HOME ("+folder+") has none") {
		t.Errorf("Expected to be told that JAVA_HOME has no Java, but got %v", err)
	}
}

func TestSaysWhyItDidNotStart(t *testing.T) {
	folder := bare(t)
	t.Setenv("PATH", filepath.Join(folder, "bin")+":/usr/bin:/bin")
	tests := map[string]string{
		"echo 'port 7 is taken' >&2; exit 16": "it ended: exit status 16",
		"echo Hello; exec sleep 60":           `it wrote "Hello"`,
	}
	for script, want := range tests {
		program(t, filepath.Join(folder, "bin", "swarmlog"), script)
		coordinator, err := NewCoordinator(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := coordinator.Start(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Expected an error with %q, but got %v", want, err)
		}
		if coordinator.IsRunning() {
			t.Error("Expected nothing to be left running")
		}
	}
}
