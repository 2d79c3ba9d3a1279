"""What the ids of changes, and the names of tests, say in plain words."""

import re

PLACES = {
    "centre": "in the centre",
    "middle": "over the middle",
    "all": "over all of it",
    "cover": "over all of it",
    "tiled": "over all of it",
    "anywhere": "anywhere",
    "everywhere": "",
}
"""Places that are not simply "at the" so-and-so."""
LETTERS = {
    "latin": "Latin letters",
    "cyrillic": "Cyrillic letters",
    "dense": "dense strokes",
    "joined": "joined strokes",
    "digits": "digits",
}
SQUARES = {
    "checker": "checkerboard",
    "inverted": "inverted checkerboard",
    "colors": "four-coloured square",
    "cross": "cross",
}
FITTED = {
    "patch": "a fitted patch",
    "moving-patch": "a fitted patch",
    "spread": "a fitted faint pattern",
    "blend": "a fitted pattern blended in",
    "color-map": "a fitted change of colours",
    "border": "a fitted border",
    "surround": "a fitted ground",
    "warp": "a fitted warp",
    "filter": "a fitted filter",
    "wave": "a fitted sine wave",
    "tone": "a fitted colour filter",
}
OTHERS = {
    "date": "a date stamp",
    "bars-black-wide": "black bars above and below",
    "bars-white-tall": "white bars left and right",
    "without-border": "the picture without its border",
    "without-corners": "the picture without its corners",
    "without-middle": "the picture without its middle",
    "without-surroundings-mean": "the object on a flat ground",
    "without-surroundings-blur": "the object on a blurred ground",
    "blur-weak": "a weak blur",
    "blur-strong": "a strong blur",
    "jpeg-75": "JPEG compression of quality 75",
    "jpeg-30": "JPEG compression of quality 30",
    "low-pass": "the picture without fine detail",
    "high-pass": "the picture without coarse shapes",
    "color-grey": "the picture in grey",
    "color-swapped": "the picture with red and blue exchanged",
    "color-negative": "the negative",
    "outside-alone": "what is around the middle alone",
    "frame-alone": "a frame along the edges alone",
    "color-alone": "the mean colour alone",
    "blocks-alone": "small shuffled blocks alone",
    "shuffle-eighths": "the picture cut into 64 shuffled blocks",
    "shuffle-quarters": "the picture cut into 16 shuffled blocks",
    "mirrored": "the mirrored picture",
}
PATTERNS: tuple[tuple[str, str], ...] = (
    (r"border-(\w+)", "a {0} border"),
    (r"cast-(\w+)", "a {0} tint"),
    (r"tone-(\w+)", "a {0} tone"),
    (r"sinusoid-([\d.]+)@([\d.]+)", "a sine wave of {0} cycles at {1} degrees"),
    (r"hue-(\d+)", "the picture with its hues turned by {0} degrees"),
    (r"shift-(\w+)", "the picture moved {0}"),
    (r"around-(leaves|white|black|green|blue)", "the object on a ground of {0}"),
    (r"around-(\w+)", "the object on {0}"),
)
FAMILIES = {
    "watermark": "text and marks",
    "border": "borders",
    "cast": "tints",
    "surround": "other grounds",
    "texture": "textures",
    "sinusoid": "sine waves",
    "checker": "small squares",
    "color": "a change of colours",
    "band": "blur or compression",
    "shuffle": "shuffled blocks",
    "position": "a move",
    "patch": "a patch",
    "moving-patch": "a patch anywhere",
    "spread": "a faint pattern",
    "blend": "a blended pattern",
    "color-map": "a change of colours",
    "warp": "a warp",
    "filter": "a filter",
    "wave": "a sine wave",
    "tone": "a colour filter",
}
TESTS = {
    "shift": "logit raised by {0}",
    "turned": "photographs turned by {0}",
    "lost": "photographs lost under {0}",
    "told": "photographs told apart by {0}",
}

CONTROLS = {
    "shuffled": "the same pattern in shuffled blocks",
    "scrambled": "the same frequencies in disorder",
    "pixels": "its pixels in disorder",
    "flat": "its mean colour alone",
    "grey": "the same without its hue",
    "other colour": "another colour",
    "natural crop": "what other photographs show there",
    "other class": "the change that was fitted for another class",
    "noise": "noise of the same strength",
}
"""Control of a change → what it is."""


def change_words(id: str) -> str:
    """ "text of Latin letters at the bottom right" of "text-latin-1@bottom-right"; the id where it says
    nothing that is known here."""
    if id in OTHERS:
        return OTHERS[id]
    for pattern, words in PATTERNS:
        found = re.fullmatch(pattern, id)
        if found:
            return words.format(*found.groups())
    name, _, place = id.partition("@")
    thing = _thing(name)
    if thing is None:
        return id
    where = PLACES.get(place, f"at the {place.replace('-', ' ')}") if place else ""
    return f"{thing} {where}".strip()


def test_words(test: str) -> str:
    """ "logit raised by borders" of "shift-border"."""
    kind, _, family = test.partition("-")
    if test in ("row-mean", "row-positive", "margin"):
        return {"margin": "margin of its pictures"}.get(test, "row of the last layer")
    named = FAMILIES.get(family, family)
    if kind == "fitted":
        fitted = "a border" if family == "border" else "a ground" if family == "surround" else named
        return f"photographs turned by fitting {fitted}"
    return TESTS[kind].format(named) if kind in TESTS else test


def control_words(kind: str) -> str:
    """ "noise of the same strength" of "noise"; the kind where it is not known here."""
    return CONTROLS.get(kind, kind)


def _thing(name: str) -> str | None:
    """What stands before the place."""
    fitted = re.fullmatch(r"fitted-([a-z-]+?)-\d+", name)
    text = re.fullmatch(r"text-(\w+)-\d+", name)
    if fitted:
        return FITTED.get(fitted[1])
    if text:
        return f"text of {LETTERS[text[1]]}" if text[1] in LETTERS else None
    if name == "date":
        return OTHERS["date"]
    if name in SQUARES:
        return f"a small {SQUARES[name]}"
    if name in ("white", "black", "red", "yellow"):
        return f"a small {name} square"
    textures = ("grass", "water", "fire", "fur", "spots", "foliage", "brick", "stripes", "mesh", "snow")
    return f"a texture of {name}" if name in textures else None
