package names

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

const (
	addressExample = `give "localhost:7400", for example`
	maxPort        = 65_535
)

var (
	hostName = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+(%[\w.~-]+)?\]|[\w.-]+)$`)
	scheme   = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*:)?//`)
	digits   = regexp.MustCompile(`^[0-9]+$`)
)

// CheckAddress returns an error if given is no "host:port" of a coordinator: what never connects would be tried for ever.
// An IPv6 address stands in brackets.
func CheckAddress(given string) error {
	if given == "" {
		return notAnAddress("got nothing")
	}
	if scheme.MatchString(given) {
		return notAnAddress("%q has a scheme in front: leave that out", given)
	}
	colon := strings.LastIndexByte(given, ':')
	if colon < 0 || strings.HasSuffix(given, "]") {
		return notAnAddress("%q has no port: %s", given, addressExample)
	}
	host, port := given[:colon], given[colon+1:]
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		return notAnAddress("%q has more than one colon: put an IPv6 address in brackets", given)
	}
	number, err := strconv.Atoi(port)
	if err != nil || !digits.MatchString(port) || number < 1 || number > maxPort {
		return notAnAddress("the port of %q is no number from 1 to %d: %s", given, maxPort, addressExample)
	}
	if !hostName.MatchString(host) {
		return notAnAddress("%q is no name of a host: %s", host, addressExample)
	}
	return nil
}

// IsLoopback says whether the address is of this machine alone.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func notAnAddress(why string, args ...any) error {
	return fmt.Errorf(`expected "host:port" of a coordinator, but `+why, args...)
}
