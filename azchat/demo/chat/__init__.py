"""The script in the words of Chat Completions, each path by its own rules."""
