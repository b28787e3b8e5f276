package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"google.golang.org/protobuf/proto"

	"swarmlog.dev/go/conformance/testeepb"
)

const (
	// The largest message an SDK takes, and as much again for what is around it.
	maxBytes    = 128 << 20
	lengthBytes = 4
	// Responses that wait to be written; beyond, who sends waits.
	maxOutgoing = 1_024
)

// notHandled is what a handler returns when the suite wants it to fail.
type notHandled struct {
	message  string
	decision testeepb.HandlerFailure_Decision
}

func (e *notHandled) Error() string { return e.message }

// suite is the conformance suite at the other end of the pipes: it is told things, and it is the user's code that handlers
// call. Safe for concurrent use; what is sent is written in order.
type suite struct {
	outgoing chan *testeepb.Response
	written  chan struct{}

	mu         sync.Mutex
	lastHandle uint32
	// As many as there are handlers at work: one per agent and lane.
	waiting map[uint32]chan *testeepb.HandleReply
}

func newSuite(out io.Writer) *suite {
	s := &suite{
		outgoing: make(chan *testeepb.Response, maxOutgoing), written: make(chan struct{}),
		waiting: map[uint32]chan *testeepb.HandleReply{},
	}
	go s.write(out)
	return s
}

func (s *suite) send(response *testeepb.Response) { s.outgoing <- response }

func (s *suite) done(id uint32) {
	s.send(&testeepb.Response{Id: id, Response: &testeepb.Response_Done{Done: &testeepb.Done{}}})
}

func (s *suite) problem(id uint32, why error) {
	problem := &testeepb.Problem{Message: why.Error()}
	s.send(&testeepb.Response{Id: id, Response: &testeepb.Response_Problem{Problem: problem}})
}

func (s *suite) unsupported(id uint32, message string) {
	unsupported := &testeepb.Unsupported{Message: message}
	s.send(&testeepb.Response{Id: id, Response: &testeepb.Response_Unsupported{Unsupported: unsupported}})
}

// answer tells that a request is done, or why not.
func (s *suite) answer(id uint32, err error) {
	if err != nil {
		s.problem(id, err)
		return
	}
	s.done(id)
}

// handle has the suite handle operations; a *notHandled if it wants the handler to fail.
func (s *suite) handle(ctx context.Context, call *testeepb.Handle) error {
	s.mu.Lock()
	s.lastHandle++
	id, replied := s.lastHandle, make(chan *testeepb.HandleReply, 1)
	s.waiting[id] = replied
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waiting, id)
	}()
	s.send(&testeepb.Response{Id: id, Response: &testeepb.Response_Handle{Handle: call}})
	select {
	case reply := <-replied:
		if failed := reply.GetFailed(); failed != nil {
			return &notHandled{failed.GetMessage(), failed.GetDecision()}
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reply is the suite's answer to handle.
func (s *suite) reply(id uint32, reply *testeepb.HandleReply) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting, ok := s.waiting[id]
	if !ok {
		return fmt.Errorf("expected a reply to a handler that waits, but got one to call %d", id)
	}
	if reply.GetReply() == nil {
		return fmt.Errorf("expected a reply of applied or failed to call %d", id)
	}
	delete(s.waiting, id)
	waiting <- reply
	return nil
}

// flush waits until everything is written; nothing may be sent any more.
func (s *suite) flush() {
	s.send(nil)
	<-s.written
}

func (s *suite) write(out io.Writer) {
	defer close(s.written)
	for response := range s.outgoing {
		if response == nil {
			return
		}
		message := make([]byte, lengthBytes)
		message, err := proto.MarshalOptions{}.MarshalAppend(message, response)
		if err == nil {
			binary.BigEndian.PutUint32(message, uint32(len(message)-lengthBytes))
			_, err = out.Write(message)
		}
		if err != nil {
			// Nobody reads any more.
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// readRequests hands over requests until the stream ends.
func readRequests(source io.Reader, take func(*testeepb.Request)) error {
	for {
		var prefix [lengthBytes]byte
		if _, err := io.ReadFull(source, prefix[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("expected another request, or the end: %w", err)
		}
		length := binary.BigEndian.Uint32(prefix[:])
		if length > maxBytes {
			return fmt.Errorf("expected up to %d bytes, but the length is %d", maxBytes, length)
		}
		content := make([]byte, length)
		if _, err := io.ReadFull(source, content); err != nil {
			return fmt.Errorf("expected a request of %d bytes: %w", length, err)
		}
		var request testeepb.Request
		if err := proto.Unmarshal(content, &request); err != nil {
			return fmt.Errorf("expected a request: %w", err)
		}
		take(&request)
	}
}
