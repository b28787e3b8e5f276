package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
)

type place struct{ Incarnation, Epoch, OpID number }

func (p place) position() *swarmlogv1.Position {
	return &swarmlogv1.Position{
		Incarnation: uint64(p.Incarnation), Epoch: uint64(p.Epoch), Log: names.Main.Wire(), OpId: uint64(p.OpID),
	}
}

// dedupeVector: which operations of deliveries are new, and what does not follow.
func dedupeVector(vector struct {
	Position   place
	Target     *number
	Deliveries []struct {
		FromOpID number
		To       place
		OpIDs    []number
	}
}) (map[string]any, error) {
	stands := vector.Position.position()
	plan := &swarmlogv1.LogPlan{Plan: swarmlogv1.Plan_PLAN_CURRENT}
	if vector.Target != nil {
		target := proto.CloneOf(stands)
		target.OpId = uint64(*vector.Target)
		plan = &swarmlogv1.LogPlan{
			Plan: swarmlogv1.Plan_PLAN_DELTA, Start: stands, BaseOpId: stands.GetOpId(), Target: target,
		}
	}
	probed, err := newProbedSession(stands, plan, vector.Target != nil)
	if err != nil {
		return nil, err
	}
	ignoredBefore := probed.session.Ignored(names.Main)
	for _, fields := range vector.Deliveries {
		delivery := &swarmlogv1.Delivery{FromOpId: uint64(fields.FromOpID), To: fields.To.position()}
		for _, opID := range fields.OpIDs {
			delivery.Operations = append(delivery.Operations, eventAt(uint64(opID)))
		}
		probed.data(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Delivery{Delivery: delivery}})
	}
	return map[string]any{
		"applied": opIDsOf(probed.applied),
		"ignored": probed.session.Ignored(names.Main) - ignoredBefore,
		"fits":    probed.session.OutOfOrder(names.Main) == 0,
		"opId":    strconv.FormatUint(probed.readUpTo(), 10),
	}, nil
}

// unknownVector: what is done with what a later version may send.
func unknownVector(vector struct {
	Stream    string
	FramesHex []string
}) (map[string]any, error) {
	start := &swarmlogv1.Position{
		Incarnation: 0x0FEDCBA987654321, Epoch: 0x0123456789ABCDEF, Log: names.Main.Wire(), OpId: 10,
	}
	probed, err := newProbedSession(start, &swarmlogv1.LogPlan{}, false)
	if err != nil {
		return nil, err
	}
	for _, text := range vector.FramesHex {
		frame, err := hex.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("expected a frame in hex: %w", err)
		}
		if vector.Stream == "control" {
			var control swarmlogv1.ControlResponse
			err = proto.Unmarshal(frame, &control)
			probed.control(&control)
		} else {
			var data swarmlogv1.DataResponse
			err = proto.Unmarshal(frame, &data)
			probed.data(&data)
		}
		if err != nil {
			return nil, fmt.Errorf("expected a frame: %w", err)
		}
	}
	return map[string]any{
		"handled": opIDsOf(probed.handled),
		"opId":    strconv.FormatUint(probed.readUpTo(), 10),
		"ends":    probed.hasEnded,
	}, nil
}

type applyingStep struct {
	Content string
	Keyed   bool
	To      json.RawMessage
}

// resumeVector: what Hello says of one log.
func resumeVector(vector struct {
	Log       string
	Stored    json.RawMessage
	LacksKeys bool
	Applying  *applyingStep
}) (json.RawMessage, error) {
	log := names.Log(swarmlogv1.Log_value[vector.Log])
	var stored *swarmlogv1.LogResume
	if isGiven(vector.Stored) {
		stored = &swarmlogv1.LogResume{}
		if err := protojson.Unmarshal(vector.Stored, stored); err != nil {
			return nil, fmt.Errorf("expected a stored LogResume: %w", err)
		}
	}
	point := session.NewResumePoint(log, stored, vector.LacksKeys)
	applying, err := vector.Applying.step(log)
	if err != nil {
		return nil, err
	}
	said := point.Present(applying)
	if said == nil {
		return json.RawMessage("null"), nil
	}
	return protojson.Marshal(said)
}

func (a *applyingStep) step(log names.Log) (*session.Step, error) {
	if a == nil {
		return nil, nil
	}
	var to swarmlogv1.Position
	if err := protojson.Unmarshal(a.To, &to); err != nil {
		return nil, fmt.Errorf("expected a Position: %w", err)
	}
	step := &session.Step{Log: log, Resume: &swarmlogv1.LogResume{Position: &to}}
	switch a.Content {
	case "delivery":
		operation := eventAt(to.GetOpId())
		if a.Keyed {
			operation.OperationClass = swarmlogv1.OperationClass_OPERATION_CLASS_KEYED
			operation.Key = "k"
		}
		step.Content = session.Delivered{Operations: []*swarmlogv1.Operation{operation}}
	case "page":
		step.Content = session.Paged{Page: &swarmlogv1.SnapshotPage{}}
	case "repair":
		step.Content = session.Repaired{Repair: &swarmlogv1.Repair{}}
	default:
		return nil, fmt.Errorf("expected content of delivery, page or repair, but got %q", a.Content)
	}
	return step, nil
}

func isGiven(field json.RawMessage) bool {
	return len(field) > 0 && strings.TrimSpace(string(field)) != "null"
}

func eventAt(opID uint64) *swarmlogv1.Operation {
	scope := names.Scope{Topic: names.TopicCommands}
	return &swarmlogv1.Operation{
		OpId: opID, Topic: scope.Topic.Wire(), Target: scope.Target(),
		OperationClass: swarmlogv1.OperationClass_OPERATION_CLASS_EVENT, ValueDigest: make([]byte, session.DigestBytes),
	}
}

func opIDsOf(operations []*swarmlogv1.Operation) []string {
	opIDs := []string{}
	for _, operation := range operations {
		opIDs = append(opIDs, strconv.FormatUint(operation.GetOpId(), 10))
	}
	return opIDs
}
