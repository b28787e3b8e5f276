// Package stream is one bidirectional call to a coordinator.
package stream

import (
	"context"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"swarmlog.dev/go/internal/failure"
)

const gentleEnd = time.Second

// Events are what happens to a stream. All of them come with the owner's lock held; none of them blocks.
type Events[Q, R any] interface {
	// NextFrame returns the next frame to be written, or nil. It is called when the stream takes one.
	NextFrame() *Q
	// Frame takes a frame from the coordinator.
	Frame(frame *R)
	// Ended notes the end; the last event.
	Ended(why failure.Failure)
}

// Call opens the call; a method of a generated client.
type Call[Q, R any] func(context.Context, ...grpc.CallOption) (grpc.BidiStreamingClient[Q, R], error)

// Options say how a stream is read and written.
type Options struct {
	// Paced: a frame is read only when it is asked for by Request, so that HTTP/2's window closes for a coordinator that
	// sends faster than its frames are done with. Else frames are read as fast as they are taken.
	Paced bool
	// Drains: frames are asked for until there is none also after EndGently.
	Drains bool
}

// Stream is one bidirectional call, whose frames are written one after the other, each when HTTP/2's window has room for
// it, by a goroutine that ends with it; another one reads.
//
// Events come with the owner's lock held, and none after End or EndGently. All methods but Closed are to be called with
// the lock held, too: so the owner's state machine sees one thing at a time.
type Stream[Q, R any] struct {
	owner   sync.Locker
	events  Events[Q, R]
	target  string
	options Options
	cancel  context.CancelFunc
	// Each holds at most one token: there may be frames to write, one more frame may be read, no more is asked for.
	awake   chan struct{}
	mayRead chan struct{}
	ending  chan struct{}
	closed  chan struct{}
	// Under the owner's lock.
	ended bool
}

// Open starts to open the call, writes first, and then reads and writes. It does not block: that the call cannot be
// opened is told by Ended. target is the coordinator's address, for people to read.
func Open[Q, R any](
	owner sync.Locker, call Call[Q, R], first *Q, events Events[Q, R], target string, options Options,
) *Stream[Q, R] {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Stream[Q, R]{
		owner: owner, events: events, target: target, options: options, cancel: cancel,
		awake: make(chan struct{}, 1), mayRead: make(chan struct{}, 1),
		ending: make(chan struct{}), closed: make(chan struct{}),
	}
	go s.run(ctx, call, first)
	return s
}

// Wake asks for frames to be written.
func (s *Stream[Q, R]) Wake() { put(s.awake) }

// Request asks for one more frame of a paced stream; at most one at a time.
func (s *Stream[Q, R]) Request() { put(s.mayRead) }

// End ends the call at once.
func (s *Stream[Q, R]) End() {
	if !s.ended {
		s.ended = true
		close(s.ending)
		s.cancel()
	}
}

// EndGently ends the call so that what was sent arrives; frames that still come are thrown away.
func (s *Stream[Q, R]) EndGently() {
	if !s.ended {
		s.ended = true
		close(s.ending)
		timer := time.AfterFunc(gentleEnd, s.cancel)
		go func() {
			<-s.closed
			timer.Stop()
		}()
	}
}

// Closed is closed when the call is over, and nothing of it is left.
func (s *Stream[Q, R]) Closed() <-chan struct{} { return s.closed }

func (s *Stream[Q, R]) run(ctx context.Context, call Call[Q, R], first *Q) {
	defer close(s.closed)
	defer s.cancel()
	// Blocks while the connection is made, and while the coordinator allows no more streams.
	opened, err := call(ctx)
	if err != nil {
		s.tellEnd(failure.OfCall(err, s.target))
		return
	}
	var writing sync.WaitGroup
	writing.Go(func() { s.write(ctx, opened, first) })
	why := s.read(opened)
	s.cancel()
	writing.Wait()
	s.tellEnd(why)
}

func (s *Stream[Q, R]) tellEnd(why failure.Failure) {
	s.owner.Lock()
	defer s.owner.Unlock()
	if !s.ended {
		s.ended = true
		close(s.ending)
		s.events.Ended(why)
	}
}

// write ends without a word where the call breaks: the reader knows why.
func (s *Stream[Q, R]) write(ctx context.Context, opened grpc.BidiStreamingClient[Q, R], first *Q) {
	for frame := first; ; {
		if frame != nil {
			if opened.Send(frame) != nil {
				return
			}
		} else if !s.awaitFrames(ctx) {
			_ = opened.CloseSend()
			return
		}
		frame = s.next()
	}
}

// awaitFrames returns false where the call ends, and nothing more is to be written.
func (s *Stream[Q, R]) awaitFrames(ctx context.Context) bool {
	select {
	case <-s.ending:
		return false
	default:
	}
	select {
	case <-s.awake:
		return true
	case <-s.ending:
		return s.options.Drains
	case <-ctx.Done():
		return false
	}
}

func (s *Stream[Q, R]) next() *Q {
	s.owner.Lock()
	defer s.owner.Unlock()
	if s.ended && !s.options.Drains {
		return nil
	}
	return s.events.NextFrame()
}

func (s *Stream[Q, R]) read(opened grpc.BidiStreamingClient[Q, R]) failure.Failure {
	for {
		if s.options.Paced {
			select {
			case <-s.mayRead:
			case <-s.ending:
			}
		}
		frame, err := opened.Recv()
		if err == io.EOF {
			return failure.Local(codes.Unavailable, "The coordinator ended the stream")
		}
		if err != nil {
			return failure.OfCall(err, s.target)
		}
		s.take(frame)
	}
}

func (s *Stream[Q, R]) take(frame *R) {
	s.owner.Lock()
	defer s.owner.Unlock()
	if !s.ended {
		s.events.Frame(frame)
	}
}

func put(token chan struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}
