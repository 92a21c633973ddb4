"""What a program is to do, said without a language."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from azchat.dialects.chat.request import INFERENCE_PARAMETERS

Sdk = Literal["azure", "openai", "anthropic"]

ENDPOINT, KEY = "AZURE_INFERENCE_ENDPOINT", "AZURE_INFERENCE_CREDENTIAL"
"""The variables that a program reads."""
_UNSEEN = re.compile("[\x7f-\x9f\u2028\u2029]")  # of these, C# takes some for the end of a line

FILTERED = 7
"""How a program ends that the content filter stopped; so does azchat."""
_PROGRAMS = Path(__file__).with_name("programs")
_WAYS = {"/chat/completions": "chat", "/responses": "responses", "/v1/messages": "messages"}
_SDK_VERSION = "2024-05-01-preview"
_OPENAI_PARAMETERS = (
    *INFERENCE_PARAMETERS,
    *("max_completion_tokens", "reasoning_effort", "parallel_tool_calls", "n", "logprobs"),
    *("top_logprobs", "logit_bias", "user", "metadata", "stream_options", "verbosity"),
)
_OF_RESPONSES = (
    *("model", "input", "reasoning", "text", "tools", "tool_choice", "temperature", "top_p"),
    *("max_output_tokens", "parallel_tool_calls", "include", "store", "stream_options", "user"),
)
_ANTHROPICS_PARAMETERS = (
    *("model", "max_tokens", "system", "messages", "tools", "tool_choice", "thinking"),
    *("stop_sequences", "temperature", "top_p", "top_k"),
)
_KNOWN = {
    "azure": INFERENCE_PARAMETERS,
    "openai": _OPENAI_PARAMETERS,
    "anthropic": _ANTHROPICS_PARAMETERS,
}


class Function(NamedTuple):
    """What a model may call."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        """The schemas of what it takes, by name."""
        found = self.parameters.get("properties")
        return found if isinstance(found, dict) else {}

    @property
    def required(self) -> Sequence[str]:
        """The names of what it must be given."""
        found = self.parameters.get("required")
        return found if isinstance(found, list) else ()


class Program(NamedTuple):
    """A request and how it travels.

    ``body`` has no ``stream``: that is ``streams``. ``base`` is what the endpoint's variable must
    hold; ``passes_extras``: the route wants a header for parameters it does not know. ``headers``
    are those of the dialect, ``operation`` is its path. With a ``scope`` it signs in for that by
    Entra, without a key. ``built_in`` are the tools of which azchat knows the function.
    """

    body: Mapping[str, Any]
    base: str
    sdk: Sdk = "azure"
    streams: bool = False
    api_version: str | None = None
    key_header: str = "api-key"
    passes_extras: bool = False
    headers: Mapping[str, str] = MappingProxyType({})
    operation: str = "/chat/completions"
    scope: str | None = None
    is_async: bool = False
    asks_info: bool = False
    built_in: Collection[str] = ()

    @property
    def sent(self) -> dict[str, Any]:
        """The body with its ``stream``."""
        return {**self.body, **({"stream": True} if self.streams else {})}

    @property
    def is_insecure(self) -> bool:
        """Whether the endpoint is this machine, without TLS."""
        return self.base.startswith("http://")

    @property
    def is_foundry(self) -> bool:
        """Whether Claude is asked at Azure, where the package has a client of its own."""
        return self.key_header == "api-key"

    @property
    def own_version(self) -> str | None:
        """The api-version, where it is not the one that azure-ai-inference sends anyway."""
        return None if self.api_version == _SDK_VERSION else self.api_version

    @property
    def way(self) -> str:
        """The dialect."""
        return _WAYS[self.operation]

    @property
    def functions(self) -> list[Function]:
        """What the model may call, in whatever envelope it is offered."""
        tools = (tool.get("function", tool) for tool in self.body.get("tools") or ())
        return [
            Function(
                tool["name"],
                tool.get("description") or "",
                tool.get("parameters") or tool.get("input_schema") or {},
            )
            for tool in tools
            if "name" in tool
        ]

    @property
    def parameters(self) -> dict[str, Any]:
        """What the package knows by name."""
        known = _OF_RESPONSES if self.way == "responses" else _KNOWN[self.sdk]
        return {name: self.body[name] for name in known if name in self.body}

    @property
    def extras(self) -> dict[str, Any]:
        """The rest of the body."""
        return {key: value for key, value in self.body.items() if key not in self.parameters}


def written(name: str, program: Program, **values: Any) -> str:
    """Return a program by its template."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Programs are no HTML: nothing is escaped here, but by each language's own rules.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(_PROGRAMS),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template(f"{name}.jinja")
    built_in = {one.name for one in program.functions} & {*program.built_in}
    values |= {"built_in": built_in, "filtered": FILTERED}
    return template.render(p=program, **values).strip("\n") + "\n"


def taken_words(language: str) -> frozenset[str]:
    """Return what no function of a tool may be called: the language's words, the programs' own."""
    return frozenset((_PROGRAMS / language / "words.txt").read_text(encoding="utf-8").split())


def unlike(names: Iterable[str]) -> list[str]:
    """Return names of which no two are alike: the second of some gets a number."""
    found: list[str] = []
    for name in names:
        free = chain([name], (f"{name}_{number}" for number in count(2)))
        found.append(next(one for one in free if one not in found))
    return found


def json_text(value: Any, indent: int | None = None) -> str:
    """Return JSON in the characters it has; in escapes where it has no bytes for one."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    text = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return json.dumps(value, indent=indent)
    return text


def indented(text: str) -> str:
    """Return ``text`` with its lines, but for the first, moved to the right."""
    return text.replace("\n", "\n    ")


def block(items: Iterable[str], brackets: str = "{}") -> str:
    """Return items between brackets, each on lines of its own."""
    inner = "".join(f"    {indented(item)},\n" for item in items)
    return f"{brackets[0]}\n{inner}{brackets[1]}"
