package swarmlogtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrNoCoordinator is what an error wraps where there is nothing on this machine that a coordinator could be started with.
var ErrNoCoordinator = errors.New("swarmlogtest: no coordinator")

// FindCommand returns the program `swarmlog` of this machine: bin/swarmlog of the distribution in SWARMLOG_HOME, else
// swarmlog on the PATH, else that of the checkout that directory lies in. An error wraps ErrNoCoordinator if there is
// none, or no Java to run it with; it says what to do.
func FindCommand(directory string) (string, error) {
	command, err := distribution()
	if err != nil {
		return "", err
	}
	if command == "" {
		command = onThePath()
	}
	if command == "" {
		command = checkout(directory)
	}
	if command == "" {
		return "", fmt.Errorf("%w: expected a swarmlog to run a coordinator with, but there is none: set SWARMLOG_HOME to "+
			"an unpacked distribution, or put its bin on the PATH, or run this in a checkout", ErrNoCoordinator)
	}
	return command, checkJava()
}

// distribution returns nothing if none is named.
func distribution() (string, error) {
	home := os.Getenv("SWARMLOG_HOME")
	if home == "" {
		return "", nil
	}
	command := filepath.Join(home, "bin", "swarmlog")
	if !isProgram(command) {
		return "", fmt.Errorf("expected SWARMLOG_HOME to be an unpacked distribution, but %s is no program", command)
	}
	return command, nil
}

func onThePath() string {
	found, err := exec.LookPath("swarmlog")
	if err != nil {
		return ""
	}
	return found
}

func checkout(directory string) string {
	at, err := filepath.Abs(directory)
	if err != nil {
		return ""
	}
	for {
		command := filepath.Join(at, "swarmlog")
		if pom, err := os.Stat(filepath.Join(at, "pom.xml")); err == nil && pom.Mode().IsRegular() && isProgram(command) {
			return command
		}
		parent := filepath.Dir(at)
		if parent == at {
			return ""
		}
		at = parent
	}
}

func checkJava() error {
	home := os.Getenv("JAVA_HOME")
	if home == "" {
		if _, err := exec.LookPath("java"); err != nil {
			return noJava("there is none on the PATH")
		}
		return nil
	}
	if !isProgram(filepath.Join(home, "bin", "java")) {
		return noJava(fmt.Sprintf("JAVA_HOME (%s) has none", home))
	}
	return nil
}

func noJava(why string) error {
	return fmt.Errorf("%w: expected a Java to run a coordinator with, but %s: install Java 17 or newer (Debian, Ubuntu: "+
		"apt install openjdk-17-jre-headless), or set JAVA_HOME", ErrNoCoordinator, why)
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
