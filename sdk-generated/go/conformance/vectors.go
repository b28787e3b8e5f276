package main

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// kinds are what vectors ask for, computed by what agents and publishers are made of. What goes in and comes out,
// conformance/vectors/README.md says.
var kinds = map[string]func(input []byte) ([]byte, error){
	"state-digest":    computing(stateDigestVector),
	"digest-parts":    computing(digestPartsVector),
	"receipt":         computing(receiptVector),
	"utf8-order":      computing(utf8OrderVector),
	"handler-breaker": computing(handlerBreakerVector),
	"clock-filter":    computing(clockFilterVector),
	"dedupe":          computing(dedupeVector),
	"resume":          computing(resumeVector),
	"unknown":         computing(unknownVector),
	"backoff":         computing(backoffVector),
	"told-delay":      computing(toldDelayVector),
	"retry-budget":    computing(retryBudgetVector),
	"send-window":     computing(sendWindowVector),
	"errors":          computing(errorsVector),
	"traceparent":     computing(traceparentVector),
	"int64":           computing(int64Vector),
}

// computing reads the input of a vector, and writes what is computed of it.
func computing[I, O any](compute func(I) (O, error)) func([]byte) ([]byte, error) {
	return func(input []byte) ([]byte, error) {
		var read I
		if err := json.Unmarshal(input, &read); err != nil {
			return nil, fmt.Errorf("expected the input of a vector: %w", err)
		}
		computed, err := compute(read)
		if err != nil {
			return nil, err
		}
		return json.Marshal(computed)
	}
}

// number is a number, or a text that is one where it may be larger than 2^53.
type number uint64

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		text = string(data)
	}
	read, err := strconv.ParseUint(text, 10, 64)
	*n = number(read)
	return err
}

func unknownStep(do string) error {
	return fmt.Errorf("expected a step of a known kind, but got %q", do)
}
