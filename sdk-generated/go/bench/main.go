// Command bench has an agent apply a log from its beginning, and prints in one line of JSON what that took. Built by
// ../check --build, run by ./apply. Arguments: target, swarm.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"swarmlog.dev/go"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: apply HOST:PORT SWARM")
		os.Exit(64)
	}
	figures, err := apply(os.Args[1], os.Args[2])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(figures)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func apply(target, swarm string) (map[string]any, error) {
	agent, err := swarmlog.NewAgent(swarmlog.AgentConfig{Target: target, Swarm: swarm, Name: "bench"})
	if err != nil {
		return nil, err
	}
	applied, bytes := 0, 0
	agent.HandleTopic(swarmlog.TopicCommands, func(_ context.Context, operation swarmlog.Operation) error {
		applied++
		bytes += len(operation.Data())
		return nil
	})
	before, began := cpuSeconds(), time.Now()
	ctx := context.Background()
	if err := agent.Start(ctx); err != nil {
		return nil, err
	}
	if err := agent.CaughtUp(ctx); err != nil {
		return nil, err
	}
	seconds, cpu := time.Since(began).Seconds(), cpuSeconds()-before
	if err := agent.Close(); err != nil {
		return nil, err
	}
	return map[string]any{
		"operations": applied, "seconds": seconds, "cpuSeconds": cpu, "operationsPerSecond": int(float64(applied) / seconds),
		"peakMiB": peakMiB(),
	}, nil
}

// cpuSeconds is the processor time that the process took so far.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// peakMiB is the most memory that the process had so far.
func peakMiB() int64 {
	// Unlike that of getrusage, it does not count what the parent had when it forked.
	if status, err := os.Open("/proc/self/status"); err == nil {
		defer func() { _ = status.Close() }()
		for lines := bufio.NewScanner(status); lines.Scan(); {
			if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == "VmHWM:" {
				kib, _ := strconv.ParseInt(fields[1], 10, 64)
				return kib / 1024
			}
		}
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Maxrss / 1024
}
