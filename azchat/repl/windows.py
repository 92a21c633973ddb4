"""How much a model can take in, where that is known. As of November 2026; names by prefix."""

_WINDOWS = {  # tokens of prompt and answer together
    "gpt-5": 400_000,
    "gpt-4.1": 1_047_576,
    "gpt-4o": 128_000,
    "gpt-oss": 131_072,
    "o1": 200_000,
    "o3": 200_000,
    "o4": 200_000,
    "deepseek": 128_000,
    "mai-ds-r1": 163_840,
    "phi-4": 32_768,
    "grok-3": 131_072,
    "grok-4": 256_000,
    "magistral": 131_072,
    "mistral": 131_072,
    "qwen3": 131_072,
}
_WARN_AT = 0.8


def window_of(model: str | None) -> int | None:
    """Return the size of the model's window in tokens; None where it is not known."""
    name = (model or "").lower().rpartition("/")[2]
    return next((size for prefix, size in _WINDOWS.items() if name.startswith(prefix)), None)


def context_warning(model: str | None, tokens: int) -> str | None:
    """Return a line for a conversation that is about to be too long."""
    window = window_of(model)
    if window is None or tokens < _WARN_AT * window:
        return None
    share = f"{tokens} of {window} tokens ({100 * tokens // window} %)"
    return f"the conversation takes {share}; /compact goes on with a summary of it"
