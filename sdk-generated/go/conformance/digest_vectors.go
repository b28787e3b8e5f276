package main

import (
	"encoding/hex"
	"slices"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
)

type scopeForm struct {
	Topic int    `json:"topic"`
	Kind  int    `json:"kind"`
	Name  string `json:"name"`
}

func (s scopeForm) scope() names.Scope {
	scope := names.Scope{Topic: names.Topic(s.Topic)}
	switch s.Kind {
	case 2:
		scope.Agent = s.Name
	case 3:
		scope.Role = s.Name
	}
	return scope
}

// hexBytes are bytes, as a text of lower-case hex.
type hexBytes []byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *hexBytes) UnmarshalText(text []byte) error {
	decoded, err := hex.DecodeString(string(text))
	*h = decoded
	return err
}

type operationForm struct {
	scopeForm
	OpID          number
	Class         string
	Key           string
	Tombstone     bool
	Type          string
	ContentType   string
	SchemaVersion uint32
	DataHex       hexBytes
}

func (o operationForm) operation() *swarmlogv1.Operation {
	scope := o.scope()
	operation := &swarmlogv1.Operation{
		OpId: uint64(o.OpID), Topic: scope.Topic.Wire(), Target: scope.Target(),
		OperationClass: swarmlogv1.OperationClass(swarmlogv1.OperationClass_value["OPERATION_CLASS_"+o.Class]),
		Key:            o.Key, Tombstone: o.Tombstone,
	}
	if !o.Tombstone {
		operation.Payload = &swarmlogv1.Payload{
			Type: o.Type, ContentType: o.ContentType, SchemaVersion: o.SchemaVersion, Data: o.DataHex,
		}
		operation.ValueDigest = session.ValueDigest(operation.GetPayload())
	}
	return operation
}

// stateDigestVector: the digest of each value, and the sums of its scope after it.
func stateDigestVector(vector struct{ Operations []operationForm }) ([]map[string]any, error) {
	ledger := session.NewLedger(nil, true, nil)
	start := &session.SyncStart{}
	for _, form := range vector.Operations {
		if scope := form.scope(); !slices.Contains(start.Scopes, scope) {
			start.Scopes = append(start.Scopes, scope)
		}
	}
	after := []map[string]any{}
	for _, form := range vector.Operations {
		operation := form.operation()
		done := ledger.Prepare(&session.Step{
			Log: names.Main, FromOpID: operation.GetOpId() - 1,
			Resume: &swarmlogv1.LogResume{
				Position: &swarmlogv1.Position{Log: names.Main.Wire(), OpId: operation.GetOpId()},
			},
			Content: session.Delivered{Operations: []*swarmlogv1.Operation{operation}}, Start: start,
		})
		start = nil
		for _, sums := range session.Reported(done.After, true) {
			if names.ScopeFrom(sums.GetScope()) == form.scope() {
				after = append(after, map[string]any{
					"valueDigestHex": hex.EncodeToString(operation.GetValueDigest()),
					"stateDigestHex": hex.EncodeToString(sums.GetStateDigest()),
					"eventCount":     sums.GetEventCount(),
					"eventHashHex":   hex.EncodeToString(sums.GetEventHash()),
				})
			}
		}
	}
	return after, nil
}

type keyForm struct {
	Key            string
	ValueDigestHex hexBytes
}

// digestPartsVector: the parts of an answer to a query.
func digestPartsVector(vector struct {
	Scope                scopeForm
	Held                 []keyForm
	AfterKey, ThroughKey string
	MaxParts             uint32
}) ([]map[string]any, error) {
	ledger := session.NewScopeLedger(vector.Scope.scope(), true, true)
	hold(ledger, vector.Held)
	keys := ledger.Within(held.Interval{
		Scope: vector.Scope.scope(), AfterKey: vector.AfterKey, ThroughKey: vector.ThroughKey,
	})
	query := &swarmlogv1.DigestQuery{
		AfterKey: vector.AfterKey, ThroughKey: vector.ThroughKey, MaxParts: vector.MaxParts,
	}
	parts := []map[string]any{}
	for _, part := range session.CutParts(keys, ledger.KeyDigests(keys), query) {
		parts = append(parts, map[string]any{
			"throughKey": part.GetThroughKey(), "keyCount": part.GetKeyCount(), "digestHex": hex.EncodeToString(part.GetDigest()),
		})
	}
	return parts, nil
}

type sumsForm struct {
	Scope          scopeForm
	StateDigestHex hexBytes
	EventCount     number
	EventHashHex   hexBytes
}

// receiptVector: what differs at the end of a sync.
func receiptVector(vector struct {
	Held []struct {
		sumsForm
		KeysKnown, EventsKnown bool
		Keys                   []keyForm
	}
	Receipt []sumsForm
}) (map[string]any, error) {
	sums := map[names.Scope]*swarmlogv1.ScopeSums{}
	for _, form := range vector.Receipt {
		sums[form.Scope.scope()] = &swarmlogv1.ScopeSums{
			StateDigest: form.StateDigestHex, EventCount: uint64(form.EventCount), EventHash: form.EventHashHex,
		}
	}
	state, events := []scopeForm{}, []scopeForm{}
	for _, form := range vector.Held {
		ledger := session.NewScopeLedger(form.Scope.scope(), form.KeysKnown, false)
		hold(ledger, form.Keys)
		if form.EventsKnown {
			ledger.TakeEvents(uint64(form.EventCount), form.EventHashHex)
		}
		mismatches, stateDiffers := session.CheckReceipt(ledger, sums[form.Scope.scope()])
		if stateDiffers {
			state = append(state, form.Scope)
			mismatches = mismatches[1:]
		}
		if len(mismatches) > 0 {
			events = append(events, form.Scope)
		}
	}
	return map[string]any{
		"agrees": len(state) == 0 && len(events) == 0, "stateDiffers": state, "eventsDiffer": events,
	}, nil
}

// utf8OrderVector: the order of keys, as a ledger has it.
func utf8OrderVector(vector struct{ Keys []string }) ([]string, error) {
	ledger := session.NewScopeLedger(names.Scope{Topic: names.TopicCommands}, true, true)
	for _, key := range vector.Keys {
		ledger.Put(key, string(make([]byte, session.DigestBytes)))
	}
	return append([]string{}, ledger.Within(held.Interval{})...), nil
}

func hold(ledger *session.ScopeLedger, keys []keyForm) {
	for _, key := range keys {
		ledger.Put(key.Key, string(key.ValueDigestHex))
	}
}
