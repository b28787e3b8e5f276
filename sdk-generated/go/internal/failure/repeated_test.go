package failure

import (
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

func TestLogsOneOfEachCauseAMinute(t *testing.T) {
	var repeated Repeated
	now := time.Unix(0, 0)
	away := OfFailure(Local(codes.Unavailable, "away"))
	if leftOut, log := repeated.Count(away, now); leftOut != 0 || !log {
		t.Error("Expected the first to be logged")
	}
	for range 3 {
		if _, log := repeated.Count(away, now.Add(59*time.Second)); log {
			t.Error("Expected no other within a minute")
		}
	}
	if _, log := repeated.Count(OfFailure(LocalTerminal("no", errors.New("why"))), now); !log {
		t.Error("Expected another cause to be logged")
	}
	if leftOut, log := repeated.Count(away, now.Add(time.Minute)); leftOut != 3 || !log {
		t.Errorf("Expected 3 to be left out, but got %d", leftOut)
	}
	for i := range maxCauses {
		repeated.Count(i, now)
	}
	if len(repeated.causes) != maxCauses || len(repeated.order) != maxCauses {
		t.Errorf("Expected %d causes at most, but got %d", maxCauses, len(repeated.causes))
	}
	if leftOut, log := repeated.Count(away, now.Add(time.Minute)); leftOut != 0 || !log {
		t.Error("Expected the first cause to be forgotten")
	}
}
