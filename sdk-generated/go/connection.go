package swarmlog

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	ownbackoff "swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/names"
)

const (
	defaultKeepalive = 30 * time.Second
	// What gRPC allows.
	leastKeepalive   = 10 * time.Second
	keepaliveTimeout = 10 * time.Second
	// Fixed windows, as the window is the backpressure: gRPC's own would grow to 16 MiB.
	windowBytes = 1 << 20
)

// Security is how a connection is secured.
type Security struct {
	credentials credentials.TransportCredentials
}

// Plaintext is no security. The default for loopback targets; anywhere else it must be asked for.
func Plaintext() Security { return Security{insecure.NewCredentials()} }

// TLS trusts what the operating system trusts. The default for targets that are not loopback.
func TLS() Security { return SecurityOf(&tls.Config{MinVersion: tls.VersionTLS12}) }

// SecurityOf is TLS as the configuration says.
func SecurityOf(config *tls.Config) Security { return Security{credentials.NewTLS(config)} }

// TLSFromFile trusts the certificates of a PEM file only, which is read once, here.
func TLSFromFile(ca string) (Security, error) {
	config, err := trusting(ca)
	if err != nil {
		return Security{}, err
	}
	return SecurityOf(config), nil
}

// MutualTLSFromFiles is TLS with a certificate of the client's own. PEM files, read once, here: a chain, its key, and the
// certificates to trust.
func MutualTLSFromFiles(certificate, key, ca string) (Security, error) {
	config, err := trusting(ca)
	if err != nil {
		return Security{}, err
	}
	own, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return Security{}, fmt.Errorf("expected a certificate at %s and its key at %s, but they could not be read: "+
			"check paths, permissions and contents: %w", certificate, key, err)
	}
	config.Certificates = []tls.Certificate{own}
	return SecurityOf(config), nil
}

func trusting(ca string) (*tls.Config, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("expected a PEM file, but %s could not be read: check path and permissions: %w", ca, err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("expected a PEM file with certificates, but there is none in %s: check the path", ca)
	}
	return &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}, nil
}

// ConnectionConfig says how a connection is made. The zero value has the defaults.
type ConnectionConfig struct {
	// Security of the connection; by default plaintext to loopback, and TLS to anywhere else.
	Security Security
	// Keepalive is the silence after which the coordinator is pinged: at least 10 s, 30 s by default. Without an answer for
	// 10 s the connection is lost.
	Keepalive time.Duration
	// MaxMessageBytes is how large a message may be that comes in, 64 MiB by default; larger ones end the stream. A delivery
	// may be as large as the largest group.
	MaxMessageBytes int
	// Random is where jitter comes from, such as a *rand.Rand of math/rand/v2, for tests. Called under a lock.
	Random interface{ Int64N(n int64) int64 }
}

// Connection is one connection to a coordinator. Safe for concurrent use.
//
// The norm is one per agent, made by the agent itself and shared with its publisher. Make one to share it between agents
// of a process. It connects when it is first used.
type Connection struct {
	target  string
	options []grpc.DialOption
	random  lockedRandom

	mu      sync.Mutex
	channel *grpc.ClientConn
	closed  bool
}

// NewConnection makes a connection to target, "host:port", with an IPv6 address in brackets. An error, if nothing could
// ever be reached there, or something of the configuration is out of its bounds.
func NewConnection(target string, config ConnectionConfig) (*Connection, error) {
	if err := names.CheckAddress(target); err != nil {
		return nil, err
	}
	config.Keepalive = cmp.Or(config.Keepalive, defaultKeepalive)
	config.MaxMessageBytes = cmp.Or(config.MaxMessageBytes, swarmlogv1.SessionMaxMessageBytes)
	if config.Keepalive < leastKeepalive {
		return nil, fmt.Errorf("expected a keepalive of %v or more, but got %v", leastKeepalive, config.Keepalive)
	}
	if config.MaxMessageBytes < 1 {
		return nil, fmt.Errorf("expected room for messages of at least 1 byte, but got %d", config.MaxMessageBytes)
	}
	if config.Security.credentials == nil {
		config.Security = TLS()
		if names.IsLoopback(target) {
			config.Security = Plaintext()
		}
	}
	if config.Random == nil {
		config.Random = globalRandom{}
	}
	c := &Connection{target: target, options: dialOptions(target, config)}
	c.random.source = config.Random
	return c, nil
}

// connectionOf returns the connection that a client was given, or one of its own.
func connectionOf(given *Connection, target string, security Security) (connection *Connection, owns bool, err error) {
	if given == nil {
		connection, err = NewConnection(target, ConnectionConfig{Security: security})
		return connection, true, err
	}
	if target != "" || security.credentials != nil {
		return nil, false, errors.New("expected Target and Security to be set where the connection is made, but a Connection " +
			"is given, too")
	}
	return given, false, nil
}

// Target returns the address the connection was made with.
func (c *Connection) Target() string { return c.target }

// Close closes the connection. Close what uses it first.
func (c *Connection) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.channel == nil {
		return nil
	}
	open := c.channel
	c.channel = nil
	return open.Close()
}

// attempt returns a channel that connects at once where it is not connected; an error if the connection was closed.
//
// Our own backoff decides when to try: that of a channel that could not connect must not add to it, so such a channel is
// replaced.
func (c *Connection) attempt() (*grpc.ClientConn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, closedError("the connection")
	}
	if c.channel != nil && c.channel.GetState() == connectivity.TransientFailure {
		_ = c.channel.Close()
		c.channel = nil
	}
	if c.channel == nil {
		// Not resolved by gRPC: net.Dialer tries all addresses of the name, at each attempt anew.
		made, err := grpc.NewClient("passthrough:///"+c.target, c.options...)
		if err != nil {
			return nil, fmt.Errorf("expected a connection to %s: %w", c.target, err)
		}
		c.channel = made
	}
	return c.channel, nil
}

// lost returns when what is connected now is lost, at once if it is lost already, or when ctx is done.
func (c *Connection) lost(ctx context.Context) {
	c.mu.Lock()
	channel := c.channel
	c.mu.Unlock()
	if channel == nil {
		return
	}
	for channel.GetState() == connectivity.Ready && channel.WaitForStateChange(ctx, connectivity.Ready) {
	}
}

func dialOptions(target string, config ConnectionConfig) []grpc.DialOption {
	never := backoff.Config{BaseDelay: ownbackoff.LastCeiling, Multiplier: 1, MaxDelay: 2 * ownbackoff.LastCeiling}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(config.Security.credentials),
		grpc.WithUserAgent("swarmlog-go/" + Version()),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(config.MaxMessageBytes),
			// The coordinator says how much it takes.
			grpc.MaxCallSendMsgSize(math.MaxInt32),
		),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: config.Keepalive, Timeout: keepaliveTimeout}),
		grpc.WithStaticStreamWindowSize(windowBytes),
		grpc.WithStaticConnWindowSize(windowBytes),
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		// gRPC does not try again before ours are due: see attempt.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: never, MinConnectTimeout: swarmlogv1.SessionHandshakeTimeoutMs * time.Millisecond,
		}),
		// A channel that is not used for long is not a reason to connect anew.
		grpc.WithIdleTimeout(0),
	}
	if names.IsLoopback(target) {
		// A proxy that the environment names has another loopback.
		options = append(options, grpc.WithNoProxy())
	}
	return options
}

// lockedRandom is shared by the machines of a connection's agents and publishers.
type lockedRandom struct {
	mu     sync.Mutex
	source ownbackoff.Randomness
}

func (r *lockedRandom) Int64N(n int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Int64N(n)
}

type globalRandom struct{}

func (globalRandom) Int64N(n int64) int64 { return rand.Int64N(n) }
