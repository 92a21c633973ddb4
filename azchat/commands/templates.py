"""``azchat templates``, and ``--save``: prompts that are kept."""

import json
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

from azchat.asking.prompt import read_text
from azchat.environment import Environment
from azchat.errors import AzchatError, ExitCode, InputError, LocalError, UsageError
from azchat.parameters import PARAMETERS
from azchat.redaction import Redactor
from azchat.templates.folder import TemplateFolder, read_file
from azchat.templates.template import Template

if TYPE_CHECKING:
    from azchat.commands.parcels import Parcels

_EXAMPLE = {
    "description": "what it is for",
    "system": "You are a careful reviewer.",
    "prompt": "Review this change in {{lang}}:\n\n{{input}}\n",
    "variables": {"lang": "English"},
    "parameters": {"temperature": 0.2},
}


def template_folder(env: Environment) -> TemplateFolder:
    """Return the user's templates."""
    return TemplateFolder(env.config_file.parent / "templates")


def print_folder(env: Environment) -> ExitCode:
    """Print the folder of the templates."""
    env.stdout.write(f"{template_folder(env).folder}\n")
    return ExitCode.OK


def list_templates(env: Environment, redactor: Redactor, *, as_json: bool) -> ExitCode:
    """Print name and description of each; a broken one says so."""
    folder = template_folder(env)
    found = [{"name": name, "description": _describe(folder, name)} for name in folder.names()]
    if as_json:
        env.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return ExitCode.OK
    if found and env.stdout.is_terminal:
        from azchat.render.choose import show_rows
        from azchat.render.drawn import pairs

        told = [(t["name"], redactor.redact_shown(t["description"])) for t in found]
        show_rows(env, pairs(told, env.stdout.size()[0]))
        return ExitCode.OK
    for template in found:
        line = f"{template['name']}\t{' '.join(template['description'].split())}".rstrip()
        env.stdout.write(f"{line}\n")
    if not found and env.stdout.is_terminal:
        env.stderr.write("azchat: none yet; make one with: azchat templates edit NAME\n")
    return ExitCode.OK


def show_template(env: Environment, name: str) -> ExitCode:
    """Print the file."""
    folder = template_folder(env)
    text = read_file(folder.find(name), folder.folder).rstrip("\n")
    env.stdout.write(f"{text}\n")
    return ExitCode.OK


def edit_template(env: Environment, name: str) -> ExitCode:
    """Open the file in the user's editor, and check it afterwards."""
    folder = template_folder(env)
    path = folder.maybe_find(name) or folder.save(name, _EXAMPLE)
    editor = env.variables.get("VISUAL") or env.variables.get("EDITOR") or "vi"
    try:
        done = subprocess.run([*shlex.split(editor), str(path)], check=False)  # noqa: S603
    except (OSError, ValueError) as error:
        why = str(getattr(error, "strerror", None) or error).lower()
        raise LocalError(f"cannot start {editor}: {why}", "set VISUAL or EDITOR") from None
    if done.returncode:
        raise LocalError(f"{editor} ended with {done.returncode}", f"the file is {path}")
    folder.load(name)
    return ExitCode.OK


def save_template(
    env: Environment, name: str, parcels: "Parcels", earlier: Template | None
) -> ExitCode:
    """Keep the flags that make sense for another time; nothing is asked."""
    path = template_folder(env).save(name, _fields(parcels, earlier))
    if not parcels.printing.quiet:
        env.stderr.write(f"azchat: saved as template {name}: {path}\n")
    return ExitCode.OK


def _fields(parcels: "Parcels", earlier: Template | None) -> dict[str, Any]:
    given, shape, tools = parcels.means.settings, parcels.shape, parcels.tools
    settings = {name: value for name, value in given.items() if value is not None}
    prompt = parcels.prompt.prompt or (earlier.asking() if earlier else None) or None
    if earlier and earlier.examples:
        hint = "copy its file, and edit it"
        raise UsageError("a template with example messages cannot be saved anew", hint)
    system = settings.get("system")
    fields = {
        "system": read_text(system).lstrip(" ") if system else None,
        "prompt": prompt,
        "model": settings.get("model"),
        "schema": _kept_schema(shape.schema),
        "schema_multi": shape.schema_multi or None,
        "json_mode": shape.json_mode or None,
        "extract": shape.extract,
        "tools": list(tools.tools) if tools and tools.tools else None,
    }
    parameters = {name: settings[name] for name in PARAMETERS if name in settings}
    fields["parameters"] = _without_null({**parameters, **settings.get("option", {})}) or None
    kept = {name: value for name, value in fields.items() if value is not None}
    if not kept:
        raise UsageError("there is nothing to save", "give a prompt, -s, -m, or a parameter")
    return kept


def _kept_schema(schema: str | None) -> str | None:
    """Return a schema without the file that it came from."""
    if schema is None:
        return None
    from azchat.structured.dsl import parse_dsl
    from azchat.structured.schema import load_schema

    document = load_schema(schema).document
    try:
        is_short = parse_dsl(schema) == document
    except UsageError:
        is_short = False
    return schema if is_short else json.dumps(document, ensure_ascii=False)


def _without_null(value: Any) -> Any:
    """Return ``value`` without what TOML has no word for."""
    if isinstance(value, dict):
        return {name: _without_null(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_null(item) for item in value if item is not None]
    return value


def _describe(folder: TemplateFolder, name: str) -> str:
    try:
        template = folder.load(name)
    except InputError as error:
        return f"({error.what})"
    except AzchatError:
        return ""
    return template.description or (template.prompt or "").strip().partition("\n")[0]
