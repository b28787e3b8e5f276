package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// The least size at which a cursor file is written anew.
const minRewriteBytes = 256 << 10

// FileCursorStore keeps cursor and held keys in a directory of its own, created if missing.
//
// Each save is one checksummed append and one fsync, survives the loss of power, and a torn append leaves what was before
// it. When the file has doubled since it was last rewritten, and when it is opened, a new one with the last state only is
// written aside, flushed, and renamed over it; so it stays at a few times the size of the keys. It locks the directory
// against a second process.
//
// A write that failed is not tried again, because what the disk holds is unknown then: the store refuses everything after
// it. The keys are not kept in memory: a rewrite reads them from the file. Opened by Load. Safe for concurrent use.
type FileCursorStore struct {
	directory  string
	minRewrite int

	mu   sync.Mutex
	lock *fileLock
	file *os.File
	// What was read; nil once it was handed out.
	loaded    *storedState
	rewritten int
	size      int
	failed    bool
}

// NewFileCursorStore keeps the cursor in a directory; it is not opened yet.
func NewFileCursorStore(directory string) *FileCursorStore {
	return &FileCursorStore{directory: directory, minRewrite: minRewriteBytes}
}

// Load opens the store, and returns the cursor saved last. An error wraps ErrCursorStore if the directory is in use, cannot
// be written, is damaged, or of a newer version.
func (s *FileCursorStore) Load(context.Context) (Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.take(); err != nil {
		return Cursor{}, err
	}
	state, err := s.read()
	if err == nil {
		err = s.rewrite(state)
	}
	if err != nil {
		s.release()
		return Cursor{}, s.unusable(err)
	}
	s.loaded = &state
	return state.cursor, nil
}

// HeldKeys returns the keys held with the cursor.
func (s *FileCursorStore) HeldKeys(context.Context) (iter.Seq[HeldKey], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.loaded
	if state == nil {
		read, err := s.read()
		if err != nil {
			return nil, s.unusable(err)
		}
		state = &read
	}
	s.loaded = nil
	return state.keys.all(), nil
}

// Save appends cursor and changes, and flushes them.
func (s *FileCursorStore) Save(_ context.Context, cursor Cursor, changed []HeldKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed {
		return s.notOpen("an earlier write failed: look at the disk and restart the agent")
	}
	if s.file == nil {
		return s.notOpen("it was not opened, or closed")
	}
	if err := s.append(cursor, changed); err != nil {
		s.failed = true
		return storeError(fmt.Sprintf("Expected to write the cursor to %s, but it failed: look at the disk and restart the "+
			"agent", s.directory), err)
	}
	return nil
}

// Close closes the file, and lets another process open the directory.
func (s *FileCursorStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release()
	return nil
}

func (s *FileCursorStore) append(cursor Cursor, changed []HeldKey) error {
	record, err := appendRecord(nil, &cursor, slices.Values(changed))
	if err != nil {
		return err
	}
	if _, err := s.file.Write(record); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.loaded = nil
	s.size += len(record)
	if s.size < max(s.minRewrite, 2*s.rewritten) {
		return nil
	}
	state, err := s.read()
	if err != nil {
		return err
	}
	return s.rewrite(state)
}

// take locks the directory.
func (s *FileCursorStore) take() error {
	if err := os.MkdirAll(s.directory, 0o755); err != nil {
		return s.unusable(err)
	}
	lock, err := lockFile(filepath.Join(s.directory, "lock"))
	if errors.Is(err, errLocked) {
		return storeError(fmt.Sprintf("Expected the cursor store in %s to be free, but another agent has it open: give each "+
			"agent a directory of its own", s.directory), nil)
	}
	if err != nil {
		return s.unusable(err)
	}
	s.lock = lock
	return nil
}

func (s *FileCursorStore) release() {
	if s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
	if s.lock != nil {
		s.lock.release()
		s.lock = nil
	}
}

func (s *FileCursorStore) read() (storedState, error) {
	content, err := os.ReadFile(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return storedState{keys: keyIndex{}}, nil
	}
	if err != nil {
		return storedState{}, err
	}
	return readState(content, s.path())
}

// rewrite writes the file anew, aside, and renames it; it is closed meanwhile, as not every system renames what is open.
func (s *FileCursorStore) rewrite(state storedState) error {
	aside := filepath.Join(s.directory, "cursor.new")
	size, err := writeAside(aside, state)
	if err != nil {
		return err
	}
	if s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
	if err := os.Rename(aside, s.path()); err != nil {
		return err
	}
	if err := syncDirectory(s.directory); err != nil {
		return err
	}
	s.file, err = os.OpenFile(s.path(), os.O_APPEND|os.O_WRONLY, 0o644)
	s.size, s.rewritten = size, size
	return err
}

func writeAside(path string, state storedState) (size int, err error) {
	written, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	size, err = writeState(written, state)
	if err == nil {
		err = written.Sync()
	}
	return size, errors.Join(err, written.Close())
}

func (s *FileCursorStore) path() string { return filepath.Join(s.directory, "cursor") }

func (s *FileCursorStore) notOpen(why string) error {
	return storeError(fmt.Sprintf("Expected an open cursor store in %s, but %s", s.directory, why), nil)
}

// unusable says what is wrong with the directory; what the error of a store says already stays.
func (s *FileCursorStore) unusable(why error) error {
	if errors.Is(why, ErrCursorStore) {
		return why
	}
	return storeError(fmt.Sprintf("Expected a directory for the cursor at %s that can be written: look at its permissions "+
		"and the disk", s.directory), why)
}
