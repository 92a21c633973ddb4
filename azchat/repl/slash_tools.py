"""The slash command about tools."""

from azchat.errors import UsageError
from azchat.repl.session import ReplSession
from azchat.repl.slash import command

_SWITCHES = {"on": True, "off": False}


def _values(session: ReplSession) -> list[str]:
    return [f"{word} {name}" for word in _SWITCHES for name in session.host.tools()]


@command("/tools", usage="[on|off NAME]", values=_values)
def tools(session: ReplSession, rest: str) -> None:
    """List the tools, or offer one or not."""
    word, _, name = rest.partition(" ")
    if rest:
        if word not in _SWITCHES or not name.strip():
            raise UsageError(f"/tools cannot {rest}", "/tools, /tools on NAME, /tools off NAME")
        session.host.switch_tool(name.strip(), on=_SWITCHES[word])
    lines = [f"  {name}: {about}" for name, about in session.host.tools().items()]
    session.host.say("\n".join(lines) or "no tools; begin with: azchat chat -T NAME|FILE.py")
