package swarmlog

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// The bytes of a cursor file, the same as those of the Java and Python SDKs. All integers are big-endian:
//
//	file    magic 'S' 'W' 'L' 'P' | version u32 = 1 | record ...
//	record  length u32 | CRC-32 u32 over length and payload | payload
//	payload cursor length u32, or ff ff ff ff for none | cursor | key ...
//	key     scope length u32, 0 for the scope of the key before | Scope
//	        | key length u32 | key, UTF-8 | digest length u8, 0 if the key is gone | digest
//
// Read from the beginning, the last whole cursor counts, and the changes of keys up to it. Records are appended one after
// the other, each flushed before the next, so only the last one can be torn: a bad record with a whole one behind it is
// damage.
const (
	recordMagic       = 0x53574C50
	recordVersion     = 1
	noCursor          = 0xFFFFFFFF
	fileHeaderBytes   = 8
	recordHeaderBytes = 8
	lengthBytes       = 4
	// A rewrite puts keys into records of about this size, so that nothing is as large as the file.
	rewriteRecordBytes = 64 << 10
)

// storedState is what a file holds.
type storedState struct {
	cursor Cursor
	keys   keyIndex
}

// fileHeader is the beginning of a file.
func fileHeader() []byte {
	header := binary.BigEndian.AppendUint32(nil, recordMagic)
	return binary.BigEndian.AppendUint32(header, recordVersion)
}

// appendRecord appends a record of a cursor, nil for none, and what changed with it.
func appendRecord(to []byte, cursor *Cursor, changed iter.Seq[HeldKey]) ([]byte, error) {
	start := len(to)
	to = append(to, make([]byte, recordHeaderBytes)...)
	if cursor == nil {
		to = binary.BigEndian.AppendUint32(to, noCursor)
	} else {
		stored, err := cursor.MarshalBinary()
		if err != nil {
			return nil, err
		}
		to = appendSized(to, stored)
	}
	var before *Scope
	for key := range changed {
		var scope []byte
		if before == nil || *before != key.Scope {
			encoded, err := proto.Marshal(key.Scope.Message())
			if err != nil {
				return nil, err
			}
			scope, before = encoded, &key.Scope
		}
		to = appendSized(to, scope)
		to = appendSized(to, []byte(key.Key))
		to = append(to, byte(len(key.ValueDigest)))
		to = append(to, key.ValueDigest...)
	}
	record := to[start:]
	binary.BigEndian.PutUint32(record, uint32(len(record)-recordHeaderBytes))
	binary.BigEndian.PutUint32(record[lengthBytes:], recordChecksum(record[:lengthBytes], record[recordHeaderBytes:]))
	return to, nil
}

// writeState writes a whole file, part by part, and returns how many bytes it has.
func writeState(to io.Writer, state storedState) (size int, err error) {
	write := func(content []byte, made error) {
		if err = cmp.Or(err, made); err == nil {
			_, err = to.Write(content)
			size += len(content)
		}
	}
	write(fileHeader(), nil)
	var keys []HeldKey
	var part []byte
	bytesOfKeys := 0
	for key := range state.keys.all() {
		keys = append(keys, key)
		bytesOfKeys += len(key.Key) + len(key.ValueDigest)
		if bytesOfKeys >= rewriteRecordBytes {
			record, made := appendRecord(part[:0], nil, slices.Values(keys))
			write(record, made)
			keys, bytesOfKeys, part = keys[:0], 0, record
		}
	}
	write(appendRecord(nil, &state.cursor, slices.Values(keys)))
	return size, err
}

// readState reads a whole file; a torn record at its end is ignored. An error wraps ErrCursorStore if it is of another
// kind, of a newer version, or damaged.
func readState(file []byte, name string) (storedState, error) {
	state := storedState{keys: keyIndex{}}
	if len(file) < fileHeaderBytes {
		return state, damaged(name, "it is shorter than its header")
	}
	if binary.BigEndian.Uint32(file) != recordMagic {
		return state, storeError(fmt.Sprintf("Expected a cursor file at %s, but it is something else: give the cursor store "+
			"a directory of its own", name), nil)
	}
	if version := binary.BigEndian.Uint32(file[lengthBytes:]); version != recordVersion {
		return state, storeError(fmt.Sprintf("Expected a cursor file of version %d at %s, but it has version %d: use the SDK "+
			"that wrote it, or a newer one", recordVersion, name, version), nil)
	}
	found := false
	for at := fileHeaderBytes; at < len(file); {
		payload := payloadAt(file[at:])
		if payload == nil {
			if hasRecordBehind(file[at:]) {
				return state, damaged(name, "a record does not match its checksum")
			}
			break
		}
		hasCursor, err := state.take(payload)
		if err != nil {
			return state, damaged(name, "a record of it does not parse")
		}
		found = found || hasCursor
		at += recordHeaderBytes + len(payload)
	}
	if !found && len(file) > fileHeaderBytes {
		return state, damaged(name, "no cursor in it is whole")
	}
	return state, nil
}

// take takes a record over; it says whether there was a cursor in it.
func (s *storedState) take(payload []byte) (hasCursor bool, err error) {
	reader := bytes.NewReader(payload)
	length, err := readLength(reader)
	if err != nil {
		return false, err
	}
	if length != noCursor {
		stored, err := readBytes(reader, length)
		if err != nil {
			return false, err
		}
		if err := s.cursor.UnmarshalBinary(stored); err != nil {
			return false, err
		}
	}
	var scope Scope
	var changed []HeldKey
	for reader.Len() > 0 {
		key, err := readKey(reader, &scope)
		if err != nil {
			return false, err
		}
		changed = append(changed, key)
	}
	s.keys.change(changed)
	return length != noCursor, nil
}

// readKey reads a key, and its scope where that is another one than before.
func readKey(from *bytes.Reader, scope *Scope) (HeldKey, error) {
	encoded, err := readSized(from)
	if err != nil {
		return HeldKey{}, err
	}
	if len(encoded) > 0 {
		var message swarmlogv1.Scope
		if err := proto.Unmarshal(encoded, &message); err != nil {
			return HeldKey{}, err
		}
		*scope = names.ScopeFrom(&message)
	}
	key, err := readSized(from)
	if err != nil {
		return HeldKey{}, err
	}
	if !utf8.Valid(key) {
		return HeldKey{}, io.ErrUnexpectedEOF
	}
	length, err := from.ReadByte()
	if err != nil {
		return HeldKey{}, err
	}
	digest, err := readBytes(from, uint32(length))
	return HeldKey{Scope: *scope, Key: string(key), ValueDigest: string(digest)}, err
}

// payloadAt returns the payload of the record that file begins with; nil if there is no whole record.
func payloadAt(file []byte) []byte {
	if len(file) < recordHeaderBytes {
		return nil
	}
	length := int(binary.BigEndian.Uint32(file))
	// A payload has the length of its cursor at least.
	if length < lengthBytes || length > len(file)-recordHeaderBytes {
		return nil
	}
	payload := file[recordHeaderBytes : recordHeaderBytes+length]
	cursor := binary.BigEndian.Uint32(payload)
	if cursor != noCursor && int(cursor) > length-lengthBytes {
		// Seen at once, where a whole record is looked for at every byte.
		return nil
	}
	if binary.BigEndian.Uint32(file[lengthBytes:]) != recordChecksum(file[:lengthBytes], payload) {
		return nil
	}
	return payload
}

func hasRecordBehind(file []byte) bool {
	for at := 1; at < len(file); at++ {
		if payloadAt(file[at:]) != nil {
			return true
		}
	}
	return false
}

func recordChecksum(length, payload []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(length), crc32.IEEETable, payload)
}

func appendSized(to, content []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(content))), content...)
}

func readSized(from *bytes.Reader) ([]byte, error) {
	length, err := readLength(from)
	if err != nil {
		return nil, err
	}
	return readBytes(from, length)
}

func readLength(from *bytes.Reader) (uint32, error) {
	content, err := readBytes(from, lengthBytes)
	if err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint32(content), nil
}

func readBytes(from *bytes.Reader, length uint32) ([]byte, error) {
	if int64(length) > int64(from.Len()) {
		return nil, io.ErrUnexpectedEOF
	}
	content := make([]byte, length)
	_, err := io.ReadFull(from, content)
	return content, err
}

func damaged(name, how string) error {
	return storeError(fmt.Sprintf("Expected a whole cursor file at %s, but %s: restore the file, or remove it to start the "+
		"agent from the beginning of the log", name, how), nil)
}
