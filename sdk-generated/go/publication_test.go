package swarmlog

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

func TestChoosesContentTypeByWhatThePayloadIs(t *testing.T) {
	position := &swarmlogv1.Position{OpId: 3}
	tests := map[string]Payload{
		"t|text/plain; charset=utf-8|a<b":                         Text("t", "a<b"),
		"t|application/octet-stream|ab":                           Bytes("t", []byte("ab")),
		`t|application/json|{"a":"<b>"}`:                          JSON("t", map[string]string{"a": "<b>"}),
		"swarmlog.v1.Position|application/protobuf|" + "\x28\x03": Protobuf(position),
	}
	for want, payload := range tests {
		if got := payload.Type + "|" + payload.ContentType + "|" + string(payload.Data); got != want {
			t.Errorf("Expected %q, but got %q", want, got)
		}
	}
	var read swarmlogv1.Position
	if err := Protobuf(position).Unmarshal(&read); err != nil || !proto.Equal(&read, position) {
		t.Errorf("Expected the message again, but got %v and %v", &read, err)
	}
	expectText(t, Text("t", "x").Unmarshal(&read), "expected a payload of type swarmlog.v1.Position, but got one of type t")
	var number int
	if err := JSON("t", 7).JSON(&number); err != nil || number != 7 {
		t.Errorf("Expected 7, but got %d and %v", number, err)
	}
}

func TestStatesClassKeyAndTarget(t *testing.T) {
	keyed := Keyed(TopicAlerts, "k", Text("t", "v")).ForRole("r").WithTerm(7)
	if record := keyed.record; record.GetOperationClass() != swarmlogv1.OperationClass_OPERATION_CLASS_KEYED ||
		record.GetKey() != "k" || record.GetTarget().GetRole() != "r" || record.GetTerm() != 7 || keyed.Log() != LogMain {
		t.Errorf("Expected a key for a role, but got %v", record)
	}
	deletion := Deletion(TopicControl, "k").ForAgent("a")
	if record := deletion.record; !record.GetTombstone() || record.GetPayload() != nil ||
		record.GetTarget().GetAgent() != "a" || deletion.Log() != LogControl {
		t.Errorf("Expected a deletion for an agent, but got %v", record)
	}
	event := Event(TopicCommands, Text("t", "v"))
	if event.record.GetTarget().GetAll() == nil || event.Topic() != TopicCommands {
		t.Errorf("Expected an event for all, but got %v", event.record)
	}
	if Measurement(Text("t", "v")).record.GetOperationClass() != swarmlogv1.OperationClass_OPERATION_CLASS_EPHEMERAL {
		t.Error("Expected a measurement to be ephemeral")
	}
}

func TestLeavesThePublicationAsItIs(t *testing.T) {
	event := Event(TopicCommands, Text("t", "v"))
	before := proto.CloneOf(event.record)
	event.ForAgent("a").ForRole("r").WithTerm(1).WithIdempotencyKey("k").ExpiringIn(time.Hour).stamped(time.Now())
	if !proto.Equal(event.record, before) || event.idempotencyKey != "" {
		t.Errorf("Expected the publication to stay, but got %v", event.record)
	}
	record := proto.CloneOf(before)
	of := PublicationOf(record)
	record.Key = "changed"
	if of.record.GetKey() != "" {
		t.Error("Expected a record to be copied")
	}
}

func TestExpires(t *testing.T) {
	event := Event(TopicCommands, Text("t", "v"))
	instant := time.Date(2030, 1, 1, 0, 0, 0, 123_456_789, time.UTC)
	if got := event.ExpiringAt(instant).record.GetExpiresAtUnixNano(); got != uint64(instant.UnixNano()) {
		t.Errorf("Expected %d, but got %d", instant.UnixNano(), got)
	}
	before := uint64(time.Now().Add(time.Hour).UnixNano())
	if got := event.ExpiringIn(time.Hour).record.GetExpiresAtUnixNano(); got < before {
		t.Errorf("Expected an hour from now, but got %d", got)
	}
}

func TestSaysWhatIsWrongWithAPublication(t *testing.T) {
	event := Event(TopicCommands, Text("t", "v"))
	tests := map[string]Publication{
		"one of the five topics":          Event(9, Text("t", "v")),
		"the type of the payload":         Event(TopicCommands, Text("", "v")),
		"a value that has a JSON form":    Event(TopicCommands, JSON("t", make(chan int))),
		"expected a message as payload":   Event(TopicCommands, Protobuf(nil)),
		"expected a key":                  Keyed(TopicCommands, "", Text("t", "v")),
		"expected a key, but got nothing": Deletion(TopicCommands, ""),
		"the name of an agent":            event.ForAgent(" "),
		"the name of a role":              event.ForRole(""),
		"a time to live above zero":       event.ExpiringIn(0),
		"between the years 1970 and 2262": event.ExpiringAt(time.Time{}),
		"but got 2262":                    event.ExpiringAt(time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)),
		"this one deletes a key":          Deletion(TopicCommands, "k").ExpiringIn(time.Hour),
		"but got its zero value":          Publication{}.ForAgent("a"),
		"but got unspecified":             PublicationOf(&swarmlogv1.PublishRecord{}),
		"a key of UTF-8":                  Keyed(TopicReconciliation, "\xff", Text("t", "a")),
		"the type of a payload of UTF-8":  Event(TopicCommands, Text("\xff", "a")),
		"a content type of UTF-8":         Event(TopicCommands, Payload{Type: "t", ContentType: "\xff"}),
		"the name of an agent of UTF-8":   event.ForAgent("\xff"),
		"the name of a role of UTF-8":     event.ForRole("\xff"),
		"an idempotency key of UTF-8":     event.WithIdempotencyKey("\xff"),
	}
	for want, publication := range tests {
		expectText(t, publication.Err(), want)
	}
	if err := event.Err(); err != nil {
		t.Errorf("Expected nothing to be wrong, but got %v", err)
	}
	// The first that is wrong counts.
	expectText(t, event.ForAgent("").ExpiringIn(-1).Err(), "the name of an agent")
}

func TestReadsAsPeopleWould(t *testing.T) {
	tests := map[string]any{
		"commands":               Topic(TopicCommands),
		"9":                      Topic(9),
		"main":                   LogMain,
		"commands for all":       Scope{Topic: TopicCommands},
		"alerts for agent 'a'":   Scope{Topic: TopicAlerts, Agent: "a"},
		"telemetry for role 'r'": Scope{Topic: TopicTelemetry, Role: "r"},
		"t hello":                Text("t", "hello"),
		"t of 2 bytes":           Bytes("t", []byte("ab")),
		"main:3":                 GroupPosition{FirstOpID: 3, Last: &swarmlogv1.Position{Log: LogMain.Wire(), OpId: 3}},
		"half-open":              BreakerHalfOpen,
	}
	for want, of := range tests {
		if got := fmt.Sprint(of); got != want {
			t.Errorf("Expected %q, but got %q", want, got)
		}
	}
	operation := OperationOf(&swarmlogv1.Operation{OpId: 3, Topic: TopicCommands.Wire(), Key: "k", Tombstone: true})
	if got := operation.String(); got != "operation 3 of commands for all, key 'k', deleted" {
		t.Errorf("Expected a deletion, but got %q", got)
	}
}
