// Package session is what an agent decides, and nothing that it does.
//
// Frames, timers, ends of streams and finished steps come in as calls, what is to be done goes out to an [Output]. Nothing
// in here reads a clock, opens a file or a socket, starts a goroutine or draws a random number by itself; nothing is safe
// for two goroutines at a time.
package session
