"""Letters, digits and letter-like signs as strokes on the unit square, right and down.

Latin, Cyrillic, Chinese and digits are drawn by hand; a joined script like Arabic is made by rules with keyed
random numbers: what matters to a network is the kind of stroke, not the word.
"""

import numpy as np

from audit.probes.bank.strokes import Polyline

_LETTERS = {
    "A": "0,1 .5,0 1,1|.2,.6 .8,.6",
    "B": "0,1 0,0 .7,0 .9,.15 .9,.35 .7,.5 0,.5|.7,.5 1,.65 1,.85 .8,1 0,1",
    "C": "1,.2 .75,0 .25,0 0,.25 0,.75 .25,1 .75,1 1,.8",
    "D": "0,0 .6,0 1,.3 1,.7 .6,1 0,1 0,0",
    "E": "1,0 0,0 0,1 1,1|0,.5 .8,.5",
    "F": "1,0 0,0 0,1|0,.5 .8,.5",
    "G": "1,.2 .75,0 .25,0 0,.25 0,.75 .25,1 .75,1 1,.8 1,.55 .6,.55",
    "H": "0,0 0,1|1,0 1,1|0,.5 1,.5",
    "I": ".5,0 .5,1|.2,0 .8,0|.2,1 .8,1",
    "K": "0,0 0,1|1,0 0,.55|.3,.4 1,1",
    "L": "0,0 0,1 1,1",
    "M": "0,1 0,0 .5,.6 1,0 1,1",
    "N": "0,1 0,0 1,1 1,0",
    "O": ".3,0 .7,0 1,.3 1,.7 .7,1 .3,1 0,.7 0,.3 .3,0",
    "P": "0,1 0,0 .75,0 1,.15 1,.4 .75,.55 0,.55",
    "R": "0,1 0,0 .75,0 1,.15 1,.4 .75,.55 0,.55|.5,.55 1,1",
    "S": "1,.15 .75,0 .25,0 0,.2 .2,.45 .8,.55 1,.8 .75,1 .25,1 0,.85",
    "T": "0,0 1,0|.5,0 .5,1",
    "U": "0,0 0,.75 .25,1 .75,1 1,.75 1,0",
    "V": "0,0 .5,1 1,0",
    "W": "0,0 .25,1 .5,.3 .75,1 1,0",
    "X": "0,0 1,1|1,0 0,1",
    "Y": "0,0 .5,.5 1,0|.5,.5 .5,1",
    "Ж": "0,0 .5,.5 0,1|1,0 .5,.5 1,1|.5,0 .5,1",
    "И": "0,0 0,1 1,0 1,1",
    "Я": "1,1 1,0 .25,0 0,.15 0,.4 .25,.55 1,.55|.5,.55 0,1",
    "Д": "0,1 .15,.8 .35,0 .8,0 .8,.8|0,.8 1,.8 1,1",
    "П": "0,1 0,0 1,0 1,1",
    "Ш": "0,0 0,1 1,1 1,0|.5,0 .5,1",
    "Ф": ".5,0 .5,1|.3,.2 .7,.2 1,.4 .7,.65 .3,.65 0,.4 .3,.2",
    "Б": "1,0 0,0 0,1 .8,1 1,.8 1,.6 .8,.45 0,.45",
    "0": ".3,0 .7,0 1,.3 1,.7 .7,1 .3,1 0,.7 0,.3 .3,0",
    "1": ".2,.25 .55,0 .55,1|.2,1 .9,1",
    "2": "0,.2 .25,0 .75,0 1,.2 1,.4 0,1 1,1",
    "3": "0,.1 .3,0 .75,0 1,.2 .8,.45 .4,.48|.8,.45 1,.75 .75,1 .25,1 0,.9",
    "4": ".75,1 .75,0 0,.7 1,.7",
    "5": "1,0 .1,0 0,.45 .7,.4 1,.65 .8,1 .2,1 0,.9",
    "6": ".9,0 .4,.1 0,.6 .1,.9 .4,1 .8,1 1,.8 .9,.55 .5,.45 .1,.6",
    "7": "0,0 1,0 .4,1",
    "8": ".3,0 .7,0 .95,.2 .7,.45 .3,.45 .05,.2 .3,0|.3,.45 0,.75 .3,1 .7,1 1,.75 .7,.45",
    "9": ".1,1 .6,.9 1,.4 .9,.1 .6,0 .2,0 0,.2 .1,.45 .5,.55 .9,.4",
    "©": ".3,0 .7,0 1,.3 1,.7 .7,1 .3,1 0,.7 0,.3 .3,0|.7,.35 .5,.28 .3,.5 .5,.72 .7,.65",
    "'": ".5,0 .4,.3",
    ":": ".45,.25 .55,.25|.45,.8 .55,.8",
    ".": ".4,1 .55,1",
    " ": "",
}

_SIGNS = (
    "0,.25 .32,.25|.17,0 .17,.95 .05,.88|0,.65 .32,.5|.4,.15 .98,.12|.45,.33 .88,.33 .88,.58 .42,.58"
    "|.35,.45 1,.45|.67,0 .67,.9|.67,.74 .9,.74|.5,.65 .45,.85 .32,1|.45,.85 .7,.97 1,.97",
    ".3,0 .05,.28|.32,.25 0,.6|.2,.48 .2,1|.42,.08 .9,.08 .65,.35 .38,.52|.5,.12 .7,.32 1,.5"
    "|.45,.65 .92,.65|.68,.65 .68,.93|.38,.94 1,.94",
    ".5,0 .5,.1|.05,.13 .95,.13|.33,.18 .38,.3|.65,.18 .6,.3|.08,1 .08,.32 .92,.32 .92,.98 .82,.92"
    "|.42,.38 .22,.58|.56,.38 .78,.56|.32,.62 .68,.62 .68,.88 .32,.88 .32,.62",
    ".05,.05 .95,.05 .95,.95 .05,.95 .05,.05|.4,.12 .2,.4|.35,.22 .7,.22 .25,.62|.35,.32 .85,.62"
    "|.42,.62 .55,.7|.35,.76 .6,.88",
    "0,.3 .4,.3|.2,0 .2,1|.2,.35 0,.7|.22,.42 .38,.58|.45,.15 .92,.15 .75,.6 .4,1|.5,.2 .7,.6 1,.97",
    ".05,.2 .95,.2|.5,0 .35,.35 .05,.7|.35,.42 .8,.42 .8,.98 .68,.9|.35,.42 .35,1|.35,.6 .8,.6"
    "|.35,.78 .8,.78",
    ".05,.98 .05,.05 .95,.05 .95,.98 .8,.9|.2,.25 .45,.75|.45,.2 .15,.8|.5,.25 .8,.75|.8,.2 .5,.8",
    ".05,.05 .95,.05 .95,.95 .05,.95 .05,.05|.2,.25 .8,.25|.25,.5 .75,.5|.15,.78 .85,.78|.5,.25 .5,.78"
    "|.62,.58 .72,.7",
    ".5,0 .5,.97 .38,.88|.05,.3 .4,.3 .3,.6 .03,.85|.9,.15 .55,.4|.5,.35 .7,.65 .98,.9",
    ".45,0 .52,.12|.05,.22 .95,.22|.7,.22 .55,.6 .05,1|.28,.25 .5,.65 .95,1",
)
"""Common signs; the first two are the word that Li et al. 2023 laid over ImageNet."""


def letter(name: str) -> list[Polyline]:
    """The strokes of one letter or digit."""
    return _lines(_LETTERS[name])


def word(text: str, narrow: float = 0.6, gap: float = 0.25) -> tuple[list[Polyline], float]:
    """Strokes of a line of text of height 1, and its width."""
    lines: list[Polyline] = []
    for place, name in enumerate(text):
        start = place * (narrow + gap)
        lines += [tuple((start + x * narrow, y) for x, y in line) for line in letter(name)]
    return lines, len(text) * (narrow + gap) - gap


def dense_sign(number: int) -> list[Polyline]:
    """The strokes of one of ten common Chinese signs."""
    return _lines(_SIGNS[number])


def joined_word(seed: int, length: int = 6) -> tuple[list[Polyline], float]:
    """A joined line of bowls, loops, tall strokes and dots, like Arabic, of height 1; and its width."""
    rng = np.random.default_rng((seed, 2))
    base, x = 0.65, float(length) * 0.55
    main: list[tuple[float, float]] = [(x, base)]
    lines: list[Polyline] = []
    width = x
    for _ in range(length):
        kind = int(rng.integers(5))
        if kind == 0:
            lines.append(((x - 0.1, base), (x - 0.14, 0.0)))
            main.append((x - 0.3, base))
            x -= 0.3
        elif kind == 1:
            angle = np.linspace(0, 2 * np.pi, 9)
            main += [(x - 0.2 + 0.17 * np.sin(a), base - 0.17 + 0.17 * np.cos(a)) for a in angle]
            main.append((x - 0.5, base))
            x -= 0.5
        elif kind == 2:
            main += [(x - 0.08, base - 0.22), (x - 0.14, base), (x - 0.28, base - 0.2), (x - 0.36, base)]
            x -= 0.36
        else:
            angle = np.linspace(0, np.pi, 7)
            main += [(x - 0.3 + 0.3 * np.cos(a), base + 0.32 * np.sin(a)) for a in angle]
            x -= 0.6
        if rng.random() < 0.6:
            height = 0.2 if rng.random() < 0.5 else 1.1
            dots = rng.integers(1, 3)
            lines += [
                ((x + 0.2 + 0.16 * d, height), (x + 0.26 + 0.16 * d, height + 0.03)) for d in range(dots)
            ]
    whole = [tuple(main), *lines]
    left = min(px for line in whole for px, _ in line)
    return [tuple((px - left, py) for px, py in line) for line in whole], width - left


def _lines(strokes: str) -> list[Polyline]:
    return [tuple(_point(pair) for pair in line.split()) for line in strokes.split("|") if line]


def _point(pair: str) -> tuple[float, float]:
    right, down = pair.split(",")
    return float(right), float(down)
