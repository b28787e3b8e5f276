package swarmlog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// lines is a state of the texts of operations; it refuses one that says "no", after it took what is before that.
type lines struct{ texts []string }

func (l *lines) Apply(_ context.Context, batch Batch) error {
	for _, operation := range batch.Operations {
		if operation.Text() == "no" {
			return errors.New("no")
		}
		l.texts = append(l.texts, operation.Text())
	}
	return nil
}

func (l *lines) MarshalBinary() ([]byte, error) { return []byte(strings.Join(l.texts, " ")), nil }

func (l *lines) UnmarshalBinary(stored []byte) error {
	l.texts = strings.Fields(string(stored))
	return nil
}

func effectsOf(changed []HeldKey, texts ...string) Batch {
	batch := Batch{Log: LogMain, ChangedKeys: changed}
	for _, text := range texts {
		message := &swarmlogv1.Operation{Payload: &swarmlogv1.Payload{Data: []byte(text)}}
		batch.Operations = append(batch.Operations, OperationOf(message))
	}
	return batch
}

func openEffects(t *testing.T, path string) (*FileEffectStore, *lines, Cursor, []HeldKey) {
	t.Helper()
	state := &lines{}
	store := NewFileEffectStore(path, state)
	cursor, err := store.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := store.HeldKeys(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var found []HeldKey
	for key := range keys {
		found = append(found, key)
	}
	return store, state, cursor, found
}

func TestEffectsAndCursorAreCommittedTogetherOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	ctx := context.Background()
	store, state, cursor, keys := openEffects(t, path)
	if !cursor.equal(Cursor{}) || len(keys) != 0 || len(state.texts) != 0 {
		t.Errorf("Expected nothing at first, but got %v, %v and %v", cursor, keys, state.texts)
	}
	first := heldKey(scopeA, "k", 1)
	if err := store.Apply(ctx, effectsOf([]HeldKey{first}, "a", "b"), cursorAt(t, 2)); err != nil {
		t.Fatal(err)
	}
	// One that fails in the middle, and would change the same key.
	if err := store.Apply(ctx, effectsOf([]HeldKey{heldKey(scopeA, "k", 2)}, "c", "no"), cursorAt(t, 4)); err == nil {
		t.Error("Expected the batch to fail")
	}
	if got := strings.Join(state.texts, " "); got != "a b" {
		t.Errorf("Expected the state to be put back, but it has %s", got)
	}
	if err := store.Apply(ctx, effectsOf(nil, "d"), cursorAt(t, 5)); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	again, state, cursor, keys := openEffects(t, path)
	if strings.Join(state.texts, " ") != "a b d" || !cursor.equal(cursorAt(t, 5)) || len(keys) != 1 || keys[0] != first {
		t.Errorf("Expected what was committed, but got %v, %v and %v", state.texts, cursor, keys)
	}
	if _, err := NewFileEffectStore(path, &lines{}).Load(ctx); err == nil {
		t.Error("Expected the store to be open once")
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	expectRefused(t, again.Apply(ctx, effectsOf(nil, "e"), cursorAt(t, 6)), "or closed")
}

func TestEffectsThatCannotBeWrittenAreTakenBack(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "state")
	store, state, _, _ := openEffects(t, path)
	// What is to be written aside cannot be made.
	if err := os.Mkdir(path+".new", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := store.Apply(context.Background(), effectsOf(nil, "a"), cursorAt(t, 1)); err == nil || len(state.texts) != 0 {
		t.Errorf("Expected the state to be put back, but got %v and %v", state.texts, err)
	}
	if err := errors.Join(os.Remove(path+".new"), store.Close()); err != nil {
		t.Fatal(err)
	}
}

// panicking is as lines, but panics where those refuse.
type panicking struct{ lines }

func (p *panicking) Apply(ctx context.Context, batch Batch) error {
	if err := p.lines.Apply(ctx, batch); err != nil {
		panic(err)
	}
	return nil
}

func TestEffectsOfAStateThatPanicsAreTakenBack(t *testing.T) {
	state := &panicking{}
	store := NewFileEffectStore(filepath.Join(t.TempDir(), "state"), state)
	if _, err := store.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	err := guarded(func() error { return store.Apply(context.Background(), effectsOf(nil, "a", "no"), cursorAt(t, 1)) })
	if err == nil || len(state.texts) != 0 {
		t.Errorf("Expected the state to be put back, but got %v and %v", state.texts, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestEffectsThatAreDamagedAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	store, _, _, _ := openEffects(t, path)
	if err := store.Apply(context.Background(), effectsOf([]HeldKey{heldKey(scopeA, "k", 1)}, "a"), cursorAt(t, 1)); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		changed := append([]byte(nil), whole...)
		changed[at] ^= 1
		write(t, path, changed)
		_, err := NewFileEffectStore(path, &lines{}).Load(context.Background())
		expectRefused(t, err, "restore the file")
	}
}
