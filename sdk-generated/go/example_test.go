package swarmlog_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"swarmlog.dev/go"
	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

func ExampleEvent() {
	greeting := swarmlog.Event(swarmlog.TopicCommands, swarmlog.Text("hello.Greeting", "Hello, swarm"))
	forOne := greeting.ForAgent("agent-1").ExpiringIn(time.Minute)
	fmt.Println(forOne.Topic(), forOne.Log(), forOne.Err())
	// Output: commands main <nil>
}

func ExamplePublication_Err() {
	nameless := swarmlog.Event(swarmlog.TopicCommands, swarmlog.JSON("acme.Result", 7)).ForRole("")
	fmt.Println(nameless.Err())
	// Output: expected the name of a role, but got nothing
}

func ExampleProtobuf() {
	payload := swarmlog.Protobuf(&swarmlogv1.Position{OpId: 3})
	var position swarmlogv1.Position
	err := payload.Unmarshal(&position)
	fmt.Println(payload.Type, position.GetOpId(), err)
	// Output: swarmlog.v1.Position 3 <nil>
}

func ExampleJSON() {
	type route struct{ Km int }
	payload := swarmlog.JSON("hello.Route", route{12})
	var read route
	err := payload.JSON(&read)
	fmt.Println(payload, read.Km, err)
	// Output: hello.Route {"Km":12} 12 <nil>
}

func ExampleNewAgent() {
	agent, err := swarmlog.NewAgent(swarmlog.AgentConfig{Target: "localhost:7400", Swarm: "hello", Name: "agent-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	agent.Handle(swarmlog.TopicCommands, "hello.Greeting", func(_ context.Context, operation swarmlog.Operation) error {
		fmt.Println(operation.Text())
		return nil
	})
	fmt.Println(agent.State(), agent.Close())
	// Output: waiting <nil>
}

func ExampleNewPublisher() {
	publisher, err := swarmlog.NewPublisher(swarmlog.PublisherConfig{
		Target: "localhost:7400", Swarm: "hello", Name: "planner", Overflow: swarmlog.OverflowWait,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = publisher.Close()
	_, closed := publisher.Publish(context.Background(), swarmlog.Deletion(swarmlog.TopicReconciliation, "south"))
	fmt.Println(err, errors.Is(closed, swarmlog.ErrClosed))
	// Output: <nil> true
}

func ExampleError() {
	_, err := swarmlog.NewAgent(swarmlog.AgentConfig{Target: "localhost", Swarm: "hello", Name: "agent-1"})
	var answered *swarmlog.Error
	if errors.As(err, &answered) {
		fmt.Println(answered.Reason, answered.Action)
	}
	fmt.Println(err)
	// Output: expected "host:port" of a coordinator, but "localhost" has no port: give "localhost:7400", for example
}

func ExampleMemoryCursorStore() {
	var store swarmlog.MemoryCursorStore
	ctx := context.Background()
	cursor, _ := store.Load(ctx)
	position := &swarmlogv1.Position{Log: swarmlog.LogMain.Wire(), OpId: 12}
	_ = store.Save(ctx, cursor.WithPosition(position), nil)
	cursor, _ = store.Load(ctx)
	fmt.Println(cursor)
	// Output: main=12 term=0
}
