"""What an agent decides, and nothing that it does.

Frames, timers, ends of streams and finished steps come in as calls, what is to be done goes out to
an `Output`. No module in here reads a clock, opens a file or a socket, starts a thread or draws a
random number by itself; none is safe to be called by two threads at a time.
"""
