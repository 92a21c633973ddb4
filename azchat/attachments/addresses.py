"""Which addresses a picture may come from: https, a public host, nothing hidden in it.

Checked without asking anybody; ``check_public`` is for those that azchat fetches itself.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from azchat.errors import InputError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_AZURE = "168.63.129.16"  # the platform itself, to a virtual machine on Azure
_LONGEST = 8192  # characters
_OPAQUE = ("data:", "file:", "javascript:", "blob:", "ftp:", "http:", "https:")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".home.arpa", ".lan")
# What C libraries take for an IPv4 address too: 2130706433, 0x7f.1, 0177.0.0.1.
_ODD_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*\.?", re.IGNORECASE)


def is_address(place: str) -> bool:
    """Return whether ``place`` is a URL, of whatever kind, and no path.

    One letter before the colon is a drive of Windows.
    """
    scheme = _SCHEME.match(place)
    is_scheme = scheme is not None and len(scheme[0]) > 2
    return is_scheme and ("//" in place or place.lower().startswith(_OPAQUE))


def check_address(url: str) -> str:
    """Return the host; raises ``InputError`` for an address that is not to be used."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _refused(url, "it is no valid address") from None
    if parts.scheme.lower() != "https":
        raise _refused(url, f"{parts.scheme.lower()}: is not https")
    if not host or len(url) > _LONGEST or not url.isprintable() or " " in url or "\\" in url:
        raise _refused(url, "it is no valid address")
    if parts.username is not None or parts.password is not None:
        raise _refused(url, "it has a user's name or password in it")
    if host == "localhost" or host.endswith(_LOCAL_NAMES) or _is_private_number(host):
        raise _refused(url, f"{host} is not public")
    if port not in (None, 443):
        raise _refused(url, f"port {port} is not that of https")
    return host


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the internet at large (RFC 6890, RFC 4291)."""
    try:
        number = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour or _in_nat64(number)
        if inner is not None:
            return is_public(str(inner))
        if number.teredo is not None or number.is_site_local:
            return False
    if address == _AZURE:
        return False
    return number.is_global and not number.is_multicast and not number.is_reserved


def _in_nat64(number: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that 64:ff9b::/96 leads to (RFC 6052)."""
    is_in = number in ipaddress.IPv6Network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(number) & 0xFFFFFFFF) if is_in else None


def _is_private_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return _ODD_NUMBER.fullmatch(host) is not None or "." not in host
    return not is_public(host)


def _refused(url: str, why: str) -> InputError:
    shown = url if len(url) < 80 else url[:77] + "..."
    what = f"the address {shown} is refused: {why}"
    return InputError(what, "give a public https:// address, or download the file and attach that")
