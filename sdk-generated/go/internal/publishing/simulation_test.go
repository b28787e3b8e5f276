package publishing

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/failure/failuretest"
)

const steps = 120

var kinds = [...]string{"bad", "large", "good", "good", "good", "good"}

// wire is one stream: frames under way in both directions.
type wire struct {
	toCoordinator []proto.Message
	// Messages, or a failure.Failure at the end.
	toProducer []any
	epoch      uint64
}

// coordinator is what the contract promises of one.
type coordinator struct {
	random    *rand.Rand
	log       []string
	epochs    uint64
	mayRefuse bool
	// Large groups are refused from now on, also those that had been appended.
	lowered bool
	// In this epoch, by number.
	appendedAs map[uint64]uint64
}

func (c *coordinator) receive(t *testing.T, from *wire) {
	frame := from.toCoordinator[0]
	from.toCoordinator = from.toCoordinator[1:]
	switch of := frame.(type) {
	case *swarmlogv1.ProducerHello:
		from.toProducer = append(from.toProducer, c.hello(from, of))
	case *swarmlogv1.PublishGroup:
		from.toProducer = append(from.toProducer, c.publish(t, from, of))
	}
}

func (c *coordinator) hello(from *wire, hello *swarmlogv1.ProducerHello) any {
	switch hello.GetProducerEpoch() {
	case 0:
		c.epochs++
		c.appendedAs = map[uint64]uint64{}
	case c.epochs:
	default:
		return failuretest.Of(failure.ProducerFenced, 0)
	}
	from.epoch = c.epochs
	return &swarmlogv1.ProducerWelcome{
		ProducerEpoch: c.epochs, NextNumber: uint64(len(c.appendedAs)) + 1, MaxInFlightGroups: 4,
	}
}

func (c *coordinator) publish(t *testing.T, from *wire, group *swarmlogv1.PublishGroup) any {
	token, following := group.GetIdempotencyKey(), uint64(len(c.appendedAs))+1
	refuse := func(reason string, metadata map[string]string) any {
		return &swarmlogv1.PublishRefusal{Number: group.GetNumber(), Status: failuretest.Status(reason, metadata, 0)}
	}
	switch {
	case c.mayRefuse && c.random.IntN(12) == 0:
		return refuse(failure.RateLimited, nil)
	case strings.HasPrefix(token, "bad") || c.lowered && strings.HasPrefix(token, "large"):
		return refuse(failure.PayloadTooLarge, nil)
	case from.epoch != c.epochs:
		return refuse(failure.ProducerFenced, nil)
	case group.GetNumber() > following:
		return refuse(failure.OutOfSequence, map[string]string{"expected_number": fmt.Sprint(following)})
	}
	duplicate := group.GetNumber() < following
	if !duplicate {
		c.log = append(c.log, token)
		c.appendedAs[group.GetNumber()] = uint64(len(c.log))
	}
	opID := c.appendedAs[group.GetNumber()]
	if c.log[opID-1] != token {
		t.Fatalf("Expected number %d of epoch %d to be %s, but got %s", group.GetNumber(), c.epochs, c.log[opID-1], token)
	}
	return &swarmlogv1.PublishAck{Number: group.GetNumber(), FirstOpId: opID, Duplicate: duplicate}
}

// history is a producer, its coordinator, and what became of what was offered.
type history struct {
	t           *testing.T
	random      *rand.Rand
	coordinator *coordinator
	producer    *Producer[string]
	offered     []string
	appendedAt  map[string]uint64
	refused     map[string]bool
	unknown     map[string]bool
	duplicates  int
	lingering   []*wire
	wire        *wire
	timer       bool
}

func newHistory(t *testing.T, seed uint64) *history {
	random := rand.New(rand.NewPCG(seed, 0))
	h := &history{
		t: t, random: random, coordinator: &coordinator{random: random, mayRefuse: true},
		appendedAt: map[string]uint64{}, refused: map[string]bool{}, unknown: map[string]bool{},
	}
	h.producer = NewProducer(&swarmlogv1.ProducerHello{}, h, backoff.New(longest{}), 8)
	return h
}

func (h *history) run() {
	for range steps {
		h.coordinator.lowered = h.coordinator.lowered || h.random.IntN(60) == 0
		h.step(true)
	}
	h.coordinator.mayRefuse = false
	for range 2_000 {
		if h.settled() == len(h.offered) {
			return
		}
		h.step(false)
	}
}

func (h *history) settled() int { return len(h.appendedAt) + len(h.refused) + len(h.unknown) }

func (h *history) check() {
	if h.settled() != len(h.offered) {
		h.t.Errorf("Expected an outcome of all %d groups, but got %d", len(h.offered), h.settled())
	}
	there := map[string]bool{}
	for _, token := range h.coordinator.log {
		if there[token] {
			h.t.Errorf("Expected %s once, but it was appended twice", token)
		}
		there[token] = true
	}
	var inOrder []string
	for _, token := range h.offered {
		if there[token] {
			inOrder = append(inOrder, token)
		}
		at, appended := h.appendedAt[token]
		if appended && h.coordinator.log[at-1] != token {
			h.t.Errorf("Expected %s at %d, but there is %s", token, at, h.coordinator.log[at-1])
		}
		if h.refused[token] && there[token] {
			h.t.Errorf("Expected %s, which failed, not to be in the log", token)
		}
		if strings.HasPrefix(token, "good") && !appended && !h.unknown[token] {
			h.t.Errorf("Expected %s to be appended, or perhaps", token)
		}
	}
	if fmt.Sprint(inOrder) != fmt.Sprint(h.coordinator.log) {
		h.t.Errorf("Expected the order %v, but got %v", inOrder, h.coordinator.log)
	}
}

func (h *history) step(faults bool) {
	choice := h.random.IntN(10)
	switch {
	case faults && choice <= 1:
		token := fmt.Sprintf("%s%d", kinds[h.random.IntN(len(kinds))], len(h.offered))
		h.offered = append(h.offered, token)
		h.producer.Offer(token, &swarmlogv1.PublishGroup{IdempotencyKey: token})
	case faults && choice == 2 && h.random.IntN(3) == 0 && h.wire != nil:
		h.lingering = append(h.lingering, h.wire)
		h.wire = nil
		h.producer.StreamEnded(failuretest.Of("UNAVAILABLE", 0), time.Time{})
	case choice <= 4 && h.timer:
		h.timer = false
		h.producer.Timer()
	case choice == 5 && len(h.lingering) > 0:
		if late := h.lingering[h.random.IntN(len(h.lingering))]; len(late.toCoordinator) > 0 {
			h.coordinator.receive(h.t, late)
		}
	case choice <= 7 && h.wire != nil && len(h.wire.toCoordinator) > 0:
		h.coordinator.receive(h.t, h.wire)
	case h.wire != nil && len(h.wire.toProducer) > 0:
		frame := h.wire.toProducer[0]
		h.wire.toProducer = h.wire.toProducer[1:]
		h.take(frame)
	}
	for h.wire != nil {
		group := h.producer.Poll()
		if group == nil {
			break
		}
		h.wire.toCoordinator = append(h.wire.toCoordinator, group)
	}
}

func (h *history) take(frame any) {
	switch of := frame.(type) {
	case *swarmlogv1.ProducerWelcome:
		h.producer.Welcome(of, time.Time{})
	case *swarmlogv1.PublishAck:
		if of.GetDuplicate() {
			h.duplicates++
		}
		h.producer.Acked(of, time.Time{})
	case *swarmlogv1.PublishRefusal:
		h.producer.Refused(of, time.Time{})
	case failure.Failure:
		h.wire = nil
		h.producer.StreamEnded(of, time.Time{})
	}
}

func (h *history) OpenStream(hello *swarmlogv1.ProducerHello) {
	h.wire = &wire{toCoordinator: []proto.Message{hello}}
}

func (h *history) EndStream() {
	if h.wire != nil {
		h.lingering = append(h.lingering, h.wire)
		h.wire = nil
	}
}

func (h *history) Appended(token string, ack *swarmlogv1.PublishAck) {
	h.once(token)
	h.appendedAt[token] = ack.GetFirstOpId()
}

func (h *history) Failed(token string, _ failure.Failure) {
	h.once(token)
	h.refused[token] = true
}

func (h *history) OutcomeUnknown(token string, _ failure.Failure) {
	h.once(token)
	h.unknown[token] = true
}

func (h *history) AcknowledgedLost(groups uint64, _ *swarmlogv1.Position) {
	h.t.Errorf("Expected all to be kept, but lost %d", groups)
}

func (h *history) once(token string) {
	if _, appended := h.appendedAt[token]; appended || h.refused[token] || h.unknown[token] {
		h.t.Errorf("Expected one outcome of %s, but got two", token)
	}
}

func (h *history) Sent(string)                                                  {}
func (h *history) BreakerChanged(BreakerState, *failure.Failure, time.Duration) {}
func (h *history) Waits(failure.Failure, time.Duration)                         {}
func (h *history) Resumed()                                                     {}
func (h *history) StartTimer(time.Duration)                                     { h.timer = true }

// TestAppendsEachGroupOnceAndInOrderWhateverBreaks runs random histories of a producer against a model coordinator: streams
// break at any moment, frames of broken streams linger and arrive later, some groups are always refused, others now and
// then, and some from a moment on, though they may have been appended before. SIMULATION_SEED reproduces one history,
// SIMULATION_HISTORIES says how many there are.
func TestAppendsEachGroupOnceAndInOrderWhateverBreaks(t *testing.T) {
	from, count := fromEnvironment(t, "SIMULATION_SEED", 1), fromEnvironment(t, "SIMULATION_HISTORIES", 2_000)
	only := os.Getenv("SIMULATION_SEED") != ""
	if only {
		count = 1
	}
	var resent, renewed, appendedUnknown, lostUnknown uint64
	for seed := from; seed < from+count; seed++ {
		h := newHistory(t, seed)
		h.run()
		h.check()
		if t.Failed() {
			t.Fatalf("Reproduce with SIMULATION_SEED=%d", seed)
		}
		appended := 0
		for _, token := range h.coordinator.log {
			if h.unknown[token] {
				appended++
			}
		}
		resent += uint64(h.duplicates)
		renewed += oneIf(h.coordinator.epochs > 1)
		appendedUnknown += oneIf(appended > 0)
		lostUnknown += oneIf(appended < len(h.unknown))
	}
	// A simulation in which nothing goes wrong proves nothing.
	if !only && (resent <= count/20 || renewed <= count/20 || appendedUnknown <= count/200 || lostUnknown <= count/200) {
		t.Errorf("Expected more to go wrong, but got %d sent again, %d epochs renewed, and of unknown outcome %d appended and "+
			"%d lost", resent, renewed, appendedUnknown, lostUnknown)
	}
}

func oneIf(is bool) uint64 {
	if is {
		return 1
	}
	return 0
}

func fromEnvironment(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("Expected a number in %s: %v", name, err)
	}
	return number
}
