package swarmlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strings"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// Content types of the payloads that this package makes.
const (
	ContentTypeProtobuf = "application/protobuf"
	ContentTypeJSON     = "application/json"
	ContentTypeText     = "text/plain; charset=utf-8"
	ContentTypeBytes    = "application/octet-stream"
)

// Payload is what an operation carries; opaque to the coordinator. Made by Text, Bytes, JSON and Protobuf, or as a
// literal. Data is not to be changed once it is published.
type Payload struct {
	// Type says what the bytes mean, such as "acme.Result", and chooses the handler. Up to 256 bytes of UTF-8.
	Type string
	// ContentType is the media type. Up to 256 bytes of UTF-8.
	ContentType string
	// SchemaVersion is counted by the user; 0 if unversioned.
	SchemaVersion uint32
	// Data has up to Limits.max_payload_bytes.
	Data []byte

	err error
}

// Text is plain text.
func Text(payloadType, value string) Payload {
	return Payload{Type: payloadType, ContentType: ContentTypeText, Data: []byte(value)}
}

// Bytes is any bytes, which are not copied.
func Bytes(payloadType string, value []byte) Payload {
	return Payload{Type: payloadType, ContentType: ContentTypeBytes, Data: value}
}

// JSON is anything that encoding/json marshals. What it cannot marshal makes a payload that is not published: the error
// comes where that is tried.
func JSON(payloadType string, value any) Payload {
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	made := Payload{Type: payloadType, ContentType: ContentTypeJSON}
	if err := encoder.Encode(value); err != nil {
		made.err = fmt.Errorf("expected a value that has a JSON form as payload of type %q: %w", payloadType, err)
		return made
	}
	made.Data = bytes.TrimSuffix(data.Bytes(), []byte("\n"))
	return made
}

// Protobuf is a protobuf message; its full name is the type. What cannot be marshalled makes a payload that is not
// published: the error comes where that is tried.
func Protobuf(message proto.Message) Payload {
	if message == nil {
		return Payload{err: errors.New("expected a message as payload, but got nil")}
	}
	made := Payload{Type: string(message.ProtoReflect().Descriptor().FullName()), ContentType: ContentTypeProtobuf}
	data, err := proto.Marshal(message)
	if err != nil {
		made.err = fmt.Errorf("expected a message that can be marshalled as payload: %w", err)
	}
	made.Data = data
	return made
}

// Text returns the data as text.
func (p Payload) Text() string { return string(p.Data) }

// JSON reads the data into what value points to, as encoding/json does.
func (p Payload) JSON(value any) error { return json.Unmarshal(p.Data, value) }

// Unmarshal reads the data into a protobuf message. An error if the payload says that it is another one, or is none.
func (p Payload) Unmarshal(message proto.Message) error {
	name := string(message.ProtoReflect().Descriptor().FullName())
	if p.Type != name {
		return fmt.Errorf("expected a payload of type %s, but got one of type %s", name, p.Type)
	}
	return proto.Unmarshal(p.Data, message)
}

// String returns the payload as people read it: its type, and text or JSON as they are, or how many bytes it has.
func (p Payload) String() string {
	if isText(p.ContentType) {
		return fmt.Sprintf("%s %s", p.Type, p.Data)
	}
	return fmt.Sprintf("%s of %d bytes", p.Type, len(p.Data))
}

func (p Payload) message() *swarmlogv1.Payload {
	return &swarmlogv1.Payload{
		Type: p.Type, ContentType: p.ContentType, SchemaVersion: p.SchemaVersion, Data: p.Data,
	}
}

func payloadFrom(message *swarmlogv1.Payload) Payload {
	return Payload{
		Type: message.GetType(), ContentType: message.GetContentType(), SchemaVersion: message.GetSchemaVersion(),
		Data: message.GetData(),
	}
}

func isText(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == ContentTypeJSON || strings.HasPrefix(media, "text/"))
}
