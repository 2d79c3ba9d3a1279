"""What the page carries besides its markup: blocks that a browser does not run, and pictures.

A block is a `<script>` of a type that browsers ignore. It costs no decoding until the page's own script
reads it: a thousand pictures in such blocks open faster than a thousand `<img src="data:…">`.
"""

import base64
import gzip
import json
import re
from collections.abc import Sequence

from markupsafe import Markup

from audit.report.thumbnails import PREFIX

_IMAGE = re.compile(r'<img data-img="(\d+)"')


def packed(text: str) -> Markup:
    """gzip and base64 of a text; the same text gives the same bytes."""
    return Markup(base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode("ascii"))


def as_json(value: object) -> Markup:
    """JSON that cannot leave a `<script>` element: no angle bracket, no ampersand, no line separator."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


def shown(html: str) -> set[int]:
    """Keys of the pictures that stand in this markup.

    Labels cannot forge one: escaping leaves no `<` of theirs.
    """
    return {int(key) for key in _IMAGE.findall(html)}


def with_pictures(html: str, pictures: Sequence[str]) -> str:
    """The markup with every picture in its place as a data: URI, to be seen without JavaScript."""
    return _IMAGE.sub(lambda match: f'{match[0]} src="{PREFIX}{pictures[int(match[1])]}"', html)


def blocks(pictures: Sequence[str], without: set[int]) -> str:
    """All other pictures, one inert block each, found by `i` and their key."""
    return "\n".join(
        f'<script type="text/plain" id="i{key}">{data}</script>'
        for key, data in enumerate(pictures)
        if key not in without
    )
