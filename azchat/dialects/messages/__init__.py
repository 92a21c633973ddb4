"""Anthropic's Messages API, as Foundry serves Claude with it, and servers of other makes.

What the model thought comes signed: it goes back to its maker alone, as it came, and only behind
what it came behind.
"""
