"""The Responses API of OpenAI and Azure, stateless: nothing of a conversation stays at the service.

A stored response cannot be found for seconds after it streamed (Azure), and its items go stale; so
each request has the whole list, and what the model thought comes encrypted, for it alone to read.
"""
