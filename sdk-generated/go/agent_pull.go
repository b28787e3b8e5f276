package swarmlog

import (
	"context"
	"errors"
	"iter"
)

var errNotPulled = errors.New("expected the operation to be applied, but nobody asks for any more")

// pulledOperation is one that waits for whoever ranges over the agent's operations.
type pulledOperation struct {
	operation Operation
	applied   chan<- struct{}
}

// Operations starts the agent, which has no handlers, and yields its operations, those of all lanes one at a time. It ends when
// ctx is done or the loop is left; or with an error, when the agent cannot be started, or stops for good. Then the agent is
// closed.
//
//	for operation, err := range agent.Operations(ctx) {
//		if err != nil {
//			return err
//		}
//		… // apply it
//	}
//
// An operation counts as applied when the next one is asked for. So the one with which the loop is left comes again when the
// agent is started anew, and as the cursor is saved after each batch, so does what came before it in that batch.
func (a *Agent) Operations(ctx context.Context) iter.Seq2[Operation, error] {
	return func(yield func(Operation, error) bool) {
		a.declare(func() error { a.pulls = true; return nil })
		if err := a.Start(ctx); err != nil {
			yield(Operation{}, err)
			return
		}
		ended, end := context.WithCancel(ctx)
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			_, _ = a.monitor.until(ended, AgentState.IsFinal)
		}()
		// Nobody asks for more: handlers that wait for that are not waited for. Also where the loop panics, or ends its
		// goroutine, as testing.T.FailNow does.
		leave := func() {
			end()
			_ = a.Shutdown(ended)
		}
		defer leave()
		left := a.yieldOperations(stopped, yield)
		leave()
		if refusal := a.monitor.refusedWith(); refusal != nil && !left {
			yield(Operation{}, refusal)
		}
	}
}

// yieldOperations returns when the agent has stopped, or the loop was left: then it answers true.
func (a *Agent) yieldOperations(stopped <-chan struct{}, yield func(Operation, error) bool) (left bool) {
	for {
		select {
		case <-stopped:
			return false
		case pulled := <-a.pulled:
			if !yield(pulled.operation, nil) {
				return true
			}
			close(pulled.applied)
		}
	}
}

// handlePulled makes the agent's handlers: one of all topics that it reads.
func (a *Agent) handlePulled() {
	for _, scope := range a.declaredView().GetScopes() {
		_ = a.handlers.AddTopic(Topic(scope.GetTopic()), a.pull)
	}
}

// pull is the handler of an agent whose operations are ranged over.
func (a *Agent) pull(ctx context.Context, operation Operation) error {
	applied := make(chan struct{})
	select {
	case a.pulled <- pulledOperation{operation, applied}:
	case <-ctx.Done():
		return errNotPulled
	}
	select {
	case <-applied:
		return nil
	case <-ctx.Done():
		return errNotPulled
	}
}
