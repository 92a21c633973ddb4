"""``azchat config …``."""

import typer

from azchat.cli.options import argument, flag, of_ask, plain
from azchat.parameters import TEXT, TEXTS, Spec, among

app = typer.Typer(no_args_is_help=True, help="Settings, keys, profiles and trust.")
_NAME = argument("NAME", "As the long options, or key.", needed=True)
_PROFILE = Spec(TEXT, "--profile", "Of this profile.", "NAME")

# fmt: off
plain(app, "path", "config:print_path", "Print where the config file is.")
plain(app, "show", "config:show_settings",
    "Show what the config file says, for all and in each profile.", profile=_PROFILE)
plain(app, "get", "config:get_setting",
    "Print a setting of the config file; of a key only where it is.",
    name=_NAME, profile=_PROFILE)
plain(app, "set", "config:set_setting",
    "Write a setting into the config file. A key goes to the keyring, else to a private file.",
    name=_NAME, values=argument("VALUE", "None for key: it is asked for, unseen.", TEXTS),
    profile=_PROFILE)
plain(app, "unset", "config:unset_setting",
    "Take a setting out of the config file. A key is taken out of where azchat put it.",
    name=_NAME, profile=_PROFILE)
plain(app, "profiles", "config:list_profiles", "List the profiles of the config file.")
plain(app, "connect", "connecting:connect",
    "Pick one of your deployments on Azure, and keep it as a profile.",
    name=argument("NAME", "Of a deployment, or RESOURCE/NAME; else you pick."), profile=_PROFILE,
    with_key=flag("--with-key", "Fetch its key too, into the keyring."),
    **of_ask("auth", "tenant", "plain"))
plain(app, "forget", "knowledge:forget", "Forget what was learned of one deployment, or of all.",
    wanted=argument("DEPLOYMENT", "A model's name, or an endpoint's URL."))
plain(app, "prices", "prices:prices",
    "List the prices that are known; update: ask Azure's public list.",
    action=argument("[list|update]", "What to do.", among(("list", "update"))))
plain(app, "trust", "config:trust_here", "Trust the .env of this folder until it changes.")
# fmt: on
