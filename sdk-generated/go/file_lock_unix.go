//go:build unix

package swarmlog

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

var errLocked = errors.New("somebody has the lock")

// fileLock is a lock against other processes, and others of this one. Gone with the process.
type fileLock struct {
	file *os.File
}

// lockFile takes the lock of a file, which is made if it is missing. errLocked if somebody has it.
func lockFile(path string) (*fileLock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return &fileLock{file}, nil
}

// release lets others have it.
func (l *fileLock) release() { _ = l.file.Close() }

// syncDirectory flushes the names in a directory.
func syncDirectory(directory string) error {
	names, err := os.Open(directory)
	if err != nil {
		return err
	}
	return errors.Join(names.Sync(), names.Close())
}
