"""Chat Completions, as OpenAI, Azure and compatible servers speak it."""
