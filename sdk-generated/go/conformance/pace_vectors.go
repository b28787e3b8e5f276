package main

import (
	"encoding/hex"
	"fmt"
	"math"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"

	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/publishing"
	"swarmlog.dev/go/internal/session"
)

// fraction is randomness that can be foretold: always the same part of the range.
type fraction float64

// Int64N returns that part of the range.
func (f fraction) Int64N(n int64) int64 { return int64(math.Floor(float64(f) * float64(n))) }

type paceStep struct {
	Do     string
	AtNs   number
	ToldNs number
	Groups int
	Count  int
}

func backoffVector(vector struct {
	Fraction fraction
	Steps    []paceStep
}) ([]time.Duration, error) {
	tested := backoff.New(vector.Fraction)
	delays := []time.Duration{}
	for _, step := range vector.Steps {
		at, told := time.Unix(0, int64(step.AtNs)), time.Duration(step.ToldNs)
		switch step.Do {
		case "worked":
			tested.Succeeded(at)
		case "reset":
			tested.Reset()
		case "delay":
			delays = append(delays, tested.Next(at, told))
		case "delayAfterLoss":
			delays = append(delays, tested.AfterLoss(at, told))
		case "longDelay":
			delays = append(delays, tested.Long(at, told))
		case "anyDelay":
			delays = append(delays, tested.Any())
		default:
			return nil, unknownStep(step.Do)
		}
	}
	return delays, nil
}

func toldDelayVector(vector struct {
	Fraction  fraction
	StatusHex string
}) (map[string]any, error) {
	why, err := failureOf(vector.StatusHex)
	if err != nil {
		return nil, err
	}
	told := why.WaitTold()
	if told == 0 {
		return map[string]any{"delayNs": nil}, nil
	}
	return map[string]any{"delayNs": backoff.New(vector.Fraction).Told(told)}, nil
}

func retryBudgetVector(vector struct {
	Of    string
	Steps []struct{ Succeeded, Take int }
}) ([]int, error) {
	var budget *backoff.Budget
	switch vector.Of {
	case "handler":
		budget = backoff.OfHandlers()
	case "publisher":
		budget = backoff.OfProducers()
	default:
		return nil, fmt.Errorf("expected a budget of handler or publisher, but got %q", vector.Of)
	}
	granted := []int{}
	for _, step := range vector.Steps {
		if step.Succeeded > 0 {
			budget.Succeeded(step.Succeeded)
			continue
		}
		taken := 0
		for range step.Take {
			if budget.Take() {
				taken++
			}
		}
		granted = append(granted, taken)
	}
	return granted, nil
}

func handlerBreakerVector(vector struct {
	Fraction fraction
	Steps    []paceStep
}) ([]any, error) {
	breaker := session.NewHandlerBreaker(backoff.New(vector.Fraction))
	after := []any{}
	for _, step := range vector.Steps {
		switch step.Do {
		case "applied":
			breaker.Applied(step.Count)
		case "failed":
			for range step.Count {
				breaker.Failed()
			}
		case "probe":
			breaker.Probe()
		case "wait":
			after = append(after, breaker.Wait())
			continue
		default:
			return nil, unknownStep(step.Do)
		}
		after = append(after, breaker.IsOpen())
	}
	return after, nil
}

func clockFilterVector(vector struct {
	Samples []struct{ AgentSentUnixNano, ReceivedUnixNano, SentUnixNano, AgentReceivedUnixNano number }
}) (map[string]string, error) {
	var clocks session.ClockFilter
	for _, sample := range vector.Samples {
		clocks.Sample(int64(sample.AgentSentUnixNano), int64(sample.ReceivedUnixNano), int64(sample.SentUnixNano),
			int64(sample.AgentReceivedUnixNano))
	}
	clock, known := clocks.Offset()
	if !known {
		return nil, nil
	}
	return map[string]string{
		"offsetNs": fmt.Sprint(int64(clock.Offset)), "uncertaintyNs": fmt.Sprint(int64(clock.Uncertainty)),
	}, nil
}

func sendWindowVector(vector struct{ Steps []paceStep }) ([]int, error) {
	window := publishing.NewSendWindow()
	allowed := []int{}
	for _, step := range vector.Steps {
		switch step.Do {
		case "open":
			window.Open(step.Groups)
		case "shrink":
			window.Shrink()
		case "grow":
			window.Grow()
		default:
			return nil, unknownStep(step.Do)
		}
		inFlight := 0
		for window.HasRoom(inFlight) {
			inFlight++
		}
		allowed = append(allowed, inFlight)
	}
	return allowed, nil
}

func failureOf(statusHex string) (failure.Failure, error) {
	content, err := hex.DecodeString(statusHex)
	if err != nil {
		return failure.Failure{}, fmt.Errorf("expected a status in hex: %w", err)
	}
	var status spb.Status
	if err := proto.Unmarshal(content, &status); err != nil {
		return failure.Failure{}, fmt.Errorf("expected a status: %w", err)
	}
	return failure.OfStatus(&status), nil
}
