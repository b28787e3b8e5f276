package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"

	"swarmlog.dev/go"
)

// testedStore is that of a user who commits effects and cursor together: cursor and key index in one file, written anew and
// renamed over the old one each time. The effects are the suite's: they count from its answer on.
type testedStore struct {
	directory string
	effects   swarmlog.BatchHandler
	keys      map[swarmlog.HeldKey]swarmlog.HeldKey
}

func (s *testedStore) file() string { return filepath.Join(s.directory, "committed") }

// Load implements swarmlog.EffectStore.
func (s *testedStore) Load(context.Context) (swarmlog.Cursor, error) {
	s.keys = map[swarmlog.HeldKey]swarmlog.HeldKey{}
	var cursor swarmlog.Cursor
	content, err := os.ReadFile(s.file())
	if errors.Is(err, fs.ErrNotExist) {
		return cursor, nil
	}
	if err != nil {
		return cursor, err
	}
	parts, err := readParts(content)
	if err != nil || len(parts)%3 != 1 {
		return cursor, fmt.Errorf("expected a cursor and keys, but got %d parts: %w", len(parts), err)
	}
	for i := 1; i < len(parts); i += 3 {
		var scope swarmlogv1.Scope
		if err := proto.Unmarshal(parts[i], &scope); err != nil {
			return cursor, err
		}
		s.hold(swarmlog.HeldKey{
			Scope: names.ScopeFrom(&scope), Key: string(parts[i+1]), ValueDigest: string(parts[i+2]),
		})
	}
	return cursor, cursor.UnmarshalBinary(parts[0])
}

// HeldKeys implements swarmlog.EffectStore.
func (s *testedStore) HeldKeys(context.Context) (iter.Seq[swarmlog.HeldKey], error) {
	return maps.Values(maps.Clone(s.keys)), nil
}

// Apply implements swarmlog.EffectStore.
func (s *testedStore) Apply(ctx context.Context, batch swarmlog.Batch, after swarmlog.Cursor) error {
	if len(batch.Operations) > 0 {
		if err := s.effects(ctx, batch); err != nil {
			return err
		}
	}
	if batch.Log == swarmlog.LogTelemetry {
		return nil
	}
	for _, changed := range batch.ChangedKeys {
		s.hold(changed)
	}
	cursor, err := after.MarshalBinary()
	if err != nil {
		return err
	}
	content := appendPart(nil, cursor)
	for _, key := range s.keys {
		scope, err := proto.Marshal(key.Scope.Message())
		if err != nil {
			return err
		}
		content = appendPart(content, scope)
		content = appendPart(content, []byte(key.Key))
		content = appendPart(content, []byte(key.ValueDigest))
	}
	return s.replace(content)
}

// Close implements swarmlog.EffectStore.
func (s *testedStore) Close() error { return nil }

func (s *testedStore) hold(key swarmlog.HeldKey) {
	place := swarmlog.HeldKey{Scope: key.Scope, Key: key.Key}
	if key.IsGone() {
		delete(s.keys, place)
	} else {
		s.keys[place] = key
	}
}

func (s *testedStore) replace(content []byte) error {
	aside, err := os.Create(s.file() + ".new")
	if err != nil {
		return err
	}
	_, err = aside.Write(content)
	if err = errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return err
	}
	return os.Rename(aside.Name(), s.file())
}

func appendPart(content, part []byte) []byte {
	return append(binary.BigEndian.AppendUint32(content, uint32(len(part))), part...)
}

func readParts(content []byte) ([][]byte, error) {
	var parts [][]byte
	for len(content) > 0 {
		if len(content) < 4 || len(content)-4 < int(binary.BigEndian.Uint32(content)) {
			return nil, errors.New("expected whole parts, but the file ends within one")
		}
		length := 4 + int(binary.BigEndian.Uint32(content))
		parts = append(parts, content[4:length])
		content = content[length:]
	}
	return parts, nil
}
