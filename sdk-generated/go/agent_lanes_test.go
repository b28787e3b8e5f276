package swarmlog

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"testing"
)

const (
	measurementBytes = 16 << 10
	// So much stays unread that neither the window of the stream nor that of the connection holds it.
	measurements = 4 * windowBytes / measurementBytes
	rounds       = 8
	// An agent holds of a lane that is not read the window of its stream, as it came and as messages, and the batch that its
	// handler has; so do gRPC's pools, for a while. Half of all that is published is far beyond that.
	mostHeldBytes = rounds * measurements * measurementBytes / 2
)

// A stalled telemetry handler does not stop commands, heartbeats and acks on the same connection.
func TestALaneThatIsStalledStopsNoOther(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	commands, entered, release := newNoted[string](), make(chan struct{}, 1), make(chan struct{})
	dropped := newNoted[uint64]()
	agent := agentOn(t, target, AgentConfig{Swarm: swarm, Listener: AgentListener{TelemetryDropped: dropped.add}})
	agent.HandleTopic(TopicTelemetry, func(ctx context.Context, _ Operation) error {
		select {
		case entered <- struct{}{}:
		default:
		}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil
	})
	agent.HandleTopic(TopicCommands, commands.note(textOf))
	startLive(t, agent)
	publisher := publisherOn(t, target, swarm)
	measure(t, publisher, 1)
	await(t, entered)
	// when
	before := heapBytes()
	for round := range rounds {
		measure(t, publisher, measurements)
		text := fmt.Sprintf("command %d", round)
		publishAll(t, publisher, command(text))
		// then
		if got := commands.untilCount(t, round+1); got[round] != text {
			t.Errorf("Expected %q, but got %q", text, got[round])
		}
	}
	if held := heapBytes() - before; held > mostHeldBytes {
		t.Errorf("Expected to hold %d bytes of a stalled lane at most, but it is %d", mostHeldBytes, held)
	}
	if agent.State() != AgentLive {
		t.Errorf("Expected the session to go on, but the agent is %v", agent.State())
	}
	close(release)
	dropped.untilCount(t, 1)
}

// measure publishes telemetry until the coordinator has taken so much more of it.
func measure(t *testing.T, publisher *Publisher, count int) {
	t.Helper()
	payload := Bytes("test.Measured", bytes.Repeat([]byte{7}, measurementBytes))
	for range count {
		if err := publisher.Telemetry(patient(t), Measurement(payload)); err != nil {
			t.Fatal(err)
		}
	}
	ctx := patient(t)
	for counts := publisher.TelemetryCounts(); counts.underWay() > 0; counts = publisher.TelemetryCounts() {
		if ctx.Err() != nil {
			t.Fatalf("Expected the coordinator to take all telemetry, but it has %+v", counts)
		}
		runtime.Gosched()
	}
	if counts := publisher.TelemetryCounts(); counts.Shed+counts.Dropped > 0 {
		t.Fatalf("Expected the coordinator to take all telemetry, but it has %+v", counts)
	}
}

func heapBytes() int64 {
	runtime.GC()
	runtime.GC() // What pools hold goes with the second one.
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func await(t testing.TB, happened <-chan struct{}) {
	t.Helper()
	select {
	case <-happened:
	case <-patient(t).Done():
		t.Fatal("Expected it to happen, but it did not")
	}
}
