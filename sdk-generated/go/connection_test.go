package swarmlog

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"

	"swarmlog.dev/go/internal/names"
)

func TestRefusesWhatIsNoAddress(t *testing.T) {
	tests := map[string]string{
		"": "got nothing", "localhost": "has no port", "[::1]": "has no port", "localhost:": "no number from 1 to 65535",
		"localhost:0": "no number", "localhost:65536": "no number", "localhost:http": "no number", "localhost:-1": "no number",
		"localhost:+1": "no number", "localhost:\u0661": "no number", ":7400": "no name of a host",
		"local host:7400": "no name of a host", " localhost:7400": "no name of a host", "me@localhost:7400": "no name of a host",
		"localhost:7400 ": "no number", "localhost:7400/": "no number", "::1:7400": "in brackets",
		"http://localhost:7400": "a scheme in front", "dns:///localhost:7400": "a scheme in front",
		"//localhost:7400": "a scheme in front",
	}
	for target, want := range tests {
		_, err := NewConnection(target, ConnectionConfig{})
		expectText(t, err, want)
		expectText(t, err, `expected "host:port" of a coordinator, but `)
	}
}

func TestIsPlaintextToLoopbackOnly(t *testing.T) {
	tests := map[string]bool{
		"localhost:1": true, "127.0.0.1:7400": true, "127.9.9.9:7400": true, "[::1]:7400": true, "localhost.example.com:1": false,
		"127.example.com:1": false, "10.0.0.1:7400": false, "db:7400": false, "[::2]:7400": false, "[fe80::1%eth0]:7400": false,
	}
	for target, want := range tests {
		connection, err := NewConnection(target, ConnectionConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if got := names.IsLoopback(connection.Target()); got != want {
			t.Errorf("Expected %s to be of this machine alone: %v, but got %v", target, want, got)
		}
	}
}

func TestRefusesAConfigurationThatMakesNoConnection(t *testing.T) {
	_, err := NewConnection(nobody, ConnectionConfig{Keepalive: 1})
	expectText(t, err, "a keepalive of 10s or more")
	_, err = NewConnection(nobody, ConnectionConfig{MaxMessageBytes: -1})
	expectText(t, err, "at least 1 byte")
}

func TestSaysWhichFileCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	_, err := TLSFromFile(filepath.Join(folder, "missing.pem"))
	expectText(t, err, "missing.pem could not be read")
	text := filepath.Join(folder, "text.pem")
	if err := os.WriteFile(text, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = TLSFromFile(text)
	expectText(t, err, "there is none in "+text)
	_, err = MutualTLSFromFiles("a.pem", "a.key", filepath.Join(folder, "missing.pem"))
	expectText(t, err, "missing.pem could not be read")
}

func TestReplacesAChannelThatCouldNotConnect(t *testing.T) {
	connection, err := NewConnection(nobody, ConnectionConfig{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := connection.attempt()
	if err != nil {
		t.Fatal(err)
	}
	first.Connect()
	for state := first.GetState(); state != connectivity.TransientFailure; state = first.GetState() {
		if !first.WaitForStateChange(patient(t), state) {
			t.Fatal("Expected the channel to fail")
		}
	}
	second, err := connection.attempt()
	if err != nil || second == first || first.GetState() != connectivity.Shutdown {
		t.Errorf("Expected another channel, and the first to be closed, but got %v and %v", first.GetState(), err)
	}
	if third, _ := connection.attempt(); third != second {
		t.Error("Expected a channel that has not failed to stay")
	}
	if err := connection.Close(); err != nil {
		t.Error(err)
	}
	if _, err := connection.attempt(); !errors.Is(err, ErrClosed) {
		t.Errorf("Expected the connection to be closed, but got %v", err)
	}
}

func TestSpeaksTLSToWhoIsNotOnThisMachine(t *testing.T) {
	// What greets is not looked at: only whether it is TLS.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	began := make(chan []byte, 1)
	go func() {
		if accepted, err := listener.Accept(); err == nil {
			first := make([]byte, 3)
			_, _ = accepted.Read(first)
			began <- first
			_ = accepted.Close()
		}
	}()
	publisher, err := NewPublisher(PublisherConfig{Target: listener.Addr().String(), Security: TLS(), Swarm: "s", Name: "p"})
	if err != nil {
		t.Fatal(err)
	}
	submitted(t, publisher, command("a"))
	if first := <-began; string(first) != "\x16\x03\x01" {
		t.Errorf("Expected a handshake of TLS, but got %x", first)
	}
	closeNow(t, publisher)
	if strings.Contains(listener.Addr().String(), "[") {
		t.Error("Expected an address of IPv4")
	}
}

func TestSaysWhatDoesNotFitTogether(t *testing.T) {
	plain := grpc.NewServer()
	t.Cleanup(plain.Stop)
	tests := map[string]struct {
		serve    func(listener net.Listener)
		security Security
		want     string
	}{
		"TLS to plaintext": {
			func(listener net.Listener) { _ = plain.Serve(listener) }, TLS(), "has no TLS: is it a coordinator without? Then give Plaintext()",
		},
		"one that hangs up": {
			func(listener net.Listener) { answerAll(listener, "") }, Plaintext(), "the coordinator may want TLS",
		},
		"something else": {
			func(listener net.Listener) { answerAll(listener, "HTTP/1.1 400 Bad Request\r\n\r\n") }, Plaintext(), "look at the port",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			// given
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan struct{})
			go func() { defer close(served); test.serve(listener) }()
			disconnected := newNoted[error]()
			agent := agentOn(t, listener.Addr().String(), AgentConfig{
				Swarm: "s", Security: test.security,
				Listener: AgentListener{Disconnected: func(why *Error, _ time.Duration) { disconnected.add(why) }},
			})
			agent.HandleTopic(TopicCommands, func(context.Context, Operation) error { return nil })
			// when
			if err := agent.Start(patient(t)); err != nil {
				t.Fatal(err)
			}
			// then
			why := disconnected.untilCount(t, 1)[0]
			expectText(t, why, "Expected to reach the coordinator at "+listener.Addr().String())
			expectText(t, why, test.want)
			closeAgent(t, agent)
			_ = listener.Close()
			await(t, served)
		})
	}
}

// answerAll answers each connection of a listener, once something came, and closes it; it returns when the listener is closed.
func answerAll(listener net.Listener, answer string) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = connection.Read(make([]byte, 1<<10))
		_, _ = connection.Write([]byte(answer))
		_ = connection.Close()
	}
}
