package swarmlog

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/swarmlogtest"
)

// parting is what an agent is told of operations that the coordinator has lost.
type parting struct{ applied, fork *swarmlogv1.Position }

// publishedLoss is what a publisher is told of groups that the coordinator has lost.
type publishedLoss struct {
	log    Log
	groups uint64
	newest *swarmlogv1.Position
}

func (l publishedLoss) String() string {
	return fmt.Sprintf("%d of %v up to %v", l.groups, l.log, l.newest)
}

// lossesOf notes what is told of losses.
func lossesOf(noted *noted[publishedLoss]) func(Log, uint64, *swarmlogv1.Position) {
	return func(log Log, groups uint64, newest *swarmlogv1.Position) {
		noted.add(publishedLoss{log, groups, newest})
	}
}

// The write-ahead log of a killed coordinator is damaged and repaired: what lies behind the damage is lost. Of those that are
// told, the publisher has published before and behind it, that of the agent only behind it; both have nothing in flight.
func TestTellsWhatARepairedCoordinatorHasLost(t *testing.T) {
	coordinator, swarm := swarmlogtest.Start(t, "--shards=1"), swarmlogtest.Swarm(t)
	lines := newLineLog()
	lost, lostOfAgent := newNoted[publishedLoss](), newNoted[publishedLoss]()
	publisher, err := NewPublisher(PublisherConfig{
		Target: coordinator.Target(), Swarm: swarm, Name: "planner", Logger: slog.New(lines), PublishedLost: lossesOf(lost),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = publisher.Close() })
	// given an agent that has applied what is kept
	publishAll(t, publisher, command("kept"), route("a", "kept"), route("b", "kept"))
	below := &comingAndGoing{target: coordinator.Target(), swarm: swarm, directory: t.TempDir(), got: newNoted[string]()}
	below.come(t)
	// and one that has applied what is lost, too
	above, partings := newNoted[string](), newNoted[parting]()
	agent := agentOn(t, coordinator.Target(), AgentConfig{
		Swarm: swarm, Name: "above", Logger: slog.New(lines), Listener: AgentListener{
			Parted:        func(applied, fork *swarmlogv1.Position) { partings.add(parting{applied, fork}) },
			PublishedLost: lossesOf(lostOfAgent),
		},
	})
	handleTexts(agent, above)
	startLive(t, agent)
	publishAll(t, publisher, command("lost"), route("a", "lost"))
	newest := publishOne(t, publisher, route("c", "lost"))
	newestOfAgent := publishOne(t, agent.Publisher(), command("lost of the agent"))
	above.untilCount(t, 7)
	// when
	if err := coordinator.Kill(); err != nil {
		t.Fatal(err)
	}
	damage(t, writeAheadLog(t, coordinator), "lost")
	repair(t, coordinator)
	if err := coordinator.Start(); err != nil {
		t.Fatal(err)
	}
	// then
	told := partings.untilCount(t, 1)[0]
	if !proto.Equal(told.applied, newestOfAgent) || told.fork.GetOpId() != 3 {
		t.Errorf("Expected to be told that %v is beyond operation 3, but got %v", newestOfAgent, told)
	}
	expectLoss(t, lost, 3, newest)
	expectLoss(t, lostOfAgent, 1, newestOfAgent)
	for _, prefix := range []string{
		"Applied what the coordinator has lost", "Published what " + coordinator.Target() + " has lost",
	} {
		lines.until(t, func(all []string) bool {
			return slices.ContainsFunc(all, func(line string) bool { return strings.HasPrefix(line, prefix) })
		})
	}
	// and all go on, with what the log has
	publishOne(t, publisher, command("new"))
	publishOne(t, agent.Publisher(), command("new of the agent"))
	above.until(t, func(all []string) bool { return slices.Contains(all, "new of the agent") })
	report := below.come(t)
	if len(report.Mismatches) > 0 || report.Plan != swarmlogv1.Plan_PLAN_DELTA || below.parted {
		t.Errorf("Expected the agent at the fork to go on, but got %v, and told that it parted: %v", report, below.parted)
	}
	want := []string{"kept", "a=kept", "b=kept", "new", "new of the agent"}
	if texts := below.got.list(); !slices.Equal(texts, want) {
		t.Errorf("Expected %v, but got %v", want, texts)
	}
}

// An agent was away while events came, of which two are compacted and one is not.
func TestHandsOutNothingBeforeTheListenerKnowsWhatIsLost(t *testing.T) {
	coordinator, swarm := swarmlogtest.Start(t, "--shards=1"), swarmlogtest.Swarm(t)
	publisher, err := NewPublisher(PublisherConfig{Target: coordinator.Target(), Swarm: swarm, Name: "planner"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = publisher.Close() })
	publishAll(t, publisher, command("first"))
	away := &comingAndGoing{target: coordinator.Target(), swarm: swarm, directory: t.TempDir(), got: newNoted[string]()}
	away.come(t)
	publishAll(t, publisher, command("lost"))
	horizon := publishOne(t, publisher, command("lost"))
	runCommand(t, "compact", swarm, "--up-to", strconv.FormatUint(horizon.GetOpId(), 10), "--server", coordinator.Target())
	publishAll(t, publisher, command("there"))
	// when
	applied, first, appliedBefore := newNoted[string](), make(chan struct{}, 1), newNoted[bool]()
	agent := newAgentOn(t, coordinator.Target(), AgentConfig{
		Swarm: swarm, Name: "below", CursorStore: NewFileCursorStore(away.directory), Listener: AgentListener{
			Lost: func(_ Log, lost []*swarmlogv1.LostEvents) {
				if len(lost) != 1 || lost[0].GetCount() != 2 {
					t.Errorf("Expected two events of one scope to be lost, but got %v", lost)
				}
				select {
				case <-first:
					appliedBefore.add(true)
				case <-time.After(time.Second):
					appliedBefore.add(false)
				}
			},
		},
	})
	agent.HandleTopic(TopicCommands, func(_ context.Context, operation Operation) error {
		applied.add(operation.Text())
		first <- struct{}{}
		return nil
	})
	startLive(t, agent)
	closeAgent(t, agent)
	// then
	if texts := applied.list(); !slices.Equal(texts, []string{"there"}) {
		t.Errorf("Expected what is there to be applied, but got %v", texts)
	}
	if before := appliedBefore.untilCount(t, 1); !slices.Equal(before, []bool{false}) {
		t.Errorf("Expected nothing to be applied while the listener was told, but got %v", before)
	}
}

func expectLoss(t *testing.T, told *noted[publishedLoss], groups uint64, newest *swarmlogv1.Position) {
	t.Helper()
	loss := told.untilCount(t, 1)[0]
	if loss.log != LogMain || loss.groups != groups || !proto.Equal(loss.newest, newest) {
		t.Errorf("Expected %d groups of main up to %v to be lost, but got %v", groups, newest, loss)
	}
}

// comingAndGoing is an agent that keeps its cursor, and notes what it applies.
type comingAndGoing struct {
	target, swarm, directory string
	got                      *noted[string]
	parted                   bool
}

// come has it catch up and go, and returns how that went.
func (c *comingAndGoing) come(t *testing.T) SyncReport {
	t.Helper()
	reports := newNoted[SyncReport]()
	agent := newAgentOn(t, c.target, AgentConfig{
		Swarm: c.swarm, Name: "below", CursorStore: NewFileCursorStore(c.directory), Listener: AgentListener{
			Synced: reports.add,
			Parted: func(_, _ *swarmlogv1.Position) { c.parted = true },
		},
	})
	handleTexts(agent, c.got)
	startLive(t, agent)
	closeAgent(t, agent)
	return reports.untilCount(t, 1)[0]
}

func handleTexts(agent *Agent, got *noted[string]) {
	agent.HandleTopic(TopicCommands, got.note(textOf))
	agent.HandleTopic(TopicReconciliation, got.note(func(operation Operation) string {
		return operation.Key() + "=" + operation.Text()
	}))
}

func publishOne(t *testing.T, publisher *Publisher, publication Publication) *swarmlogv1.Position {
	t.Helper()
	where, err := publisher.Publish(patient(t), publication)
	if err != nil {
		t.Fatal(err)
	}
	return where.Last
}

// writeAheadLog is where the one shard's lies.
func writeAheadLog(t *testing.T, coordinator *swarmlogtest.Coordinator) string {
	t.Helper()
	file, size := "", int64(0)
	files, err := filepath.Glob(filepath.Join(coordinator.DataDirectory(), "shard-*", "rocksdb", "*.log"))
	if err != nil || len(files) == 0 {
		t.Fatalf("Expected a write-ahead log, but found none: %v", err)
	}
	for _, each := range files {
		info, err := os.Stat(each)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > size {
			file, size = each, info.Size()
		}
	}
	return file
}

// damage flips a bit of the first record in which a text stands.
func damage(t *testing.T, file, text string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(content, []byte(text))
	if at < 0 {
		t.Fatalf("Expected %q in %s, but it is not there", text, file)
	}
	content[at] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func repair(t *testing.T, coordinator *swarmlogtest.Coordinator) {
	t.Helper()
	runCommand(t, "repair", coordinator.DataDirectory())
}

// runCommand runs a command of the coordinator's program.
func runCommand(t *testing.T, arguments ...string) {
	t.Helper()
	program, err := swarmlogtest.FindCommand(".")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(patient(t), program, arguments...)
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "SWARMLOG_") })
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("Expected %q to succeed, but %v: %s", arguments, err, said)
	}
}
