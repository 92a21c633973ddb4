"""Where keys are kept outside the environment: a password manager, the keyring, a private file.

A key that was read is remembered for this process alone: a chat asks for it once.
"""

from azchat.errors import ConfigError
from azchat.redaction import Secret

# The settings of a profile that say where its key is; the first that is set counts.
KEY_PLACES = ("key_env", "key_command", "key_keyring", "key_file")


def usable_key(text: str, origin: str) -> Secret | None:
    """Return the key in ``text``, None if it is blank; it must be able to stand in a header.

    Raises ``ConfigError`` with the place of a wrong character; the value is never shown.
    """
    key = text.strip().strip("\"'").strip()
    for at, character in enumerate(key):
        if not "!" <= character <= "~":
            what = "white space" if character.isspace() else "a character no key has"
            raise ConfigError(
                f"the key from {origin} has {what} at position {at + 1}", "copy the key again"
            )
    return Secret(key) if key else None
