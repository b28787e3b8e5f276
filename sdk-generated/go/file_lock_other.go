//go:build !unix

package swarmlog

import (
	"errors"
	"os"
)

var errLocked = errors.New("somebody has the lock")

// fileLock is a lock against other processes, and others of this one: a file that is open, which Windows does not remove.
type fileLock struct {
	file *os.File
}

// lockFile takes the lock of a file. errLocked if somebody has it.
func lockFile(path string) (*fileLock, error) {
	// Left by a process that was killed, if it can be removed.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errLocked
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil, errLocked
	}
	if err != nil {
		return nil, err
	}
	return &fileLock{file}, nil
}

// release lets others have it.
func (l *fileLock) release() {
	_ = l.file.Close()
	_ = os.Remove(l.file.Name())
}

// syncDirectory does nothing: names are flushed with their files.
func syncDirectory(string) error { return nil }
