// Command list-swarms prints the names of the swarms of a coordinator: the least that shows that the generated client
// works. It takes the coordinator's address, such as localhost:7400.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("Expected HOST:PORT of a coordinator.")
	}
	connection, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), swarmlogv1.SessionHandshakeTimeoutMs*time.Millisecond)
	defer cancel()
	answer, err := swarmlogv1.NewAdministrationServiceClient(connection).ListSwarms(ctx, &swarmlogv1.ListSwarmsRequest{})
	if err != nil {
		log.Fatal(err)
	}
	for _, swarm := range answer.GetSwarms() {
		fmt.Println(swarm.GetName())
	}
}
