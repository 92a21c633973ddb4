"""The terminal itself: its keys, its modes, what it says of itself, what it may be sent."""
