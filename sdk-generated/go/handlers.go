package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"google.golang.org/protobuf/proto"
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
	a.declareHandler(topic, handler, func() error { return a.handlers.Add(topic, payloadType, handler) })
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
		return agent.handlers.Add(topic, string(kind.Descriptor().FullName()),
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
	a.declareHandler(topic, handler, func() error { return a.handlers.AddTopic(topic, handler) })
}

// HandleDeletion applies deletions of keys in a topic. A deletion has no payload, so no type chooses its handler.
func (a *Agent) HandleDeletion(topic Topic, handler Handler) {
	a.declareHandler(topic, handler, func() error { return a.handlers.AddDeletion(topic, handler) })
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

func (a *Agent) declareHandler(topic Topic, handler Handler, add func() error) {
	a.declare(func() error {
		if handler == nil {
			return fmt.Errorf("expected a function to handle operations of %v, but got nil", topic)
		}
		return add()
	})
}

// guarded calls the user's code; a panic of it is the error. So is that of an error that cannot be read, such as a nil
// pointer in an error: everybody who reads it later need not expect that.
func guarded(call func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = &PanicError{Value: thrown, Stack: debug.Stack()}
		}
	}()
	if err = call(); err != nil {
		_ = err.Error()
	}
	return err
}
