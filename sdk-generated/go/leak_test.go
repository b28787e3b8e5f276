package swarmlog

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if a goroutine of a test is left.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
