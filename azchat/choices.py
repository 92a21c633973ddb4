"""The words that some settings are limited to."""

from typing import Literal, get_args

Thinking = Literal["auto", "live", "summary", "hide", "stderr"]
Auth = Literal["auto", "key", "entra", "az", "azd", "managed", "browser"]
Reasoning = Literal["auto", "tags", "implicit", "none"]
ReasoningHistory = Literal["auto", "strip", "tools", "all"]
# Only what is proposed: a model may take other words.
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[str, ...] = get_args(Effort)
Color = Literal["auto", "always", "never"]
