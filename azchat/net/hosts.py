"""Which host a URL names, and whether it is this machine. Knows no service."""

from urllib.parse import urlsplit

# What a server says that listens everywhere: to be asked, it has a name.
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def host_of(url: object) -> str:
    """Return the host, "" where there is none; what is wrong with it is told later."""
    try:
        return urlsplit(str(url)).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine, by its name or literal address alone."""
    numbers = host.split(".")
    is_ipv4 = len(numbers) == 4 and all(n.isdecimal() and int(n) < 256 for n in numbers)
    return host in ("localhost", "::1") or (is_ipv4 and numbers[0] == "127")
