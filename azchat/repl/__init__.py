"""The interactive chat: a prompt, slash commands, and turns that are saved as they happen."""
