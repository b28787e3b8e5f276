package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"swarmlog.dev/go/conformance/testeepb"
)

func framed(t *testing.T, request *testeepb.Request) []byte {
	t.Helper()
	content, err := proto.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), content...)
}

func TestAnswersEachRequestUnderItsID(t *testing.T) {
	requests := joined(
		framed(t, &testeepb.Request{Id: 7, Request: &testeepb.Request_Describe{Describe: &testeepb.Describe{}}}),
		framed(t, &testeepb.Request{Id: 8, Request: &testeepb.Request_Vector{Vector: &testeepb.Vector{Kind: "nothing"}}}),
		framed(t, &testeepb.Request{Id: 9, Request: &testeepb.Request_Publish{Publish: &testeepb.Publish{}}}),
		framed(t, &testeepb.Request{Id: 10}),
	)
	var out bytes.Buffer
	suite := newSuite(&out)
	if err := readRequests(bytes.NewReader(requests), newTestee(suite).take); err != nil {
		t.Fatal(err)
	}
	suite.flush()
	for id := uint32(7); id <= 10; id++ {
		response := nextResponse(t, &out)
		kinds := map[uint32]bool{
			7: response.GetDescription().GetLanguage() == "go", 8: response.GetUnsupported() != nil,
			9: response.GetProblem() != nil, 10: response.GetUnsupported() != nil,
		}
		if response.GetId() != id || !kinds[id] {
			t.Errorf("Expected the answer to %d, but got %v", id, response)
		}
	}
	if out.Len() != 0 {
		t.Errorf("Expected one answer each, but %d bytes are left", out.Len())
	}
}

func TestRefusesARequestThatIsNoneOrTooLarge(t *testing.T) {
	tests := map[string][]byte{
		"up to 134217728 bytes":       binary.BigEndian.AppendUint32(nil, maxBytes+1),
		"a request of 5 bytes":        {0, 0, 0, 5, 1},
		"expected a request":          {0, 0, 0, 1, 0xff},
		"another request, or the end": {0, 0},
	}
	for want, sent := range tests {
		err := readRequests(bytes.NewReader(sent), func(*testeepb.Request) { t.Error("Expected nothing to be taken") })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Expected an error with %q, but got %v", want, err)
		}
	}
}

func TestAHandlerWaitsForTheSuite(t *testing.T) {
	out, in := io.Pipe()
	suite := newSuite(in)
	failed := make(chan error, 1)
	go func() { failed <- suite.handle(context.Background(), &testeepb.Handle{Agent: 3}) }()
	called := nextResponse(t, out)
	if called.GetHandle().GetAgent() != 3 {
		t.Fatalf("Expected a call of a handler, but got %v", called)
	}
	reply := &testeepb.HandleReply{Reply: &testeepb.HandleReply_Failed{Failed: &testeepb.HandlerFailure{Message: "no"}}}
	if suite.reply(called.GetId()+1, reply) == nil || suite.reply(called.GetId(), &testeepb.HandleReply{}) == nil {
		t.Error("Expected a reply to nobody, and one that says nothing, to be refused")
	}
	if err := suite.reply(called.GetId(), reply); err != nil {
		t.Fatal(err)
	}
	var refused *notHandled
	if err := <-failed; !errors.As(err, &refused) || refused.Error() != "no" {
		t.Errorf("Expected the handler to fail as the suite says, but got %v", err)
	}
	if suite.reply(called.GetId(), reply) == nil {
		t.Error("Expected a second reply to be refused")
	}
	suite.flush()
}

func nextResponse(t *testing.T, from io.Reader) *testeepb.Response {
	t.Helper()
	var prefix [lengthBytes]byte
	if _, err := io.ReadFull(from, prefix[:]); err != nil {
		t.Fatal(err)
	}
	content := make([]byte, binary.BigEndian.Uint32(prefix[:]))
	if _, err := io.ReadFull(from, content); err != nil {
		t.Fatal(err)
	}
	var response testeepb.Response
	if err := proto.Unmarshal(content, &response); err != nil {
		t.Fatal(err)
	}
	return &response
}

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
