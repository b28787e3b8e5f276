package swarmlog

import (
	"fmt"
	"io"
	"testing"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// mainOf returns what lies in main, oldest first.
func mainOf(t testing.TB, target, swarm string) []*swarmlogv1.Operation {
	t.Helper()
	connection, err := NewConnection(target, ConnectionConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	channel, err := connection.attempt()
	if err != nil {
		t.Fatal(err)
	}
	tail, err := swarmlogv1.NewObservationServiceClient(channel).Tail(patient(t), &swarmlogv1.TailRequest{
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
