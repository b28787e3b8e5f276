package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
)

const patience = 30 * time.Second

type (
	request  = swarmlogv1.PublishStreamRequest
	response = swarmlogv1.PublishStreamResponse
	call     = grpc.BidiStreamingServer[request, response]
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server plays the coordinator of one test.
type server struct {
	swarmlogv1.UnimplementedPublishServiceServer
	play func(call) error
}

func (s *server) PublishStream(stream call) error { return s.play(stream) }

// connect returns a client of a coordinator that plays.
func connect(t *testing.T, play func(call) error) swarmlogv1.PublishServiceClient {
	t.Helper()
	listener, serving := bufconn.Listen(1<<20), grpc.NewServer()
	swarmlogv1.RegisterPublishServiceServer(serving, &server{play: play})
	var served sync.WaitGroup
	served.Go(func() { _ = serving.Serve(listener) })
	channel, err := grpc.NewClient("passthrough:///coordinator",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = channel.Close()
		serving.Stop()
		served.Wait()
	})
	return swarmlogv1.NewPublishServiceClient(channel)
}

// owner notes what happens to its stream.
type owner struct {
	sync.Mutex
	// Under the lock.
	toWrite []*request
	taken   []uint64
	told    chan string
}

func newOwner() *owner { return &owner{told: make(chan string, 100)} }

func (o *owner) NextFrame() *request {
	if len(o.toWrite) == 0 {
		return nil
	}
	next := o.toWrite[0]
	o.toWrite = o.toWrite[1:]
	return next
}

func (o *owner) Frame(frame *response) {
	o.taken = append(o.taken, frame.GetAck().GetNumber())
	o.told <- fmt.Sprintf("frame %d", frame.GetAck().GetNumber())
}

func (o *owner) Ended(why failure.Failure) { o.told <- "ended: " + why.String() }

func (o *owner) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-o.told:
		if !strings.HasPrefix(got, want) {
			t.Fatalf("Expected %q, but got %q", want, got)
		}
	case <-time.After(patience):
		t.Fatalf("Expected %q, but nothing came", want)
	}
}

// turn does something with the lock held.
func (o *owner) turn(do func()) {
	o.Lock()
	defer o.Unlock()
	do()
}

func await(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("Expected %s, but it did not come", what)
	}
}

func group(number uint64) *request {
	return &request{Frame: &swarmlogv1.PublishStreamRequest_Group{Group: &swarmlogv1.PublishGroup{Number: number}}}
}

func ack(number uint64) *response {
	return &response{Frame: &swarmlogv1.PublishStreamResponse_Ack{Ack: &swarmlogv1.PublishAck{Number: number}}}
}

// echo acknowledges each group, and notes it, until the client has said all.
func echo(noted func(uint64)) func(call) error {
	return func(stream call) error {
		for {
			received, err := stream.Recv()
			if err != nil {
				noted(0)
				if errors.Is(err, io.EOF) {
					return nil
				}
				return err
			}
			noted(received.GetGroup().GetNumber())
			if err := stream.Send(ack(received.GetGroup().GetNumber())); err != nil {
				return err
			}
		}
	}
}

func TestWritesWhatThereIsWhenItIsWoken(t *testing.T) {
	o := newOwner()
	client := connect(t, echo(func(uint64) {}))
	s := Open(o, client.PublishStream, group(1), o, "db:7400", Options{})
	o.expect(t, "frame 1")
	o.turn(func() {
		o.toWrite = []*request{group(2), group(3)}
		s.Wake()
	})
	o.expect(t, "frame 2")
	o.expect(t, "frame 3")
	o.turn(s.End)
	await(t, "its end", s.Closed())
	if len(o.told) != 0 {
		t.Errorf("Expected no event after End, but got %q", <-o.told)
	}
}

func TestTellsWhyTheCoordinatorEndedIt(t *testing.T) {
	ends := map[string]error{
		"ended: UNAVAILABLE: The coordinator ended the stream":                            nil,
		"ended: UNAVAILABLE: Expected to reach the coordinator at db:7400, but got: away": status.Error(codes.Unavailable, "away"),
		"ended: PERMISSION_DENIED: no":                                                    status.Error(codes.PermissionDenied, "no"),
	}
	for want, end := range ends {
		o := newOwner()
		s := Open(o, connect(t, func(call) error { return end }).PublishStream, group(1), o, "db:7400", Options{})
		o.expect(t, want)
		await(t, "its end", s.Closed())
		// Nothing happens to what is over.
		o.turn(func() {
			s.End()
			s.EndGently()
			s.Wake()
		})
	}
}

func TestEndsGentlySoThatWhatWasSentArrives(t *testing.T) {
	arrived := make(chan uint64, 100)
	o := newOwner()
	s := Open(o, connect(t, echo(func(number uint64) { arrived <- number })).PublishStream, group(1), o, "db:7400", Options{})
	o.expect(t, "frame 1")
	o.turn(func() {
		// Left in the queue: nobody asks for it any more.
		o.toWrite = []*request{group(2)}
		s.EndGently()
	})
	await(t, "its end", s.Closed())
	for _, want := range []uint64{1, 0} {
		if got := <-arrived; got != want {
			t.Errorf("Expected %d to arrive, but got %d", want, got)
		}
	}
	if len(o.told) != 0 || len(arrived) != 0 {
		t.Error("Expected no event, and no other frame, after EndGently")
	}
}

func TestDrainsWhatIsLeftToWrite(t *testing.T) {
	arrived := make(chan uint64, 100)
	o := newOwner()
	client := connect(t, echo(func(number uint64) { arrived <- number }))
	s := Open(o, client.PublishStream, group(1), o, "db:7400", Options{Drains: true})
	o.expect(t, "frame 1")
	o.turn(func() {
		o.toWrite = []*request{group(2), group(3)}
		s.EndGently()
	})
	await(t, "its end", s.Closed())
	for _, want := range []uint64{1, 2, 3, 0} {
		if got := <-arrived; got != want {
			t.Errorf("Expected %d to arrive, but got %d", want, got)
		}
	}
}

func TestEndsGentlyAlsoWhereTheCoordinatorDoesNot(t *testing.T) {
	o := newOwner()
	client := connect(t, func(stream call) error {
		<-stream.Context().Done()
		return stream.Context().Err()
	})
	s := Open(o, client.PublishStream, group(1), o, "db:7400", Options{})
	o.turn(s.EndGently)
	await(t, "its end", s.Closed())
}

func TestReadsAFrameOnlyWhenItIsAskedFor(t *testing.T) {
	o := newOwner()
	client := connect(t, func(stream call) error {
		for number := uint64(1); number <= 3; number++ {
			if err := stream.Send(ack(number)); err != nil {
				return err
			}
		}
		<-stream.Context().Done()
		return nil
	})
	s := Open(o, client.PublishStream, group(1), o, "db:7400", Options{Paced: true})
	for number := 1; number <= 3; number++ {
		o.turn(func() {
			if len(o.taken) != number-1 {
				t.Errorf("Expected %d frames, but %d were read", number-1, len(o.taken))
			}
			s.Request()
		})
		o.expect(t, fmt.Sprintf("frame %d", number))
	}
	o.turn(s.End)
	await(t, "its end", s.Closed())
}

func TestWritesNoMoreThanIsReadAndHoldsUpNoOtherStream(t *testing.T) {
	// 64 MiB, of which the windows on the way take less than a tenth.
	const frames, frameBytes, onTheWay = 1_000, 64 << 10, 100
	client := connect(t, func(stream call) error {
		first, err := stream.Recv()
		if err != nil {
			return err
		}
		if first.GetGroup().GetNumber() == 0 {
			// This one is not read.
			<-stream.Context().Done()
			return stream.Context().Err()
		}
		if err := stream.Send(ack(first.GetGroup().GetNumber())); err != nil {
			return err
		}
		return echo(func(uint64) {})(stream)
	})
	stalled, lively := newOwner(), newOwner()
	payload := &swarmlogv1.Payload{Data: make([]byte, frameBytes)}
	for number := uint64(1); number <= frames; number++ {
		stalled.toWrite = append(stalled.toWrite, &request{Frame: &swarmlogv1.PublishStreamRequest_Group{
			Group: &swarmlogv1.PublishGroup{Number: number, Records: []*swarmlogv1.PublishRecord{{Payload: payload}}},
		}})
	}
	first := Open(stalled, client.PublishStream, group(0), stalled, "db:7400", Options{})
	other := Open(lively, client.PublishStream, group(1), lively, "db:7400", Options{})
	lively.expect(t, "frame 1")
	// So often there and back that what can be written has been.
	for number := uint64(2); number <= 200; number++ {
		lively.turn(func() {
			lively.toWrite = []*request{group(number)}
			other.Wake()
		})
		lively.expect(t, fmt.Sprintf("frame %d", number))
	}
	stalled.turn(func() {
		if left := len(stalled.toWrite); left < frames-onTheWay || left == frames {
			t.Errorf("Expected most to be left in the queue, and some to be written, but %d are left", left)
		}
		first.End()
	})
	lively.turn(other.End)
	await(t, "the end of both", first.Closed())
	await(t, "the end of both", other.Closed())
}
