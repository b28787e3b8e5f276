// Command polyglot is an agent of the polyglot swarm, see docs/polyglot.md. Built by ../check --build, run by ./agent.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"swarmlog.dev/go"
)

const (
	language       = "go"
	wrongArguments = 64
	// Less than the 10 s that it may take to end.
	closeTimeout = 5 * time.Second
)

func main() { os.Exit(run(os.Args[1:])) }

// run answers with the exit code.
func run(arguments []string) int {
	agent, err := agentOf(arguments)
	if err != nil {
		fmt.Fprintf(os.Stderr, "usage: agent HOST:PORT SWARM NAME FOLDER (%v)\n", err)
		return wrongArguments
	}
	// Before it says that it starts: from then on a signal ends it in order.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	say(map[string]any{"agent": arguments[2], "language": language, "version": swarmlog.Version(), "publishes": true})
	if err := follow(ctx, agent); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// follow runs the agent until ctx is done; an error if it was refused for good.
func follow(ctx context.Context, agent *swarmlog.Agent) error {
	failed := make(chan error, 1)
	go func() { failed <- agent.Run(context.Background()) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	// What it could not finish in that time comes again when it is started anew.
	if err := agent.Shutdown(closing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

func agentOf(arguments []string) (*swarmlog.Agent, error) {
	if len(arguments) != 4 {
		return nil, fmt.Errorf("expected four arguments, but got %d", len(arguments))
	}
	target, swarm, name, folder := arguments[0], arguments[1], arguments[2], arguments[3]
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("expected an existing folder, but %s is none", folder)
	}
	fold := &fold{name: name}
	agent, err := swarmlog.NewAgent(swarmlog.AgentConfig{
		Target: target, Swarm: swarm, Name: name,
		Effects: &reporting{swarmlog.NewFileEffectStore(filepath.Join(folder, "state"), fold), fold},
		Topics:  []swarmlog.Topic{swarmlog.TopicCommands, swarmlog.TopicReconciliation},
		// Order counts here: what cannot be applied now holds up the rest.
		FailurePolicy: swarmlog.RetryForEver(),
	})
	if err != nil {
		return nil, err
	}
	fold.publisher = agent.Publisher()
	return agent, nil
}

// reporting says what was reported once it is on the disk.
type reporting struct {
	*swarmlog.FileEffectStore
	fold *fold
}

// Apply implements swarmlog.EffectStore.
func (r *reporting) Apply(ctx context.Context, batch swarmlog.Batch, after swarmlog.Cursor) error {
	r.fold.reports = nil
	if err := r.FileEffectStore.Apply(ctx, batch, after); err != nil {
		return err
	}
	for _, report := range r.fold.reports {
		say(report)
	}
	return nil
}

// say writes a line of JSON to standard output, at once.
func say(line any) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", text)
}
