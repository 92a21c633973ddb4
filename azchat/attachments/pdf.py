"""pypdf's home: the text of each page."""

import logging
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError

from azchat.errors import InputError

# What pypdf raises, beside its own errors, for files that are not what they should be.
_DAMAGED = (PyPdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


def pages_of(data: bytes, name: str, max_pages: int) -> list[tuple[int, str]]:
    """Return number and text of each page; raises ``InputError``."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings help nobody here
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _locked(name)
        count = len(reader.pages)
        if count > max_pages:
            what = f"{name} has {count} pages, and {max_pages} are allowed"
            raise InputError(what, f"allow more: --max-pages {count}")
        return [(at, page.extract_text().strip()) for at, page in enumerate(reader.pages, 1)]
    except FileNotDecryptedError:
        raise _locked(name) from None
    except (RecursionError, MemoryError, OSError, *_DAMAGED):
        raise InputError(
            f"{name} is a damaged PDF", "open it in a viewer, and print it to a new one"
        ) from None


def _locked(name: str) -> InputError:
    return InputError(f"{name} is locked with a password", "unlock it: qpdf --decrypt")
