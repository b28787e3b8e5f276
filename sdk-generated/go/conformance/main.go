// Command conformance is the Go SDK as the conformance suite drives it: it reads requests from standard input and answers
// on standard output, see testee.proto, until its input ends. Built by ../check, run by ./testee.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	// Whatever anybody prints must not come between the messages.
	out := os.Stdout
	os.Stdout = os.Stderr
	suite := newSuite(out)
	testee := newTestee(suite)
	if err := readRequests(bufio.NewReader(os.Stdin), testee.take); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	suite.flush()
	// Agents that the suite has not stopped end as by a crash.
}
