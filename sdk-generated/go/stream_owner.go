package swarmlog

import "time"

// streamOwner is what the owner of a state machine has of its streams and its timer. Guarded by its turns.
type streamOwner struct {
	turns
	// The one that is open; nil if there is none.
	stream openStream
	// Of each stream that may not be over.
	streams []<-chan struct{}
	timer   *time.Timer
	// Counts timers, so that one that comes late is known.
	started int
}

// openStream is a stream.Stream, whatever its frames are.
type openStream interface {
	Wake()
	EndGently()
	Closed() <-chan struct{}
}

// opened takes a stream over, which is kept until it is over.
func (o *streamOwner) opened(stream openStream) {
	o.stream = stream
	var open []<-chan struct{}
	for _, each := range o.streams {
		select {
		case <-each:
		default:
			open = append(open, each)
		}
	}
	o.streams = append(open, stream.Closed())
}

// wake asks for frames to be written.
func (o *streamOwner) wake() {
	if o.stream != nil {
		o.stream.Wake()
	}
}

// EndStream ends the stream; nothing of it comes in any more.
func (o *streamOwner) EndStream() {
	if o.stream != nil {
		o.stream.EndGently()
		o.stream = nil
	}
}

// startTimer has something done after a delay, in a turn of its own; it replaces an earlier one.
func (o *streamOwner) startTimer(delay time.Duration, do func()) {
	o.stopTimer()
	started := o.started
	o.timer = time.AfterFunc(delay, func() {
		o.Lock()
		defer o.Unlock()
		if o.started == started {
			do()
			o.wake()
		}
	})
}

func (o *streamOwner) stopTimer() {
	o.started++
	if o.timer != nil {
		o.timer.Stop()
	}
}

// awaitStreams returns when all streams are over. Not to be called in a turn.
func (o *streamOwner) awaitStreams() {
	o.Lock()
	streams := o.streams
	o.Unlock()
	for _, closed := range streams {
		<-closed
	}
}
