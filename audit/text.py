"""Words for people: foreign text made harmless, near names, numbers with their noun.

What is foreign (labels, file names, messages of libraries) may hold anything. `plain` is what is kept of it,
`clean` what a page shows, `visible` what a terminal shows, `quoted` what a sentence shows.
"""

import difflib
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

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


def clean(value: object) -> str:
    """Text with control characters replaced and marks that cannot be seen left out, joiners of letters kept.

    A label can then hide or reorder nothing; tabs and line ends stay. HTML is escaped by the template.
    """
    text = str(value)
    if text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\t\n"
        else letter
        for letter in text
        if unicodedata.category(letter) != "Cf" or letter in "\u200c\u200d"
    )


def visible(text: str) -> str:
    """`text` with all that is not printable spelled out, so that it cannot move the cursor."""
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def quoted(text: str, longest: int = 60) -> str:
    """`text` in quotes, as `visible`; of at most `longest` characters before they are spelled out."""
    return f'"{visible(text if len(text) <= longest else text[: longest - 1] + "…")}"'


def readable(path: Path | str) -> str:
    """A path as text that can be written as UTF-8, with forward slashes; other bytes become `\\\\xNN`."""
    text = path.as_posix() if isinstance(path, Path) else path
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def one_line(error: BaseException, limit: int = 300) -> str:
    """An exception as `Type: message`, on one line of at most about `limit` characters."""
    try:
        text = str(error)
    except Exception:  # an exception of foreign code may fail to say what it is
        text = ""
    message = " ".join(plain(text).split())
    shown = message if len(message) <= limit else f"{message[:limit]}…"
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__


def unread(error: OSError | ValueError) -> str:
    """Why a text file could not be read: "no such file or directory", "not a text in UTF-8"."""
    if isinstance(error, UnicodeDecodeError):
        return f"not a text in UTF-8, byte {error.start} is {error.object[error.start]:#04x}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return one_line(error)


def closest(word: str, known: Iterable[str], *, count: int, cutoff: float) -> list[str]:
    """At most `count` of the known names that resemble `word`, best first; case is ignored."""
    lowered = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), list(lowered), n=count, cutoff=cutoff)
    return [lowered[name] for name in found]


def nearest(word: str, known: Iterable[str], *, count: int = 3, cutoff: float = 0.5) -> str:
    """`did you mean a, b?`, or the empty string where nothing is near (`cutoff` 1: only equal)."""
    close = closest(word, known, count=count, cutoff=cutoff)
    return f"did you mean {', '.join(close)}?" if close else ""


def near(word: str, known: Iterable[str], *, cutoff: float = 0.5) -> str:
    """The same for the end of a sentence, of one name: `; did you mean 'a'?`."""
    close = closest(word, known, count=1, cutoff=cutoff)
    return f"; did you mean {close[0]!r}?" if close else ""


def few(names: Iterable[str], count: int = 5) -> str:
    """The first names and how many more there are."""
    listed = list(names)
    rest = len(listed) - count
    return ", ".join(plain(name) for name in listed[:count]) + (f" and {rest} more" if rest > 0 else "")


def plural(n: int, noun: str, many: str = "") -> str:
    """`1 finding`, `2 findings`, `3 classes`; `many` where the ending is another."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{n:,} {noun if n == 1 else many or noun + ending}"


def _escape(char: str) -> str:
    return rf"\u{ord(char):04x}" if ord(char) <= 0xFFFF else rf"\U{ord(char):08x}"
