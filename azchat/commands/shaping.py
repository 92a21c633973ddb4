"""What shapes the prompt and the answer of ``ask``: templates, schemas, extraction, code."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from azchat.asking.prompt import read_prompt
from azchat.conversation import Conversation
from azchat.engine.chat import Chat
from azchat.engine.masking import Sender
from azchat.environment import Environment, Output
from azchat.errors import UsageError
from azchat.render import Renderer

if TYPE_CHECKING:
    from azchat.commands.parcels import Parcels, Printing, Prompt, Shape
    from azchat.structured.schema import Schema
    from azchat.templates.template import Template


def with_template(env: Environment, parcels: "Parcels") -> "tuple[Parcels, Template | None]":
    """Return the parcels, completed by the template that is named."""
    prompt, shape, given = parcels.prompt, parcels.shape, parcels.means.settings
    if prompt.template is None:
        if prompt.variables:
            raise UsageError("-p fills in a template's variable", "name the template: -t NAME")
        return parcels, None
    from azchat.commands.templates import template_folder

    template = template_folder(env).load(prompt.template).filled(prompt.variables)
    given = {name: value for name, value in given.items() if value is not None}
    extras = {**template.settings.get("option", {}), **given.get("option", {})}
    settings = {**template.settings, **given} | ({"option": extras} if extras else {})
    shape = shape._replace(
        schema=shape.schema or template.schema,
        schema_multi=shape.schema_multi or template.schema_multi,
        json_mode=shape.json_mode or template.json_mode,
        extract=shape.extract or template.extract,
    )
    parcels = parcels._replace(means=parcels.means._replace(settings=settings), shape=shape)
    if template.tools and not parcels.tools:
        from azchat.asking.toolset import ToolWish

        parcels = parcels._replace(tools=ToolWish(template.tools))
    return parcels, template


def shaped_prompt(
    env: Environment,
    prompt: "Prompt",
    template: "Template | None",
    *,
    quiet: bool,
    reads_pipe: bool = True,
) -> str:
    """Return the prompt: the template's, and where it says so, or after it, what was given."""
    argument, encoding = prompt.prompt, prompt.encoding
    kept = template if template and template.prompt else None
    if kept and not kept.takes_input:
        words = "" if argument in (None, "-") else argument
        argument = f"{kept.asking()}\n\n{words}" if words else kept.asking()
    how = {"quiet": quiet, "reads_pipe": reads_pipe, "takes_empty": prompt.allow_empty}
    text = read_prompt(env, argument, encoding=encoding, **how)
    return kept.asking(text.rstrip("\n")) if kept and kept.takes_input else text


def wanted_schema(shape: "Shape") -> "Schema | None":
    """Return the schema that the answer must meet, if there is to be one."""
    if shape.schema is None:
        if shape.schema_multi:
            raise UsageError("--schema-multi needs a schema", "give it: --schema FILE|JSON|DSL")
        return None
    from azchat.structured.schema import load_schema

    return load_schema(shape.schema, multi=shape.schema_multi)


def around(schema: "Schema | None", retries: int) -> Callable[[Chat], Sender] | None:
    """Return what checks the answers; None where nothing is to be checked."""
    if schema is None:
        return None
    from azchat.structured.turn import CheckedChat

    return lambda chat: CheckedChat(chat, schema, retries)


def prepare(renderer: Renderer, schema: "Schema | None", asks: bool) -> None:
    """Import what checking, showing and asking take, while the service works on the answer."""
    renderer.prepare()
    if schema:
        from azchat.structured.answer import prepare as prepare_checking

        prepare_checking()
    if asks:
        from azchat.commands.consent import prepare as prepare_asking

        prepare_asking()


def extracting(
    renderer: Renderer, shape: "Shape", printing: "Printing", output: Output
) -> Renderer:
    """Return the renderer that shows a fenced block alone, where that is wanted."""
    if shape.extract is None or shape.schema is not None:  # that is extracted anyway
        return renderer
    from azchat.render.extract import ExtractRenderer

    is_pipe = printing.output_format == "text" and not output.is_terminal and not printing.sanitize
    return ExtractRenderer(renderer, output if is_pipe else None, last=shape.extract == "last")


def lacks_json_word(shape: "Shape", asked: Conversation) -> bool:
    """Return whether JSON is demanded of the service, and nobody tells the model."""
    is_plain = shape.json_mode and shape.schema is None
    return is_plain and not any("json" in message.text.lower() for message in asked.messages)


NO_JSON_WORD = (
    "--json-mode: neither the prompt nor the system message asks for JSON; "
    "some services refuse that, and models may never end: say which JSON you want"
)
