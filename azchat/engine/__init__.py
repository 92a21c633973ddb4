"""The engine: turns over a conversation, tries, what is known while one runs, and its seam."""
