"""The Responses API of OpenAI and Azure, stateless: nothing of a conversation stays at the service.

A stored response cannot be found for seconds after it streamed (Azure), and its items go stale; so
each request has the whole list, and what the model thought comes encrypted, for it alone to read.
"""

from azchat.dialects.asked import Dialect
from azchat.dialects.responses.request import encode


def _place_of_thinking(stream: bytes) -> str:
    places = {b"response.reasoning_summary_text": "a summary", b"response.reasoning_text": "text"}
    return next((words for event, words in places.items() if event in stream), "")


DIALECT = Dialect("responses", "the Responses API", encode, _place_of_thinking)
