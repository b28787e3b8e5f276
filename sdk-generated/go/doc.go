// Package swarmlog follows a swarm's log, and appends to it.
//
// An [Agent] applies every operation of its view in order, at least once or, with an [EffectStore], exactly once; it keeps its
// cursor in a [CursorStore], proves that it holds what it should hold, and reconnects for ever. A [Publisher] publishes each
// [Publication] once and in order, across broken streams and restarts of the coordinator. A [Connection] is made by each of
// them, or shared.
//
// Errors of the coordinator, and of the way to it, are an [*Error]; what it is, errors.Is tells with [ErrRetryable],
// [ErrTerminal], [ErrOutcomeUnknown], [ErrQueueFull] and [ErrClosed].
//
// No goroutine is left when an agent, a publisher and a connection are closed. The messages of the contract are those of
// package swarmlogv1, in gen/swarmlog/v1.
package swarmlog
