"""Words for error messages: foreign text on one line, near names."""

import difflib
import unicodedata
from collections.abc import Iterable

# Overrides of the writing direction let a label show other text than it holds.
_DIRECTION = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def plain(text: str) -> str:
    """`text` on one line, without control characters, direction overrides and lone surrogates."""
    kept: list[str] = []
    for char in text:
        if char in "\t\n\r" or unicodedata.category(char) in ("Zl", "Zp"):
            kept.append(" ")
        elif unicodedata.category(char) not in ("Cc", "Cs") and ord(char) not in _DIRECTION:
            kept.append(char)
    return "".join(kept).strip()


def one_line(error: BaseException, limit: int = 300) -> str:
    """An exception as `Type: message`, on one line of at most about `limit` characters."""
    message = " ".join(plain(str(error)).split())
    shown = message if len(message) <= limit else f"{message[:limit]}…"
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__


def nearest(word: str, known: Iterable[str], *, count: int = 3, cutoff: float = 0.5) -> str:
    """`did you mean a, b?`, or the empty string where nothing is near (`cutoff` 1: only equal)."""
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), list(lowered), n=count, cutoff=cutoff)
    return f"did you mean {', '.join(lowered[name] for name in close)}?" if close else ""


def few(names: Iterable[str], count: int = 5) -> str:
    """The first names and how many more there are."""
    listed = list(names)
    rest = len(listed) - count
    return ", ".join(plain(name) for name in listed[:count]) + (f" and {rest} more" if rest > 0 else "")
