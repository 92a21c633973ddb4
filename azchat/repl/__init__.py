"""The interactive chat: a prompt, slash commands, and turns that are saved as they happen."""


class Leave(Exception):  # noqa: N818 - it is no error
    """The user is done."""
