package main

import (
	"fmt"

	"swarmlog.dev/go/conformance/testeepb"
)

// testee does what the suite asks for. One request at a time begins; what may wait goes on beside.
type testee struct {
	suite     *suite
	publisher *testedPublisher
	agents    map[uint32]*testedAgent
}

func newTestee(suite *suite) *testee { return &testee{suite: suite, agents: map[uint32]*testedAgent{}} }

// take does what is asked for; the suite is told what goes wrong.
func (t *testee) take(request *testeepb.Request) {
	id := request.GetId()
	switch of := request.GetRequest().(type) {
	case *testeepb.Request_Describe:
		t.suite.send(&testeepb.Response{Id: id, Response: &testeepb.Response_Description{Description: description()}})
	case *testeepb.Request_HandleReply:
		if err := t.suite.reply(id, of.HandleReply); err != nil {
			t.suite.problem(id, err)
		}
	case *testeepb.Request_StartAgent:
		t.suite.answer(id, t.startAgent(of.StartAgent))
	case *testeepb.Request_StopAgent:
		t.stopAgent(id, of.StopAgent.GetAgent())
	case *testeepb.Request_StartPublisher:
		t.suite.answer(id, t.startPublisher(of.StartPublisher))
	case *testeepb.Request_Publish:
		t.publish(id, of.Publish)
	case *testeepb.Request_StopPublisher:
		t.stopPublisher(id, of.StopPublisher)
	case *testeepb.Request_Vector:
		t.compute(id, of.Vector)
	default:
		t.suite.unsupported(id, "Expected a request that this testee knows, but got another")
	}
}

func (t *testee) startAgent(settings *testeepb.StartAgent) error {
	number := settings.GetAgent()
	if t.agents[number] != nil {
		return fmt.Errorf("expected agent %d to be a new one, but it is running", number)
	}
	made, err := newTestedAgent(settings, t.suite)
	if err == nil {
		err = made.start()
	}
	if err == nil {
		t.agents[number] = made
	}
	return err
}

func (t *testee) stopAgent(id, number uint32) {
	stopped := t.agents[number]
	if stopped == nil {
		t.suite.problem(id, fmt.Errorf("expected agent %d to be running, but it is not", number))
		return
	}
	delete(t.agents, number)
	go func() { t.suite.answer(id, stopped.close()) }()
}

func (t *testee) startPublisher(settings *testeepb.StartPublisher) error {
	if t.publisher != nil {
		return fmt.Errorf("expected one publisher at a time, but one is started")
	}
	made, err := newTestedPublisher(settings, t.suite)
	t.publisher = made
	return err
}

func (t *testee) publish(id uint32, publish *testeepb.Publish) {
	if t.publisher == nil {
		t.suite.problem(id, errNoPublisher)
		return
	}
	// In the order of the requests, so here.
	t.publisher.publish(id, publish)
}

func (t *testee) stopPublisher(id uint32, stop *testeepb.StopPublisher) {
	if t.publisher == nil {
		t.suite.problem(id, errNoPublisher)
		return
	}
	stopped := t.publisher
	t.publisher = nil
	go func() { t.suite.answer(id, stopped.close(stop.GetWaitMs())) }()
}

func (t *testee) compute(id uint32, vector *testeepb.Vector) {
	kind, known := kinds[vector.GetKind()]
	if !known {
		t.suite.unsupported(id, "Expected a known kind of vector, but got "+vector.GetKind())
		return
	}
	computed, err := kind([]byte(vector.GetInputJson()))
	if err != nil {
		t.suite.problem(id, err)
		return
	}
	answer := &testeepb.VectorAnswer{OutputJson: string(computed)}
	t.suite.send(&testeepb.Response{Id: id, Response: &testeepb.Response_Vector{Vector: answer}})
}

func description() *testeepb.Description {
	described := &testeepb.Description{Language: "go", Sdk: "swarmlog-go"}
	for feature := testeepb.Feature_FEATURE_CURSOR_ON_DISK; testeepb.Feature_name[int32(feature)] != ""; feature++ {
		described.Features = append(described.Features, feature)
	}
	return described
}
