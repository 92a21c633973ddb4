"""How models mark their thinking in the text."""

from typing import Literal

Marking = Literal["auto", "assumed", "likely", "implicit", "tags", "none"]
"""``tags``: an opening and a closing tag. ``implicit``: thinking from the start, which a closing
tag ends. ``assumed``: as implicit, but without a closing tag all of it was the answer.
``likely``: as assumed, where a closing tag counts only if it stands as one.
``auto``: tags, or a closing tag alone that stands as one. ``none``: not at all.
"""
