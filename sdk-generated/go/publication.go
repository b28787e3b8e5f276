package swarmlog

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

var (
	firstExpiry = time.Unix(0, 0)
	lastExpiry  = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Publication is an operation to be published. Made by Event, Keyed, Deletion and Measurement; its methods return changed
// copies. What is wrong with it is told where it is published, or by Err. Immutable.
type Publication struct {
	record         *swarmlogv1.PublishRecord
	idempotencyKey string
	err            error
}

// Event is delivered, each one, in order. For every agent, unless ForAgent or ForRole says otherwise; so are all others.
func Event(topic Topic, payload Payload) Publication {
	return publication(topic, swarmlogv1.OperationClass_OPERATION_CLASS_EVENT, "", payload)
}

// Keyed sets a key: the last operation on (topic, target, key) wins. The key has 1 to Limits.max_key_bytes bytes of UTF-8.
func Keyed(topic Topic, key string, payload Payload) Publication {
	return publication(topic, swarmlogv1.OperationClass_OPERATION_CLASS_KEYED, key, payload).requireKey()
}

// Deletion deletes a key.
func Deletion(topic Topic, key string) Publication {
	p := publication(topic, swarmlogv1.OperationClass_OPERATION_CLASS_KEYED, key, Payload{Type: "-"})
	p.record.Payload, p.record.Tombstone = nil, true
	return p.requireKey()
}

// Measurement is telemetry, for Publisher.Telemetry: it may be dropped, with a count.
func Measurement(payload Payload) Publication {
	return publication(TopicTelemetry, swarmlogv1.OperationClass_OPERATION_CLASS_EPHEMERAL, "", payload)
}

// PublicationOf is any record of the contract, which is copied. Trace context, if it has none, and publish time are filled
// in by the publisher.
func PublicationOf(record *swarmlogv1.PublishRecord) Publication {
	copied := proto.CloneOf(record)
	return Publication{record: copied, err: checkTopic(Topic(copied.GetTopic()))}
}

// ForAgent returns the same for one agent, by its name.
func (p Publication) ForAgent(name string) Publication {
	return p.to(Scope{Agent: name}, "an agent", name)
}

// ForRole returns the same for every agent that holds the role.
func (p Publication) ForRole(name string) Publication {
	return p.to(Scope{Role: name}, "a role", name)
}

// WithIdempotencyKey returns the same under an idempotency key, up to 256 bytes of UTF-8; none if it is empty. While the
// coordinator remembers it, publishing the same key again gets the first answer, whoever publishes it, also after a crash.
func (p Publication) WithIdempotencyKey(key string) Publication {
	p.idempotencyKey = key
	return p
}

// WithTerm returns the same under a term: refused with STALE_TERM if a newer one exists.
func (p Publication) WithTerm(term uint64) Publication {
	return p.changed(func(record *swarmlogv1.PublishRecord) { record.Term = term })
}

// ExpiringIn returns the same, worthless after some time from now, which must be above zero; see ExpiringAt. Now is by
// this machine's clock, and the coordinator compares with its own: how far they are apart is how much earlier or later it
// expires.
func (p Publication) ExpiringIn(timeToLive time.Duration) Publication {
	if timeToLive <= 0 {
		return p.failed(fmt.Errorf("expected a time to live above zero, but got %v", timeToLive))
	}
	return p.ExpiringAt(time.Now().Add(timeToLive))
}

// ExpiringAt returns the same, worthless from an instant on, after 1970 and before the year 2262: an event is not handed
// out any more then, a key is deleted, unless it has been published anew, and telemetry is dropped. One that is past is
// fine: a key comes to life and is deleted at once. A deletion does not expire.
func (p Publication) ExpiringAt(instant time.Time) Publication {
	if p.record.GetTombstone() {
		return p.failed(errors.New("expected an operation with a value to expire, but this one deletes a key"))
	}
	if !instant.After(firstExpiry) || !instant.Before(lastExpiry) {
		return p.failed(fmt.Errorf("expected an expiry between the years 1970 and 2262, but got %v", instant))
	}
	return p.changed(func(record *swarmlogv1.PublishRecord) {
		record.ExpiresAtUnixNano = uint64(instant.UnixNano())
	})
}

// Topic is what the publication is about.
func (p Publication) Topic() Topic { return Topic(p.record.GetTopic()) }

// Log is the log it goes to.
func (p Publication) Log() Log { return p.Topic().Log() }

// Err returns what is wrong with the publication, or nil. It is returned where the publication is published, too.
func (p Publication) Err() error {
	if p.record == nil {
		return errors.New("expected a publication made by Event, Keyed, Deletion or Measurement, but got its zero value")
	}
	return cmp.Or(p.err, p.notText())
}

// notText says which of the texts is none: it could not be encoded, and would keep what is published behind it from being
// sent.
func (p Publication) notText() error {
	for _, of := range [...]struct{ what, text string }{
		{"a key", p.record.GetKey()},
		{"the type of a payload", p.record.GetPayload().GetType()},
		{"a content type", p.record.GetPayload().GetContentType()},
		{"the name of an agent", p.record.GetTarget().GetAgent()},
		{"the name of a role", p.record.GetTarget().GetRole()},
		{"an idempotency key", p.idempotencyKey},
		{"a traceparent", p.record.GetTraceparent()},
		{"a tracestate", p.record.GetTracestate()},
	} {
		if err := checkText(of.what, of.text); err != nil {
			return err
		}
	}
	return nil
}

func checkText(what, text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("expected %s of UTF-8, but got %q", what, text)
	}
	return nil
}

// stamped returns a copy of the record that says when it was published: now.
func (p Publication) stamped(now time.Time) *swarmlogv1.PublishRecord {
	record := copyOf(p.record)
	record.PublishTimeUnixNano = uint64(now.UnixNano())
	return record
}

func (p Publication) to(scope Scope, what, name string) Publication {
	if strings.TrimSpace(name) == "" {
		return p.failed(fmt.Errorf("expected the name of %s, but got nothing", what))
	}
	return p.changed(func(record *swarmlogv1.PublishRecord) { record.Target = scope.Target() })
}

func (p Publication) requireKey() Publication {
	if p.record.GetKey() == "" {
		return p.failed(errors.New("expected a key, but got nothing: publish what has none by Event"))
	}
	return p
}

func (p Publication) changed(change func(*swarmlogv1.PublishRecord)) Publication {
	if p.record == nil {
		return p
	}
	p.record = copyOf(p.record)
	change(p.record)
	return p
}

// failed notes what is wrong; the first that is wrong counts.
func (p Publication) failed(why error) Publication {
	if p.err == nil {
		p.err = why
	}
	return p
}

func publication(topic Topic, class swarmlogv1.OperationClass, key string, payload Payload) Publication {
	record := &swarmlogv1.PublishRecord{
		Topic: topic.Wire(), Target: names.Scope{}.Target(), OperationClass: class, Key: key, Payload: payload.message(),
	}
	made := Publication{record: record}
	if err := checkTopic(topic); err != nil {
		return made.failed(err)
	}
	if payload.err != nil {
		return made.failed(payload.err)
	}
	if payload.Type == "" {
		return made.failed(errors.New("expected the type of the payload, which says what it means and chooses the " +
			`handler, but got none: give "acme.Result", for example`))
	}
	return made
}

func checkTopic(topic Topic) error {
	if topic.Log() == 0 {
		return fmt.Errorf("expected one of the five topics, but got %v", topic)
	}
	return nil
}

// copyOf copies what of a record may be changed; its payload never is.
func copyOf(record *swarmlogv1.PublishRecord) *swarmlogv1.PublishRecord {
	return &swarmlogv1.PublishRecord{
		Topic: record.GetTopic(), Target: record.GetTarget(), OperationClass: record.GetOperationClass(),
		Key: record.GetKey(), Tombstone: record.GetTombstone(), Payload: record.GetPayload(), Term: record.GetTerm(),
		PublishTimeUnixNano: record.GetPublishTimeUnixNano(), DeliverAtUnixNano: record.GetDeliverAtUnixNano(),
		ExpiresAtUnixNano: record.GetExpiresAtUnixNano(), Traceparent: record.GetTraceparent(),
		Tracestate: record.GetTracestate(),
	}
}
