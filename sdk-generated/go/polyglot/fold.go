package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"swarmlog.dev/go"
)

// fold is what the agent makes of the log. It answers asks before it is committed: a kill in between leaves an ask
// answered, never twice.
type fold struct {
	name      string
	publisher *swarmlog.Publisher
	state     state
	// Of the batch that is being applied.
	reports []report
}

// state is what is on the disk.
type state struct {
	Events int
	Chain  [sha256.Size]byte
	Table  map[string][]byte
}

// report is what the agent holds as of an operation.
type report struct {
	Report string `json:"report"`
	OpID   uint64 `json:"opId"`
	Events int    `json:"events"`
	Chain  string `json:"chain"`
	Keys   int    `json:"keys"`
	Table  string `json:"table"`
}

// Apply folds a batch into the state.
func (f *fold) Apply(ctx context.Context, batch swarmlog.Batch) error {
	for _, operation := range batch.Operations {
		_, again := operation.Redelivery()
		scope := operation.Scope()
		isEvent := operation.Topic() == swarmlog.TopicCommands && operation.Key() == ""
		switch {
		case again || scope.Agent != "" || scope.Role != "":
		case isEvent:
			if err := f.event(ctx, operation); err != nil {
				return err
			}
		case operation.Topic() == swarmlog.TopicReconciliation && operation.IsDeletion():
			delete(f.state.Table, operation.Key())
		case operation.Topic() == swarmlog.TopicReconciliation && operation.Key() != "":
			f.state.Table[operation.Key()] = operation.Data()
		}
	}
	return nil
}

// MarshalBinary returns the state as it is stored.
func (f *fold) MarshalBinary() ([]byte, error) { return json.Marshal(f.state) }

// UnmarshalBinary reads what was stored; nothing, at first.
func (f *fold) UnmarshalBinary(stored []byte) error {
	f.state = state{Table: map[string][]byte{}}
	if len(stored) == 0 {
		return nil
	}
	return json.Unmarshal(stored, &f.state)
}

// event links an event to the chain of those before it.
func (f *fold) event(ctx context.Context, operation swarmlog.Operation) error {
	if operation.Type() == "polyglot.Ask" && operation.Text() == f.name {
		if err := f.answer(ctx, operation.OpID()); err != nil {
			return err
		}
	}
	link := binary.BigEndian.AppendUint64(f.state.Chain[:], operation.OpID())
	f.state.Chain = sha256.Sum256(append(link, operation.Data()...))
	f.state.Events++
	if operation.Type() == "polyglot.Report" {
		f.reports = append(f.reports, f.report(operation))
	}
	return nil
}

func (f *fold) answer(ctx context.Context, ask uint64) error {
	answer := swarmlog.Text("polyglot.Answer", language)
	key := fmt.Sprintf("answer/%s/%d", f.name, ask)
	_, err := f.publisher.Publish(ctx, swarmlog.Keyed(swarmlog.TopicReconciliation, key, answer).
		WithIdempotencyKey(fmt.Sprintf("%s/%d", f.name, ask)))
	return err
}

func (f *fold) report(operation swarmlog.Operation) report {
	table := sha256.New()
	// Go orders strings by their bytes.
	for _, key := range slices.Sorted(maps.Keys(f.state.Table)) {
		for _, part := range [][]byte{[]byte(key), f.state.Table[key]} {
			table.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
			table.Write(part)
		}
	}
	return report{
		Report: operation.Text(), OpID: operation.OpID(), Events: f.state.Events,
		Chain: hex.EncodeToString(f.state.Chain[:]), Keys: len(f.state.Table), Table: hex.EncodeToString(table.Sum(nil)),
	}
}
