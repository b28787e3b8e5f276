package swarmlog

import (
	"context"
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"sync"
)

// FileState is a user's state that a FileEffectStore keeps. Called by one goroutine at a time.
type FileState interface {
	// Apply changes the state by a batch; see Batch for what may be in it. Where it fails, and where the state could not be
	// written, UnmarshalBinary puts the state back to what it was.
	Apply(ctx context.Context, batch Batch) error
	// MarshalBinary returns all of the state.
	encoding.BinaryMarshaler
	// UnmarshalBinary replaces all of the state. It is given what MarshalBinary returned, or nothing for a state that was
	// never written.
	encoding.BinaryUnmarshaler
}

// FileEffectStore is an EffectStore for a state that fits into memory, and is small enough to be written anew with each
// batch: a few megabytes.
//
// State, cursor and key index are written aside, flushed, and renamed over the file: so each operation takes effect exactly
// once, whatever crashes, also at a loss of power. It locks the file against a second process. Safe for concurrent use.
type FileEffectStore struct {
	path  string
	state FileState

	mu   sync.Mutex
	lock *fileLock
	// As it was written last; the state itself is the user's.
	written effects
}

// effects are what a file of effects holds.
type effects struct {
	state  []byte
	cursor Cursor
	keys   keyIndex
}

// The bytes of a file of effects. All integers are big-endian; the record is that of a cursor file, with all keys.
//
//	magic 'S' 'W' 'L' 'E' | version u32 = 1 | state length u32 | state | record | CRC-32 u32 over all of that
const effectsMagic = 0x53574C45

// NewFileEffectStore keeps a state in a file, in a directory that exists; it is not opened yet. The state is the user's to
// read, though not while Apply may be at work: so look at it in Apply, or lock it there.
func NewFileEffectStore(path string, state FileState) *FileEffectStore {
	return &FileEffectStore{path: path, state: state}
}

// Load opens the store, reads the state, and returns the cursor committed last. An error wraps ErrCursorStore if the file is
// in use, cannot be read, or is damaged.
func (s *FileEffectStore) Load(context.Context) (Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lock, err := lockFile(s.path + ".lock")
	if errors.Is(err, errLocked) {
		return Cursor{}, storeError(fmt.Sprintf("Expected the effect store in %s to be free, but another agent has it open: "+
			"give each agent a file of its own", s.path), nil)
	}
	if err != nil {
		return Cursor{}, storeError(fmt.Sprintf("Expected to write to the directory of %s: look at its permissions", s.path),
			err)
	}
	read, err := readEffects(s.path)
	if err == nil {
		err = s.state.UnmarshalBinary(read.state)
	}
	if err != nil {
		lock.release()
		return Cursor{}, storeError(fmt.Sprintf("Expected the state of an agent in %s: restore the file, or remove it to "+
			"start the agent from the beginning of the log", s.path), err)
	}
	s.lock, s.written = lock, read
	return read.cursor, nil
}

// HeldKeys returns the key index as it was committed with the cursor.
func (s *FileEffectStore) HeldKeys(context.Context) (iter.Seq[HeldKey], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written.keys.clone().all(), nil
}

// Apply has the state apply the batch, and commits it with the cursor.
func (s *FileEffectStore) Apply(ctx context.Context, batch Batch, after Cursor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return storeError(fmt.Sprintf("Expected an open effect store in %s, but it was not opened, or closed", s.path), nil)
	}
	undo := s.written.keys.undo(batch.ChangedKeys)
	// A panic must not leave half of the batch in the state either: it would be applied again.
	err := guarded(func() error {
		if err := s.state.Apply(ctx, batch); err != nil {
			return err
		}
		return s.commit(batch, after)
	})
	if err != nil {
		s.written.keys.change(undo)
		return errors.Join(err, s.state.UnmarshalBinary(s.written.state))
	}
	return nil
}

// Close lets another process open the file.
func (s *FileEffectStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock != nil {
		s.lock.release()
		s.lock = nil
	}
	return nil
}

func (s *FileEffectStore) commit(batch Batch, after Cursor) error {
	state, err := s.state.MarshalBinary()
	if err != nil {
		return fmt.Errorf("expected a state that can be written: %w", err)
	}
	s.written.keys.change(batch.ChangedKeys)
	if err := writeEffects(s.path, effects{state, after, s.written.keys}); err != nil {
		return fmt.Errorf("expected to write the state to %s: look at the disk: %w", s.path, err)
	}
	s.written.state, s.written.cursor = state, after
	return nil
}

func writeEffects(path string, of effects) error {
	content := binary.BigEndian.AppendUint32(nil, effectsMagic)
	content = binary.BigEndian.AppendUint32(content, recordVersion)
	content = appendSized(content, of.state)
	content, err := appendRecord(content, &of.cursor, of.keys.all())
	if err != nil {
		return err
	}
	content = binary.BigEndian.AppendUint32(content, crc32.ChecksumIEEE(content))
	aside := path + ".new"
	written, err := os.Create(aside)
	if err != nil {
		return err
	}
	_, err = written.Write(content)
	if err == nil {
		err = written.Sync()
	}
	if err := errors.Join(err, written.Close()); err != nil {
		return err
	}
	if err := os.Rename(aside, path); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

// readEffects returns nothing of a file that is not there.
func readEffects(path string) (effects, error) {
	read := storedState{keys: keyIndex{}}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return effects{keys: read.keys}, nil
	}
	if err != nil {
		return effects{}, err
	}
	end := len(content) - lengthBytes
	if end < fileHeaderBytes+lengthBytes || binary.BigEndian.Uint32(content) != effectsMagic {
		return effects{}, errors.New("it is something else")
	}
	if version := binary.BigEndian.Uint32(content[lengthBytes:]); version != recordVersion {
		return effects{}, fmt.Errorf("it has version %d: use the SDK that wrote it, or a newer one", version)
	}
	if crc32.ChecksumIEEE(content[:end]) != binary.BigEndian.Uint32(content[end:]) {
		return effects{}, errors.New("it does not match its checksum")
	}
	state := content[fileHeaderBytes+lengthBytes : end]
	length := int(binary.BigEndian.Uint32(content[fileHeaderBytes:]))
	if length > len(state) {
		return effects{}, errors.New("it does not parse")
	}
	payload := payloadAt(state[length:])
	if payload == nil {
		return effects{}, errors.New("its cursor does not parse")
	}
	if _, err := read.take(payload); err != nil {
		return effects{}, err
	}
	return effects{state[:length:length], read.cursor, read.keys}, nil
}
