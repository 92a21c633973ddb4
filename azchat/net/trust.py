"""Whose certificates are trusted: the user's bundle, else the system's, else certifi's."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from azchat.errors import ConfigError

if TYPE_CHECKING:
    import ssl

# In the order of requests, which most of the user's other programs are made with.
_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Trust(NamedTuple):
    """The user's bundle, a file or a folder, and the variable that names it."""

    bundle: str = ""
    variable: str = ""

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> "Trust":
        """Return what ``variables`` name."""
        variable = next((name for name in _VARIABLES if variables.get(name)), "")
        return cls(variables.get(variable, ""), variable)

    def context(self) -> "ssl.SSLContext":
        """Return a context for TLS; raises ``ConfigError`` where the bundle cannot be read."""
        import ssl

        if self.bundle:
            try:
                if Path(self.bundle).is_dir():
                    return ssl.create_default_context(capath=self.bundle)
                return ssl.create_default_context(cafile=self.bundle)
            except (OSError, ssl.SSLError):
                hint = f"mend or unset {self.variable}"
                raise ConfigError(
                    f"there is no readable CA bundle at {self.bundle}", hint
                ) from None
        context = ssl.create_default_context()
        paths = ssl.get_default_verify_paths()
        if not (paths.cafile or paths.capath):
            import certifi

            context.load_verify_locations(certifi.where())
        return context
