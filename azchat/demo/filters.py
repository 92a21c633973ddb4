"""What Azure OpenAI says about the safety of a prompt and of an answer."""

_SAFE = {"filtered": False, "severity": "safe"}
FILTERS = {"hate": _SAFE, "self_harm": _SAFE, "sexual": _SAFE, "violence": _SAFE}
TRIPPED = {**FILTERS, "violence": {"filtered": True, "severity": "medium"}}
PROMPT_FILTERS = {**FILTERS, "jailbreak": {"filtered": False, "detected": False}}
