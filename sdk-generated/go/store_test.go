package swarmlog

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

var (
	scopeA = Scope{Topic: TopicCommands}
	scopeB = Scope{Topic: TopicReconciliation, Role: "scout"}
)

func cursorAt(t testing.TB, opID uint64) Cursor {
	t.Helper()
	owned, err := Cursor{}.ownedBy("s", "a")
	if err != nil {
		t.Fatal(err)
	}
	return owned.WithPosition(&swarmlogv1.Position{Log: LogMain.Wire(), Epoch: 7, Incarnation: 9, OpId: opID})
}

func heldKey(scope Scope, key string, number uint64) HeldKey {
	return HeldKey{Scope: scope, Key: key, ValueDigest: digestOf(number)}
}

func digestOf(number uint64) string {
	return string(binary.BigEndian.AppendUint64(make([]byte, 8), number))
}

func load(t testing.TB, store CursorStore) (Cursor, map[HeldKey]bool) {
	t.Helper()
	cursor, err := store.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := store.HeldKeys(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	found := map[HeldKey]bool{}
	for key := range keys {
		found[key] = true
	}
	return cursor, found
}

func save(t testing.TB, store CursorStore, opID uint64, changed ...HeldKey) {
	t.Helper()
	if err := store.Save(context.Background(), cursorAt(t, opID), changed); err != nil {
		t.Fatal(err)
	}
}

func closeStore(t testing.TB, store CursorStore) {
	t.Helper()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

func expectRefused(t testing.TB, err error, want string) {
	t.Helper()
	if !errors.Is(err, ErrCursorStore) || !strings.Contains(err.Error(), want) {
		t.Errorf("Expected an error of the store with %q, but got %v", want, err)
	}
}

func TestStoresLoadWhatWasSavedLast(t *testing.T) {
	memory, directory := &MemoryCursorStore{}, t.TempDir()
	stores := map[string]func() CursorStore{
		"memory": func() CursorStore { return memory },
		"file": func() CursorStore {
			return &FileCursorStore{directory: filepath.Join(directory, "cursor"), minRewrite: 2_000}
		},
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			store := open()
			if cursor, keys := load(t, store); !cursor.equal(Cursor{}) || len(keys) != 0 {
				t.Errorf("Expected a store to begin with nothing, but got %v and %v", cursor, keys)
			}
			want := map[HeldKey]bool{}
			expected := map[string]HeldKey{}
			for i := uint64(1); i < 200; i++ {
				changed := []HeldKey{heldKey(scopeA, fmt.Sprintf("k%d", i%7), i), heldKey(scopeB, "\U0001f600", i)}
				if i%5 == 0 {
					changed = append(changed, HeldKey{Scope: scopeA, Key: "k3"})
				}
				save(t, store, i, changed...)
				for _, key := range changed {
					expected[key.Scope.String()+key.Key] = key
				}
			}
			for key := range maps.Values(expected) {
				if !key.IsGone() {
					want[key] = true
				}
			}
			closeStore(t, store)
			again := open()
			if cursor, keys := load(t, again); !cursor.equal(cursorAt(t, 199)) || !maps.Equal(keys, want) {
				t.Errorf("Expected %v with %v, but got %v with %v", cursorAt(t, 199), want, cursor, keys)
			}
			closeStore(t, again)
		})
	}
}

func TestAFileStoreIsOpenOnce(t *testing.T) {
	directory := t.TempDir()
	first, second := NewFileCursorStore(directory), NewFileCursorStore(directory)
	load(t, first)
	_, err := second.Load(context.Background())
	expectRefused(t, err, "another agent has it open")
	closeStore(t, first)
	load(t, second)
	closeStore(t, second)
	expectRefused(t, second.Save(context.Background(), cursorAt(t, 1), nil), "closed")
}

func TestAFileStoreSaysWhereItCannotWrite(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := NewFileCursorStore(filepath.Join(taken, "inside")).Load(context.Background())
	expectRefused(t, err, "look at its permissions and the disk")
}

// savedFile has three saves of one key.
func savedFile(t testing.TB, directory string, saves uint64) (path string, content []byte) {
	t.Helper()
	store := NewFileCursorStore(directory)
	load(t, store)
	for i := uint64(1); i <= saves; i++ {
		save(t, store, i, heldKey(scopeA, "k", i))
	}
	closeStore(t, store)
	path = filepath.Join(directory, "cursor")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, content
}

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFileStorePassesOverATornTail(t *testing.T) {
	path, whole := savedFile(t, t.TempDir(), 3)
	_, before := savedFile(t, t.TempDir(), 2)
	for length := len(before); length < len(whole); length++ {
		// A write that stopped anywhere in the last record.
		write(t, path, whole[:length])
		store := NewFileCursorStore(filepath.Dir(path))
		cursor, keys := load(t, store)
		if !cursor.equal(cursorAt(t, 2)) || !keys[heldKey(scopeA, "k", 2)] || len(keys) != 1 {
			t.Fatalf("Expected what was saved before, but with %d bytes got %v and %v", length, cursor, keys)
		}
		closeStore(t, store)
	}
}

func TestAFileStoreRefusesWhatIsDamaged(t *testing.T) {
	path, whole := savedFile(t, t.TempDir(), 3)
	refusals := map[int]string{2: "directory of its own", 6: "newer one", 30: "restore the file"}
	for at, want := range refusals {
		changed := slices.Clone(whole)
		changed[at] ^= 1
		write(t, path, changed)
		_, err := NewFileCursorStore(filepath.Dir(path)).Load(context.Background())
		expectRefused(t, err, want)
	}
	write(t, path, []byte("SWL"))
	_, err := NewFileCursorStore(filepath.Dir(path)).Load(context.Background())
	expectRefused(t, err, "shorter than its header")
	write(t, path, whole)
	store := NewFileCursorStore(filepath.Dir(path))
	if cursor, _ := load(t, store); !cursor.equal(cursorAt(t, 3)) {
		t.Errorf("Expected what is whole to be read, but got %v", cursor)
	}
	closeStore(t, store)
}

func TestAFileStoreRefusesEverythingBehindAFailedWrite(t *testing.T) {
	store := NewFileCursorStore(t.TempDir())
	load(t, store)
	// As a disk that is gone.
	closeFile(t, store)
	expectRefused(t, store.Save(context.Background(), cursorAt(t, 1), nil), "look at the disk and restart")
	expectRefused(t, store.Save(context.Background(), cursorAt(t, 2), nil), "an earlier write failed")
	closeStore(t, store)
}

func closeFile(t *testing.T, store *FileCursorStore) {
	t.Helper()
	store.mu.Lock()
	defer store.mu.Unlock()
	if err := store.file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestACursorIsReadAsItWasWritten(t *testing.T) {
	stored, err := cursorAt(t, 5).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var read Cursor
	if err := read.UnmarshalBinary(stored); err != nil || !read.equal(cursorAt(t, 5)) || read.Position(LogMain).GetOpId() != 5 {
		t.Errorf("Expected %v, but got %v and %v", cursorAt(t, 5), read, err)
	}
	expectRefused(t, read.UnmarshalBinary([]byte{0xff}), "do not parse")
	_, err = read.ownedBy("s", "b")
	expectRefused(t, err, "that of agent 'a' in swarm 's'")
	if again, err := read.ownedBy("s", "a"); err != nil || !again.equal(read) {
		t.Errorf("Expected its own cursor to be taken, but got %v", err)
	}
}

// saveUntilKilled runs in a process of its own, and says what it has saved.
func saveUntilKilled(directory string) {
	store := &FileCursorStore{directory: directory, minRewrite: 500}
	cursor, err := store.Load(context.Background())
	for i := cursor.Position(LogMain).GetOpId() + 1; err == nil; i++ {
		position := &swarmlogv1.Position{Log: LogMain.Wire(), Epoch: 7, Incarnation: 9, OpId: i}
		err = store.Save(context.Background(), cursor.WithPosition(position), []HeldKey{heldKey(scopeA, "k", i)})
		fmt.Println(i)
	}
	fmt.Println(err)
	os.Exit(1)
}

func TestAFileStoreSurvivesSigkill(t *testing.T) {
	directory := t.TempDir()
	for run := range 5 {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), "SAVE_UNTIL_KILLED="+directory)
		output, err := process.StdoutPipe()
		if err == nil {
			err = process.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		said := readLines(t, bufio.NewScanner(output), 20*(run+1))
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = process.Wait()
		store := NewFileCursorStore(directory)
		cursor, keys := load(t, store)
		stands := cursor.Position(LogMain).GetOpId()
		if stands < said || len(keys) != 1 || !keys[heldKey(scopeA, "k", stands)] {
			t.Errorf("Expected %d or more, with its key, but got %v and %v", said, cursor, keys)
		}
		closeStore(t, store)
	}
}

// readLines returns the last of so many lines, a number.
func readLines(t *testing.T, lines *bufio.Scanner, count int) (last uint64) {
	t.Helper()
	for range count {
		if !lines.Scan() {
			t.Fatal("Expected the process to go on saving, but it ended")
		}
		number, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatalf("Expected a number, but got %q", lines.Text())
		}
		last = number
	}
	return last
}
