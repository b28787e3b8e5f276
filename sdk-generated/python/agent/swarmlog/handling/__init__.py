"""How operations take effect: handlers, what happens when they fail, and what is recorded."""
