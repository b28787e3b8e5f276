package swarmlog

import (
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
)

// Log is a log of a swarm; each is a lane of its own in every session. Its String is its name: "main".
type Log = names.Log

// The logs of a swarm.
const (
	// LogControl has elections, configuration and safety actions.
	LogControl = names.Control
	// LogMain has commands, reconciliation and alerts, in one order.
	LogMain = names.Main
	// LogTelemetry has telemetry, which may be dropped.
	LogTelemetry = names.Telemetry
)

// Topic is what an operation is about. Its String is its name, "commands"; its method Log returns the log it lies in.
type Topic = names.Topic

// The topics of a swarm.
const (
	// TopicControl is for elections, configuration, safety actions; delivered ahead of everything else.
	TopicControl = names.TopicControl
	// TopicCommands is intent: what agents shall do.
	TopicCommands = names.TopicCommands
	// TopicReconciliation is repair: results, and what brings agents back into agreement.
	TopicReconciliation = names.TopicReconciliation
	// TopicAlerts is what someone should look at.
	TopicAlerts = names.TopicAlerts
	// TopicTelemetry is state as it is measured; the first to be shed.
	TopicTelemetry = names.TopicTelemetry
)

// Scope is what an operation belongs to: its Topic, and whom it is for. Agent or Role is set where it is for one agent
// or for a role, neither where it is for all. Comparable.
type Scope = names.Scope

// HeldKey is what an agent holds under one key of its keyed state: Scope, Key and ValueDigest. All of them together are
// its key index. A store keeps ValueDigest opaque; if it is empty (IsGone), the key is no longer held.
type HeldKey = held.Key

// KeyInterval is a run of the keys of one scope, from AfterKey (exclusive, empty for the beginning) through ThroughKey
// (inclusive, empty for the end), in the order of their UTF-8 bytes.
type KeyInterval = held.Interval
