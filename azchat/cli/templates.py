"""``azchat templates …``."""

import typer

from azchat.cli.options import argument, flag, plain

app = typer.Typer(no_args_is_help=True, help="Prompts that are kept.")
_NAME = argument("NAME", "The template.", needed=True)

# fmt: off
plain(app, "list", "templates:list_templates",
    "List the templates: name and description, tab-separated.",
    as_json=flag("--json", "One JSON list."))
plain(app, "show", "templates:show_template", "Print a template's file.", name=_NAME)
plain(app, "edit", "templates:edit_template",
    "Open a template in $VISUAL or $EDITOR. A new one begins with an example.", name=_NAME)
plain(app, "path", "templates:print_folder", "Print the folder of the templates.")
# fmt: on
