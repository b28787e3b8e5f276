package swarmlogtest_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/swarmlogtest"
)

func TestKeepsPortAndDataOverRestartAndKill(t *testing.T) {
	coordinator := swarmlogtest.Start(t, "--shards=1")
	target, swarm := coordinator.Target(), swarmlogtest.Swarm(t)
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	administration := swarmlogv1.NewAdministrationServiceClient(connection)
	ctx := context.Background()
	if _, err := administration.CreateSwarm(ctx, &swarmlogv1.CreateSwarmRequest{Name: swarm}); err != nil {
		t.Fatal(err)
	}
	again := map[string]func() error{"Restart": coordinator.Restart, "Kill": func() error {
		if err := coordinator.Kill(); err != nil {
			return err
		}
		return coordinator.Start()
	}}
	for name, do := range again {
		if err := do(); err != nil {
			t.Fatalf("Expected %s to work: %v", name, err)
		}
		answer, err := administration.ListSwarms(ctx, &swarmlogv1.ListSwarmsRequest{}, grpc.WaitForReady(true))
		if err != nil {
			t.Fatal(err)
		}
		if coordinator.Target() != target || len(answer.GetSwarms()) != 1 || answer.GetSwarms()[0].GetName() != swarm {
			t.Errorf("Expected %s to keep port and data, but got %s and %v", name, coordinator.Target(), answer)
		}
	}
}
