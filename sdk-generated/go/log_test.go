package swarmlog

import (
	"fmt"
	"io"
	"testing"

	"google.golang.org/grpc"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// channelTo is closed with the test.
func channelTo(t testing.TB, target string) *grpc.ClientConn {
	t.Helper()
	connection, err := NewConnection(target, ConnectionConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	channel, err := connection.attempt()
	if err != nil {
		t.Fatal(err)
	}
	return channel
}

// mainOf returns what lies in main, oldest first.
func mainOf(t testing.TB, target, swarm string) []*swarmlogv1.Operation {
	t.Helper()
	tail, err := swarmlogv1.NewObservationServiceClient(channelTo(t, target)).Tail(patient(t), &swarmlogv1.TailRequest{
		Swarm: swarm, Log: LogMain.Wire(), StopAtHead: true,
		Start: &swarmlogv1.TailRequest_AfterOpId{},
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []*swarmlogv1.Operation
	for {
		frame, err := tail.Recv()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, frame.GetDelivery().GetOperations()...)
	}
}

func textsOf(t testing.TB, target, swarm string) string {
	t.Helper()
	var texts []string
	for _, operation := range mainOf(t, target, swarm) {
		texts = append(texts, string(operation.GetPayload().GetData()))
	}
	return fmt.Sprint(texts)
}
