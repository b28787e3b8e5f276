package swarmlog

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
)

// AgentConfig says what an agent is, and where it connects. Target, or Connection, Swarm and Name are needed.
type AgentConfig struct {
	// Target is the coordinator's address: "host:port", with an IPv6 address in brackets.
	Target string
	// Security of the connection to Target; by default plaintext to loopback, and TLS to anywhere else.
	Security Security
	// Connection takes the place of Target and Security: one that is shared, and that the agent leaves open.
	Connection *Connection
	// Swarm and Name of the agent: 1 to 128 bytes of UTF-8 without control characters.
	Swarm, Name string
	// Roles of the agent: of each topic it also sees what is for these.
	Roles []string
	// Topics that the agent reads: of each what is for all agents, for its name, and for its roles. By default these are the
	// topics that have handlers; with a handler of batches or Effects, and with Operations, all but telemetry.
	Topics []Topic
	// View takes the place of Topics, scope by scope.
	View *swarmlogv1.View
	// Instance names this run of the agent; a random name by default. A newer session of the same agent ends the older one.
	Instance string
	// CursorStore keeps the cursor. By default that is a MemoryCursorStore: the agent starts from the beginning of the log.
	// The agent closes it.
	CursorStore CursorStore
	// Effects takes the place of handlers and CursorStore: it applies batches and commits the cursor in one step. The agent
	// closes it.
	Effects EffectStore
	// FailurePolicy decides what happens when a handler fails; by default that is RetryAtOnce.
	FailurePolicy FailurePolicy
	// RetryLater says how long to wait at most before an operation is given again, from a millisecond to a day; it is between
	// half of that and all of it. times is how often the agent has been given the operation by now, at least 1. By default it
	// doubles with each time, from a second to 5 minutes.
	RetryLater func(times int) time.Duration
	// Listener is told what happens to the agent.
	Listener AgentListener
	// StateOf has the agent's own state compared with the log, at most once per StateInterval, which is a minute by default.
	// Without it, what is compared is what the agent noted when it handed operations to handlers.
	//
	// It hands over what that state holds of a scope now: every key that operations of that scope set, in any order, with its
	// payload as it was published, and nothing else. It is called on a goroutine of the agent's, between two batches of the
	// scope's lane, and all keys are read, so it takes as long as that takes. An error, or a panic, leaves the comparison out.
	StateOf       func(scope Scope) (iter.Seq2[string, Payload], error)
	StateInterval time.Duration
	// Logger is slog.Default by default. Nothing is logged while all is well; of the same cause one line a minute.
	Logger *slog.Logger
	// TracerProvider and MeterProvider are OpenTelemetry's global ones by default, if the application has set those by the time
	// the agent is started.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
}

// check says what is missing, or contradicts something else.
func (c *AgentConfig) check() error {
	switch {
	case strings.TrimSpace(c.Swarm) == "":
		return errors.New("expected the name of a swarm, but got nothing: set Swarm")
	case strings.TrimSpace(c.Name) == "":
		return errors.New("expected the name of an agent, but got nothing: set Name")
	case c.Effects != nil && c.CursorStore != nil:
		return errors.New("expected the cursor in the effect store, but a cursor store is given too: leave that out")
	case c.StateInterval < 0:
		return fmt.Errorf("expected a time above zero between comparisons, but got %v", c.StateInterval)
	}
	for _, role := range c.Roles {
		if strings.TrimSpace(role) == "" {
			return errors.New("expected the name of a role, but got nothing: leave it out of Roles")
		}
		if err := checkText("the name of a role", role); err != nil {
			return err
		}
	}
	if err := cmp.Or(checkText("the name of a swarm", c.Swarm), checkText("the name of an agent", c.Name),
		checkText("an instance", c.Instance)); err != nil {
		return err
	}
	topics := slices.Clone(c.Topics)
	for _, scope := range c.View.GetScopes() {
		topics = append(topics, Topic(scope.GetTopic()))
	}
	for _, topic := range topics {
		if topic.Log() == 0 {
			return fmt.Errorf("expected one of the five topics, but got %d: name the topic", int(topic))
		}
	}
	return nil
}

// withDefaults fills in what was left out, and takes copies of what the user may change.
func (c *AgentConfig) withDefaults() {
	c.Roles, c.Topics = slices.Clone(c.Roles), slices.Clone(c.Topics)
	c.View = proto.CloneOf(c.View)
	c.Instance = cmp.Or(c.Instance, rand.Text())
	c.StateInterval = cmp.Or(c.StateInterval, swarmlogv1.SessionStateIntervalMs*time.Millisecond)
	if c.CursorStore == nil {
		c.CursorStore = &MemoryCursorStore{}
	}
	if c.FailurePolicy == nil {
		c.FailurePolicy = func(HandlerFailure) Decision { return RetryAtOnce }
	}
	if c.RetryLater == nil {
		c.RetryLater = defaultRetryLater
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
}

// stateSource is StateOf as the session wants it, and how often it is asked; nil and 0 without one.
func (c *AgentConfig) stateSource() (session.StateSource, time.Duration) {
	if c.StateOf == nil {
		return nil, 0
	}
	return func(scope names.Scope) (iter.Seq2[string, *swarmlogv1.Payload], error) {
		payloads, err := c.StateOf(scope)
		if err != nil || payloads == nil {
			return nil, err
		}
		return func(yield func(string, *swarmlogv1.Payload) bool) {
			for key, payload := range payloads {
				if !yield(key, payload.message()) {
					return
				}
			}
		}, nil
	}, c.StateInterval
}

// declaredView is of each topic what is for all agents, for the agent itself, and for the roles it has.
func (a *Agent) declaredView() *swarmlogv1.View {
	if a.config.View != nil {
		return a.config.View
	}
	topics := a.config.Topics
	if len(topics) == 0 {
		topics = a.handlers.Topics()
	}
	if len(topics) == 0 {
		topics = names.DurableTopics[:]
	}
	view := &swarmlogv1.View{}
	for _, topic := range sortedTopics(topics) {
		view.Scopes = append(view.Scopes,
			&swarmlogv1.ViewScope{Topic: topic.Wire(), Audience: &swarmlogv1.ViewScope_All{All: &swarmlogv1.AllAgents{}}},
			&swarmlogv1.ViewScope{Topic: topic.Wire(), Audience: &swarmlogv1.ViewScope_Self{Self: &swarmlogv1.Self{}}})
		if len(a.config.Roles) > 0 {
			view.Scopes = append(view.Scopes, &swarmlogv1.ViewScope{
				Topic: topic.Wire(), Audience: &swarmlogv1.ViewScope_Roles{Roles: &swarmlogv1.EveryRole{}},
			})
		}
	}
	return view
}
