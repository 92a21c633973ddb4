"""What shapes the prompt and the answer of ``ask``: templates, schemas, extraction, code."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from azchat.asking.link import Means
from azchat.asking.prompt import read_prompt
from azchat.conversation import Conversation
from azchat.engine.chat import Chat
from azchat.environment import Environment, Output
from azchat.errors import AzchatError, IncompleteError, UsageError
from azchat.masking import Sender
from azchat.render import Renderer
from azchat.settings.layers import resolve

if TYPE_CHECKING:
    from azchat.asking.toolset import ToolWish
    from azchat.commands.ask_options import AskOptions
    from azchat.structured.schema import Schema
    from azchat.templates.template import Template


def with_template(env: Environment, options: "AskOptions") -> "tuple[AskOptions, Template | None]":
    """Return the options, completed by the template that they name."""
    if options.template is None:
        if options.variables:
            raise UsageError("-p fills in a template's variable", "name the template: -t NAME")
        return options, None
    from azchat.commands.templates import template_folder

    template = template_folder(env).load(options.template).filled(options.variables)
    given = {name: value for name, value in options.settings.items() if value is not None}
    extras = {**template.settings.get("option", {}), **given.get("option", {})}
    settings = {**template.settings, **given} | ({"option": extras} if extras else {})
    options = options._replace(
        settings=settings,
        schema=options.schema or template.schema,
        schema_multi=options.schema_multi or template.schema_multi,
        json_mode=options.json_mode or template.json_mode,
        extract=options.extract or template.extract,
        tools=options.tools or _tools_of(template),
    )
    return options, template


def _tools_of(template: "Template") -> "ToolWish | None":
    if not template.tools:
        return None
    from azchat.asking.toolset import ToolWish

    return ToolWish(template.tools)


def shaped_prompt(
    env: Environment, options: "AskOptions", template: "Template | None", *, reads_pipe: bool = True
) -> str:
    """Return the prompt: the template's, and where it says so, or after it, what was given."""
    argument = options.prompt
    kept = template if template and template.prompt else None
    if kept and not kept.takes_input:
        words = "" if argument in (None, "-") else argument
        argument = f"{kept.asking()}\n\n{words}" if words else kept.asking()
    encoding, quiet = options.encoding, options.quiet
    text = read_prompt(env, argument, encoding=encoding, quiet=quiet, reads_pipe=reads_pipe)
    return kept.asking(text.rstrip("\n")) if kept and kept.takes_input else text


def wanted_schema(options: "AskOptions") -> "Schema | None":
    """Return the schema that the answer must meet, if there is to be one."""
    if options.schema is None:
        if options.schema_multi:
            raise UsageError("--schema-multi needs a schema", "give it: --schema FILE|JSON|DSL")
        return None
    from azchat.structured.schema import load_schema

    return load_schema(options.schema, multi=options.schema_multi)


def means_of(env: Environment, options: "AskOptions", flags: Mapping[str, Any]) -> Means:
    """Return the means; a program can be written where no endpoint is set."""
    if options.code and not resolve(env, flags, needs_key=False)["endpoint"]:
        return options.means._replace(demo=True)
    return options.means


def around(options: "AskOptions", schema: "Schema | None") -> Callable[[Chat], Sender] | None:
    """Return what checks the answers; None where nothing is to be checked."""
    if schema is None:
        return None
    from azchat.structured.turn import CheckedChat

    retries = 0 if options.replay else options.schema_retries
    return lambda chat: CheckedChat(chat, schema, retries)


def prepare(renderer: Renderer, schema: "Schema | None") -> None:
    """Import what checking and showing take, while the service works on the answer."""
    renderer.prepare()
    if schema:
        from azchat.structured.answer import prepare as prepare_checking

        prepare_checking()


def extracting(renderer: Renderer, options: "AskOptions", output: Output) -> Renderer:
    """Return the renderer that shows a fenced block alone, where that is wanted."""
    if options.extract is None or options.schema is not None:  # that is extracted anyway
        return renderer
    from azchat.render.extract import ExtractRenderer

    is_pipe = options.output_format == "text" and not output.is_terminal and not options.sanitize
    return ExtractRenderer(renderer, output if is_pipe else None, last=options.extract == "last")


def lacks_json_word(options: "AskOptions", asked: Conversation) -> bool:
    """Return whether JSON is demanded of the service, and nobody tells the model."""
    is_plain = options.json_mode and options.schema is None
    return is_plain and not any("json" in message.text.lower() for message in asked.messages)


def told_as_json(options: "AskOptions", error: AzchatError) -> AzchatError:
    """Say of a length limit that it cut the JSON."""
    is_cut = isinstance(error, IncompleteError) and error.what == "length limit reached"
    if options.json_mode and is_cut:
        error.what += ": the JSON is cut off"
    return error


NO_JSON_WORD = (
    "--json-mode: neither the prompt nor the system message asks for JSON; "
    "some services refuse that, and models may never end: say which JSON you want"
)
