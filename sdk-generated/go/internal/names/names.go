// Package names holds topics, logs and scopes, and what they are called.
package names

import (
	"fmt"
	"strings"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// Log is a log of a swarm. Each is a lane of its own in every session.
type Log int32

// The logs. Their numbers are those of the contract.
const (
	Control   = Log(swarmlogv1.Log_LOG_CONTROL)
	Main      = Log(swarmlogv1.Log_LOG_MAIN)
	Telemetry = Log(swarmlogv1.Log_LOG_TELEMETRY)
)

// Logs are all logs, in the order of their numbers.
var Logs = [...]Log{Control, Main, Telemetry}

// String returns the log's name as people read it: "main".
func (l Log) String() string { return enumName(swarmlogv1.Log_name, int32(l), "LOG_") }

// Wire returns the log as messages have it.
func (l Log) Wire() swarmlogv1.Log { return swarmlogv1.Log(l) }

// Topic is what an operation is about. Each lies in one log.
type Topic int32

// The topics. Their numbers are those of the contract.
const (
	TopicControl        = Topic(swarmlogv1.Topic_TOPIC_CONTROL)
	TopicCommands       = Topic(swarmlogv1.Topic_TOPIC_COMMANDS)
	TopicReconciliation = Topic(swarmlogv1.Topic_TOPIC_RECONCILIATION)
	TopicAlerts         = Topic(swarmlogv1.Topic_TOPIC_ALERTS)
	TopicTelemetry      = Topic(swarmlogv1.Topic_TOPIC_TELEMETRY)
)

// DurableTopics are all topics but telemetry.
var DurableTopics = [...]Topic{TopicControl, TopicCommands, TopicReconciliation, TopicAlerts}

// String returns the topic's name as people read it: "commands".
func (t Topic) String() string { return enumName(swarmlogv1.Topic_name, int32(t), "TOPIC_") }

// Wire returns the topic as messages have it.
func (t Topic) Wire() swarmlogv1.Topic { return swarmlogv1.Topic(t) }

// Log returns the log that the topic lies in; 0 for none of the five topics.
func (t Topic) Log() Log {
	switch t {
	case TopicControl:
		return Control
	case TopicCommands, TopicReconciliation, TopicAlerts:
		return Main
	case TopicTelemetry:
		return Telemetry
	default:
		return 0
	}
}

// Scope is what an operation belongs to: its topic, and whom it is for. Agent or Role is set where it is for one agent
// or for a role, neither where it is for all. Comparable, so that it can be the key of a map.
type Scope struct {
	Topic Topic
	Agent string
	Role  string
}

// ScopeOf returns the scope of an operation, as the log has it.
func ScopeOf(operation *swarmlogv1.Operation) Scope {
	target := operation.GetTarget()
	return Scope{Topic(operation.GetTopic()), target.GetAgent(), target.GetRole()}
}

// ScopeFrom reads the message.
func ScopeFrom(message *swarmlogv1.Scope) Scope {
	return Scope{Topic(message.GetTopic()), message.GetTarget().GetAgent(), message.GetTarget().GetRole()}
}

// Message writes the scope as a message.
func (s Scope) Message() *swarmlogv1.Scope {
	return &swarmlogv1.Scope{Topic: s.Topic.Wire(), Target: s.Target()}
}

// Target returns whom the scope's operations are for, as a message.
func (s Scope) Target() *swarmlogv1.Target {
	switch {
	case s.Agent != "":
		return &swarmlogv1.Target{Target: &swarmlogv1.Target_Agent{Agent: s.Agent}}
	case s.Role != "":
		return &swarmlogv1.Target{Target: &swarmlogv1.Target_Role{Role: s.Role}}
	default:
		return &swarmlogv1.Target{Target: &swarmlogv1.Target_All{All: &swarmlogv1.AllAgents{}}}
	}
}

// String returns the scope as people read it: "commands for agent 'a'".
func (s Scope) String() string {
	switch {
	case s.Agent != "":
		return fmt.Sprintf("%v for agent '%s'", s.Topic, s.Agent)
	case s.Role != "":
		return fmt.Sprintf("%v for role '%s'", s.Topic, s.Role)
	default:
		return fmt.Sprintf("%v for all", s.Topic)
	}
}

// enumName returns the number itself for a value that a later contract may have.
func enumName(known map[int32]string, value int32, prefix string) string {
	name, ok := known[value]
	if !ok {
		return fmt.Sprint(value)
	}
	return strings.ToLower(strings.TrimPrefix(name, prefix))
}
