// Package handling chooses what handles an operation.
package handling

import (
	"fmt"
	"maps"
	"slices"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// Table chooses the handler of an operation by topic and payload type. The zero value has none. Not safe for concurrent use
// while handlers are added.
type Table[H any] struct{ byTopic map[names.Topic]*ofTopic[H] }

type ofTopic[H any] struct {
	byType    map[string]H
	deletions *H
	otherwise *H
}

// Find returns the handler of an operation; false if there is none.
func (t *Table[H]) Find(operation *swarmlogv1.Operation) (handler H, found bool) {
	of := t.byTopic[names.Topic(operation.GetTopic())]
	if of == nil {
		return handler, false
	}
	if operation.GetTombstone() {
		if of.deletions != nil {
			return *of.deletions, true
		}
	} else if handler, found = of.byType[operation.GetPayload().GetType()]; found {
		return handler, true
	}
	if of.otherwise == nil {
		return handler, false
	}
	return *of.otherwise, true
}

// IsEmpty says whether there is no handler at all.
func (t *Table[H]) IsEmpty() bool { return len(t.byTopic) == 0 }

// Topics are those that have handlers, in the order of their numbers.
func (t *Table[H]) Topics() []names.Topic { return slices.Sorted(maps.Keys(t.byTopic)) }

// Add adds a handler of a payload type. An error if there is one, as the others.
func (t *Table[H]) Add(topic names.Topic, payloadType string, handler H) error {
	of, err := t.of(topic)
	if err != nil {
		return err
	}
	if _, given := of.byType[payloadType]; given {
		return twice(topic, fmt.Sprintf("payload type '%s'", payloadType))
	}
	of.byType[payloadType] = handler
	return nil
}

// AddTopic adds a handler of what no other of the topic is for.
func (t *Table[H]) AddTopic(topic names.Topic, handler H) error {
	of, err := t.of(topic)
	if err != nil {
		return err
	}
	if of.otherwise != nil {
		return twice(topic, "any other payload")
	}
	of.otherwise = &handler
	return nil
}

// AddDeletion adds a handler of deletions.
func (t *Table[H]) AddDeletion(topic names.Topic, handler H) error {
	of, err := t.of(topic)
	if err != nil {
		return err
	}
	if of.deletions != nil {
		return twice(topic, "deletions")
	}
	of.deletions = &handler
	return nil
}

func (t *Table[H]) of(topic names.Topic) (*ofTopic[H], error) {
	if topic.Log() == 0 {
		return nil, fmt.Errorf("expected one of the five topics, but got %d: name the topic", int(topic))
	}
	if t.byTopic == nil {
		t.byTopic = make(map[names.Topic]*ofTopic[H])
	}
	if t.byTopic[topic] == nil {
		t.byTopic[topic] = &ofTopic[H]{byType: make(map[string]H)}
	}
	return t.byTopic[topic], nil
}

func twice(topic names.Topic, what string) error {
	return fmt.Errorf("expected one handler per topic and payload type, but %v has two for %s: keep one", topic, what)
}
