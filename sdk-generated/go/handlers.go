package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// Handler applies one operation. It runs inside the trace of its publish: ctx has the span. An error, or a panic, says that
// it was not applied, and the FailurePolicy decides what happens next. ctx is done when the agent is closed and does not
// wait any longer; what is returned then counts for nothing, and the operation comes again.
type Handler func(ctx context.Context, operation Operation) error

// BatchHandler applies a whole ordered batch; otherwise as Handler.
type BatchHandler func(ctx context.Context, batch Batch) error

// Handle applies operations of a topic whose payload has a type. To be called before the agent is started, as the others here;
// what is wrong is what starting it returns.
func (a *Agent) Handle(topic Topic, payloadType string, handler Handler) {
	a.declare(func() error { return a.handlers.add(topic, payloadType, handler) })
}

// On applies operations of a topic whose payload is a protobuf message, by its full name. A payload that cannot be read as
// such fails as the handler would.
//
//	swarmlog.On(agent, swarmlog.TopicCommands,
//		func(ctx context.Context, operation swarmlog.Operation, assigned *acme.Assignment) error {
//			…
//		})
func On[M proto.Message](
	agent *Agent, topic Topic, handler func(ctx context.Context, operation Operation, message M) error,
) {
	agent.declare(func() error {
		var none M
		if handler == nil || any(none) == nil {
			return fmt.Errorf("expected a function that handles a generated protobuf message of %v, but got none, or one of an "+
				"interface: name the type of the message", topic)
		}
		kind := none.ProtoReflect().Type()
		return agent.handlers.add(topic, string(kind.Descriptor().FullName()),
			func(ctx context.Context, operation Operation) error {
				message := kind.New().Interface().(M)
				if err := operation.Unmarshal(message); err != nil {
					return err
				}
				return handler(ctx, operation, message)
			})
	})
}

// HandleTopic applies operations of a topic that no other handler is for. Without it those are passed over, and the cursor
// moves on. Without HandleDeletion it gets deletions, too; see Operation.IsDeletion.
func (a *Agent) HandleTopic(topic Topic, handler Handler) {
	a.declare(func() error { return a.handlers.addTopic(topic, handler) })
}

// HandleDeletion applies deletions of keys in a topic. A deletion has no payload, so no type chooses its handler.
func (a *Agent) HandleDeletion(topic Topic, handler Handler) {
	a.declare(func() error { return a.handlers.addDeletion(topic, handler) })
}

// HandleBatches applies whole ordered batches, one at a time, in place of handlers of operations.
func (a *Agent) HandleBatches(handler BatchHandler) {
	a.declare(func() error {
		if handler == nil || a.batches != nil {
			return errors.New("expected one handler of batches, but got none, or two: keep one")
		}
		a.batches = handler
		return nil
	})
}

// declare takes something that an agent must know before it is started.
func (a *Agent) declare(what func() error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := errors.New("expected handlers to be declared before the agent is started: it goes on without this one")
	if !a.started {
		err = what()
	}
	a.undeclared = errors.Join(a.undeclared, err)
}

// handlerTable chooses the handler of an operation by topic and payload type.
type handlerTable struct{ byTopic map[Topic]*topicHandlers }

type topicHandlers struct {
	byType    map[string]Handler
	deletions Handler
	otherwise Handler
}

// find is the handler of an operation; nil if there is none.
func (t *handlerTable) find(operation *swarmlogv1.Operation) Handler {
	of := t.byTopic[Topic(operation.GetTopic())]
	if of == nil {
		return nil
	}
	chosen := of.deletions
	if !operation.GetTombstone() {
		chosen = of.byType[operation.GetPayload().GetType()]
	}
	if chosen == nil {
		return of.otherwise
	}
	return chosen
}

// topics are those that have handlers, in the order of their numbers.
func (t *handlerTable) topics() []Topic { return slices.Sorted(maps.Keys(t.byTopic)) }

func (t *handlerTable) add(topic Topic, payloadType string, handler Handler) error {
	of, err := t.of(topic, handler)
	if err != nil {
		return err
	}
	if of.byType[payloadType] != nil {
		return errHandledTwice(topic, fmt.Sprintf("payload type '%s'", payloadType))
	}
	of.byType[payloadType] = handler
	return nil
}

func (t *handlerTable) addTopic(topic Topic, handler Handler) error {
	of, err := t.of(topic, handler)
	if err != nil {
		return err
	}
	if of.otherwise != nil {
		return errHandledTwice(topic, "any other payload")
	}
	of.otherwise = handler
	return nil
}

func (t *handlerTable) addDeletion(topic Topic, handler Handler) error {
	of, err := t.of(topic, handler)
	if err != nil {
		return err
	}
	if of.deletions != nil {
		return errHandledTwice(topic, "deletions")
	}
	of.deletions = handler
	return nil
}

func (t *handlerTable) of(topic Topic, handler Handler) (*topicHandlers, error) {
	if topic.Log() == 0 {
		return nil, errNoTopic(topic)
	}
	if handler == nil {
		return nil, errNoHandler(topic)
	}
	if t.byTopic == nil {
		t.byTopic = make(map[Topic]*topicHandlers)
	}
	if t.byTopic[topic] == nil {
		t.byTopic[topic] = &topicHandlers{byType: make(map[string]Handler)}
	}
	return t.byTopic[topic], nil
}

func errNoTopic(topic Topic) error {
	return fmt.Errorf("expected one of the five topics, but got %d: name the topic", int(topic))
}

func errNoHandler(topic Topic) error {
	return fmt.Errorf("expected a function to handle operations of %v, but got nil", topic)
}

func errHandledTwice(topic Topic, what string) error {
	return fmt.Errorf("expected one handler per topic and payload type, but %v has two for %s: keep one", topic, what)
}

// guarded calls the user's code; a panic of it is the error.
func guarded(call func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = &PanicError{Value: thrown, Stack: debug.Stack()}
		}
	}()
	return call()
}
