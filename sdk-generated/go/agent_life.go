package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"swarmlog.dev/go/internal/session"
)

// Close stops reading, lets the batches in handlers finish, for 10 s at most, acknowledges them, and ends the session. Then it
// closes the publisher, and the store. The error is that of Shutdown. Handlers call Shutdown.
func (a *Agent) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return a.Shutdown(ctx)
}

// Shutdown is as Close, and waits for handlers until ctx is done. Then their contexts are done as well, and the error says that
// what they still do is not committed. Nothing of the agent is left when it returns, but for a handler that does not return
// within 10 s more. Of calls at the same time the first counts; all return when it is done.
//
// A handler that ends its agent passes its own context: then Shutdown returns at once, and the rest happens after that handler,
// within 10 s.
func (a *Agent) Shutdown(ctx context.Context) error {
	a.mu.Lock()
	first := !a.closing
	a.closing = true
	a.mu.Unlock()
	isHandler := ctx.Value(inHandlerOf{a}) != nil
	if first {
		go func() {
			defer close(a.closed)
			bounded := ctx
			if isHandler {
				withTimeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
				defer cancel()
				bounded = withTimeout
			}
			a.fault = a.shutDown(bounded)
		}()
	}
	if isHandler {
		return nil
	}
	<-a.closed
	return a.fault
}

// shutDown ends everything, in order.
func (a *Agent) shutDown(ctx context.Context) error {
	a.mu.Lock()
	shell, publisher := a.shell, a.publisher
	a.mu.Unlock()
	var fault error
	if shell != nil {
		fault = a.endSession(ctx, shell)
	}
	if publisher != nil {
		fault = errors.Join(fault, publisher.Shutdown(ctx))
	}
	a.closeStore()
	if a.ownsConnection {
		fault = errors.Join(fault, a.connection.Close())
	}
	if !a.monitor.current().IsFinal() {
		a.monitor.StateChanged(AgentClosed)
	}
	a.monitor.awaitTold(abortTimeout)
	return fault
}

func (a *Agent) endSession(ctx context.Context, shell *agentShell) error {
	shell.close()
	state, err := a.monitor.until(ctx, AgentState.IsFinal)
	if awaitFor(shell.abort(), closeTimeout) && err == nil {
		return nil
	}
	return fmt.Errorf("expected the handlers of agent '%s' to finish, but it is %v: what they still do is not committed, and "+
		"comes again: %w", a.config.Name, state, context.Cause(ctx))
}

func (a *Agent) closeStore() {
	if a.cursor != nil {
		a.cursor.close()
	}
	err := guarded(func() error {
		if a.config.Effects != nil {
			return a.config.Effects.Close()
		}
		return a.config.CursorStore.Close()
	})
	if err != nil {
		a.monitor.logging(func(log *agentLog) { log.storeNotClosed(err) })
	}
}

// readStore reads what the agent goes on from: its cursor, and what it holds of each log.
func (a *Agent) readStore(
	ctx context.Context, logs []Log, source session.StateSource,
) (*committedCursor, map[Log]*session.Ledger, error) {
	var store interface {
		Load(context.Context) (Cursor, error)
		HeldKeys(context.Context) (iter.Seq[HeldKey], error)
	} = a.config.CursorStore
	if a.config.Effects != nil {
		store = a.config.Effects
	}
	var cursor Cursor
	var keys iter.Seq[HeldKey]
	err := guarded(func() (err error) {
		if cursor, err = store.Load(ctx); err == nil {
			keys, err = store.HeldKeys(ctx)
		}
		return err
	})
	if err != nil {
		return nil, nil, storeError("Expected the store to load the cursor, but it failed", err)
	}
	if cursor, err = cursor.ownedBy(a.config.Swarm, a.config.Name); err != nil {
		return nil, nil, err
	}
	ledgers := make(map[Log]*session.Ledger, len(logs))
	for _, log := range logs {
		ledgers[log] = session.NewLedger(cursor.resume(log), keys != nil, source)
	}
	if err := loadKeys(keys, ledgers); err != nil {
		return nil, nil, err
	}
	a.warnOfDifferingKeys(ledgers)
	return newCommittedCursor(cursor), ledgers, nil
}

func loadKeys(keys iter.Seq[HeldKey], ledgers map[Log]*session.Ledger) error {
	if keys == nil {
		return nil
	}
	err := guarded(func() error {
		for key := range keys {
			if ledger := ledgers[key.Scope.Topic.Log()]; ledger != nil {
				ledger.Load(key)
			}
		}
		return nil
	})
	if err != nil {
		return storeError("Expected the store to load the held keys, but it failed", err)
	}
	return nil
}

func (a *Agent) warnOfDifferingKeys(ledgers map[Log]*session.Ledger) {
	for _, ledger := range ledgers {
		for _, scope := range ledger.Differing() {
			a.monitor.logging(func(log *agentLog) {
				log.log.Warn("Expected the keys that the cursor was saved with, but others are stored: they are repaired from the "+
					"log; look what changed the store", "scope", scope.String())
			})
		}
	}
}

// awaitFor waits for so long at most, and says whether it is over.
func awaitFor(over <-chan struct{}, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-over:
		return true
	case <-timer.C:
		return false
	}
}
