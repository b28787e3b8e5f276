package session_test

import (
	"fmt"
	"strconv"
	"strings"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// How the transcripts of agents write things.
//
// Scopes are letters, A (for all) before B before C, all of `main`. Operations are "5" (nothing but an ID), "5:A" (an event),
// "5:A:x:a" (key x has the value a), "5:A:x:-" (key x is deleted). Positions are "main@7", of another epoch than 1
// "main@7/2".

func scopeNamed(letter string) naiveScope {
	if letter == "A" {
		return naiveScope{swarmlogv1.Topic_TOPIC_COMMANDS, 1, ""}
	}
	return naiveScope{swarmlogv1.Topic_TOPIC_COMMANDS, 2, letter}
}

func scopeMessages(letters string) []*swarmlogv1.Scope {
	var messages []*swarmlogv1.Scope
	for letter := range strings.SplitSeq(letters, ",") {
		if letter != "" {
			messages = append(messages, scopeNamed(letter).message())
		}
	}
	return messages
}

func letterOf(message *swarmlogv1.Scope) string {
	return orA(readScope(message.GetTopic(), message.GetTarget()).name)
}

func orA(name string) string {
	if name == "" {
		return "A"
	}
	return name
}

func payloadOf(value string) *swarmlogv1.Payload { return &swarmlogv1.Payload{Data: []byte(value)} }

func operationOf(text string) *swarmlogv1.Operation {
	parts := strings.Split(text, ":")
	opID := number(parts[0])
	if len(parts) == 1 {
		return &swarmlogv1.Operation{OpId: opID}
	}
	made := eventOf(opID, scopeNamed(parts[1]))
	if len(parts) > 2 {
		keyed(made, parts[2], parts[3])
	}
	return made
}

func eventOf(opID uint64, scope naiveScope) *swarmlogv1.Operation {
	return &swarmlogv1.Operation{
		OpId: opID, GroupFirst: opID, GroupLast: opID, Topic: scope.topic, Target: scope.target(),
		OperationClass: swarmlogv1.OperationClass_OPERATION_CLASS_EVENT,
		ValueDigest:    naiveValueDigest(payloadOf(fmt.Sprintf("event %d", opID))),
	}
}

// keyed makes it one on a key; the value "-" deletes it.
func keyed(made *swarmlogv1.Operation, key, value string) *swarmlogv1.Operation {
	made.OperationClass = swarmlogv1.OperationClass_OPERATION_CLASS_KEYED
	made.Key = key
	made.Tombstone = value == "-"
	made.ValueDigest = nil
	if !made.Tombstone {
		made.Payload = payloadOf(value)
		made.ValueDigest = naiveValueDigest(made.Payload)
	}
	return made
}

func textOf(of *swarmlogv1.Operation) string {
	letter := orA(naiveScopeOf(of).name)
	switch of.GetOperationClass() {
	case swarmlogv1.OperationClass_OPERATION_CLASS_KEYED:
		value := string(of.GetPayload().GetData())
		if of.GetTombstone() {
			value = "-"
		}
		return fmt.Sprintf("%d:%s:%s:%s", of.GetOpId(), letter, of.GetKey(), value)
	case swarmlogv1.OperationClass_OPERATION_CLASS_EVENT:
		return fmt.Sprintf("%d:%s", of.GetOpId(), letter)
	default:
		return fmt.Sprint(of.GetOpId())
	}
}

// listed writes as Java writes a list.
func listed[T any](of []T, text func(T) string) string {
	words := make([]string, len(of))
	for i, each := range of {
		words[i] = text(each)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

func same(text string) string { return text }

func logNamed(name string) names.Log {
	for _, log := range names.Logs {
		if log.String() == strings.ToLower(name) {
			return log
		}
	}
	panic("Expected a log, but got " + name)
}

func positionOf(text string) *swarmlogv1.Position {
	name, at, _ := strings.Cut(text, "@")
	opID, epoch, other := strings.Cut(at, "/")
	position := &swarmlogv1.Position{Log: logNamed(name).Wire(), Incarnation: 1, OpId: number(opID), Epoch: 1}
	if other {
		position.Epoch = number(epoch)
	}
	return position
}

func placeOf(at *swarmlogv1.Position) string {
	place := fmt.Sprintf("%v@%d", names.Log(at.GetLog()), at.GetOpId())
	if at.GetEpoch() > 1 {
		place += fmt.Sprintf("/%d", at.GetEpoch())
	}
	return place
}

// resumeText is the position, and behind it whatever else there is.
func resumeText(of *swarmlogv1.LogResume) string {
	parts := []string{placeOf(of.GetPosition())}
	if triple := of.GetTriple(); triple != nil {
		inexact := ""
		if !triple.GetExact() {
			inexact = " inexact"
		}
		parts = append(parts, fmt.Sprintf("in delta %d..%d..%d%s",
			triple.GetBaseOpId(), triple.GetCursorOpId(), triple.GetTargetOpId(), inexact))
	}
	if snapshot := of.GetSnapshot(); snapshot != nil {
		behind := ""
		if snapshot.GetScope() != nil {
			behind = fmt.Sprintf(" behind %s '%s'", letterOf(snapshot.GetScope()), snapshot.GetLastKey())
		}
		parts = append(parts, fmt.Sprintf("in snapshot of %s%s", placeOf(snapshot.GetPosition()), behind))
	}
	if len(of.GetScopes()) > 0 {
		letters := make([]string, len(of.GetScopes()))
		for i, scope := range of.GetScopes() {
			letters[i] = letterOf(scope)
		}
		parts = append(parts, "holds "+strings.Join(letters, ","))
	}
	if len(of.GetSums()) > 0 {
		parts = append(parts, sumsText(of.GetSums()))
	}
	return strings.Join(parts, ", ")
}

func sumsText(of []*swarmlogv1.ScopeSums) string {
	words := []string{"sums"}
	for _, each := range of {
		count := "?"
		if len(each.GetEventHash()) > 0 {
			count = fmt.Sprint(each.GetEventCount())
		}
		words = append(words, fmt.Sprintf("%s:%s:%s", letterOf(each.GetScope()), short(each.GetStateDigest()), count))
	}
	return strings.Join(words, " ")
}

// answerText is the query, and each part with the key it ends with, its keys, its digest.
func answerText(of *swarmlogv1.DigestReport) string {
	parts := make([]string, len(of.GetParts()))
	for i, part := range of.GetParts() {
		parts[i] = fmt.Sprintf("..'%s' %d %s", part.GetThroughKey(), part.GetKeyCount(), short(part.GetDigest()))
	}
	return fmt.Sprintf("query %d at %s: %s", of.GetQueryId(), placeOf(of.GetPosition()), strings.Join(parts, ", "))
}

func short(digest []byte) string {
	if len(digest) == 0 {
		return "?"
	}
	return fmt.Sprintf("%x", digest[:2])
}

func number(text string) uint64 {
	parsed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return parsed
}
