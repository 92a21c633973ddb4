"""Asks the Azure CLI for a token: itself, for azure-identity takes half a second to import."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from azchat.azure.token_cache import Token
from azchat.errors import ConfigError


class AzError(Exception):
    """az gave no token; the message is all that it said, "" where it did not answer in time."""


NOT_FOUND = "Azure CLI not found on path"
NOISE = "Unexpected output from Azure CLI"


def ask_az(
    scope: str, tenant: str | None, seconds: float, variables: Mapping[str, str] | None = None
) -> Token:
    """Return a token; az gets the ``variables``, else azchat's own.

    Raises ``AzError``, and ``ConfigError`` for a malformed tenant.
    """
    check_tenant(tenant)
    az = (shutil.which("az.cmd") if sys.platform == "win32" else None) or shutil.which("az")
    if az is None:
        raise AzError(NOT_FOUND)
    command = [az, "account", "get-access-token", "--output", "json", "--scope", scope]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, *(["--tenant", tenant] if tenant else [])],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            cwd=Path(az).parent,  # not where somebody's own files are
            env={**variables, "AZURE_CORE_NO_COLOR": "true"} if variables else None,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AzError from None
    except OSError:
        raise AzError(NOT_FOUND) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace")
        raise AzError(NOT_FOUND if done.returncode == 127 else said or "it failed without a word")
    token = _token_in(done.stdout.decode("utf-8", "replace"))
    if token is None:
        raise AzError(NOISE)
    return token


def _token_in(said: str) -> Token | None:
    """Return the token in what az prints, which may be more than that: warnings, colours."""
    for found in re.finditer(r"\{", said):
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            token, _ = json.JSONDecoder().raw_decode(said, found.start())
            until = token.get("expires_on")
            until = until or datetime.fromisoformat(token["expiresOn"]).timestamp()
            return Token.of(str(token["accessToken"]), int(until))
    return None


def check_tenant(tenant: str | None) -> None:
    """Raise ``ConfigError`` for what no tenant is called: it would be an option of a tool's."""
    allowed = all(c.isascii() and (c.isalnum() or c in ".-") for c in tenant or "")
    if tenant and not (allowed and tenant[0].isalnum()):
        raise ConfigError("the tenant is malformed", "it is an id or a domain, as in contoso.com")
