"""How a response ends: what services mean by the word that they give as the finish reason."""

import re
from typing import Literal

Meaning = Literal["whole", "length", "context", "filter", "failure", "open", "unknown"]
"""``context``: the model's window is full; ``open``: the service says that it goes on."""

# In any case and spelling: MAX_TOKENS, maxTokens and FINISH_REASON_MAX_TOKENS are one word.
# Sources: OpenAI's and Anthropic's APIs, Gemini's FinishReason, Cohere, Bedrock's StopReason,
# Mistral, DeepSeek, Z.ai, xAI, watsonx, Text Generation Inference, vLLM, SGLang, llama.cpp.
_WORDS: dict[Meaning, str] = {
    "whole": "stop stopped end end_turn end_of_turn end_of_text end_of_sequence eos eos_token eot"
    " eot_id im_end stop_sequence stop_token stop_word stop_string stop_criteria complete completed"
    " completion finish finished done normal success tool tool_call tool_calls tool_use"
    " function_call function_calls",
    "length": "length max_length max_len length_limit length_capped limit max_tokens max_token"
    " max_new_tokens max_output_tokens max_completion_tokens max_output output_limit token_limit"
    " tokens_limit model_length",
    "context": "error_limit max_context max_context_length context_length context_limit"
    " context_window context_full context_length_exceeded context_window_exceeded"
    " model_context_window_exceeded max_seq_len max_sequence_length",
    "filter": "content_filter content_filtered filter filtered safety image_safety recitation"
    " image_recitation blocked blocklist prohibited_content image_prohibited_content spii refusal"
    " refused sensitive moderation moderated safety_block safety_blocked content_policy"
    " content_policy_violation policy_violation guardrail guardrails guardrail_intervened"
    " model_armor error_toxic",
    "failure": "error internal_error server_error network_error engine_error failed failure abort"
    " aborted cancel canceled cancelled user_cancel interrupted insufficient_system_resource"
    " timeout time_limit preempted repetition malformed_function_call malformed_response"
    " malformed_model_output malformed_tool_use unexpected_tool_call too_many_tool_calls",
    "open": "null none not_finished unfinished in_progress finish_reason_unspecified unspecified",
}
_PREFIX = re.compile(r"^((finish|stop)?reason)+(?=.)")


def _spelt(word: str) -> str:
    return _PREFIX.sub("", re.sub(r"[\W_]", "", word.lower()))


_MEANINGS = {_spelt(word): meaning for meaning, words in _WORDS.items() for word in words.split()}


def meaning_of(reason: str) -> Meaning:
    """Return what a finish reason means, in any case and spelling."""
    return _MEANINGS.get(_spelt(reason), "unknown")


class Ending:
    """The finish reason as it was said; ``is_certain``: nothing came since that belies it."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.meaning: Meaning = "open"
        self.is_certain = False
        self._was_belied = False

    def say(self, reason: object, more: object) -> None:
        """Take a finish reason, and what of the answer came along with it."""
        if isinstance(reason, dict):
            reason = reason.get("type")  # SGLang's own form
        word = str(reason)
        meaning = meaning_of(word)
        if meaning == "open":
            return
        is_stop = meaning == "whole"
        if is_stop and self.is_certain and self.meaning not in ("whole", "unknown"):
            return  # a gateway ends every stream so: what was cut stays cut
        self.reason, self.meaning = word, meaning
        # Once a stop was on a chunk that was not the last, it is on every one.
        self.is_certain = not (is_stop and self._was_belied and more)

    def go_on(self, more: object) -> None:
        """Take more of the answer behind the reason, which was none then."""
        if not (isinstance(more, str) and more.isspace()):
            self.is_certain, self._was_belied = False, True
