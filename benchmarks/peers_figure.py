"""The comparison as two files: curves (SVG, light and dark) and the pictures themselves (PNG)."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from peers_curves import COLUMNS, Curve

from audit.report.sheet import picture_of
from audit.report.sheet_picture import Cell, Strip, compose

WIDTH, HEIGHT = 980, 490
LEFT, TOP, PANEL, TALL, APART = 62, 64, 400, 320, 92
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #5f5e5b } .title { font-size: 15px; font-weight: 600 }
.title, .value { fill: #1d1d1f } .grid { stroke: #e3e1dc } .axis { stroke: #8a8881 } .back { fill: #fff }
.s0 { --c: #3d46b8 } .s1 { --c: #b4550a } .s2 { --c: #9a3b78 } .s3 { --c: #1f7a6d } .s4 { --c: #55565a }
.line { stroke: var(--c); fill: none; stroke-width: 2.2 } .dot, .name { fill: var(--c) }
.name { font-weight: 600 } .error { stroke: var(--c); opacity: .45; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #a6a8ad } .title, .value { fill: #ededee } .grid { stroke: #2e3035 } .axis { stroke: #6c6f77 }
.back { fill: #131416 }
.s0 { --c: #a5b0ff } .s1 { --c: #f0a860 } .s2 { --c: #f29bd0 } .s3 { --c: #6fd3c1 } .s4 { --c: #b3b5ba } }
"""
PANELS = (
    (1, "TransferAccuracy among the transfer model's first five"),
    (2, "Probability the transfer model gives the class"),
)
CELL = 136


def write_curves(curves: Sequence[Curve], path: Path) -> None:
    """Two panels: top-5 and p of each curve against seconds per class, with standard errors over classes."""
    spans = [c.seconds.mean(1) for c in curves]
    low = math.floor(math.log10(min(s.min() for s in spans)))
    high = math.log10(max(s.max() for s in spans)) + 0.12
    parts = [f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>']
    for number, (column, title) in enumerate(PANELS):
        left = LEFT + number * (PANEL + APART)
        parts += _frame(left, title, low, high)

        def at(seconds: float, value: float, left: int = left) -> tuple[float, float]:
            x = left + PANEL * (math.log10(seconds) - low) / (high - low)
            return x, TOP + TALL * (1 - value)

        for series, one in enumerate(curves):
            parts += _series(one, series, column, at)
    for series, one in enumerate(curves):
        y = HEIGHT - 24
        x = LEFT + sum(40 + 7.4 * len(_name(c)) for c in curves[:series])
        parts.append(f'<circle class="dot s{series}" cx="{x}" cy="{y - 4}" r="5"/>')
        parts.append(f'<text class="name s{series}" x="{x + 11}" y="{y}">{_name(one)}</text>')
    body = "\n".join(parts)
    names = ", ".join(one.label for one in curves)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Transfer against seconds per class: {names}">\n<style>{STYLE}</style>\n{body}\n</svg>\n'
    )


def _name(one: Curve) -> str:
    return f"{one.label} ({len(one.classes)} classes)"


def _frame(left: int, title: str, low: int, high: float) -> list[str]:
    parts = [f'<text class="title" x="{left}" y="{TOP - 24}">{title}</text>']
    for tick in range(0, 11, 2):
        y = TOP + TALL * (1 - tick / 10)
        parts.append(f'<line class="grid" x1="{left}" x2="{left + PANEL}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{tick / 10:.1f}</text>')
    for power in range(low, math.floor(high) + 1):
        x = left + PANEL * (power - low) / (high - low)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + TALL}"/>')
        parts.append(f'<text x="{x:.1f}" y="{TOP + TALL + 19}" text-anchor="middle">{10.0**power:g}</text>')
    bottom = TOP + TALL
    parts.append(f'<line class="axis" x1="{left}" x2="{left + PANEL}" y1="{bottom}" y2="{bottom}"/>')
    parts.append(f'<text x="{left + PANEL}" y="{bottom + 39}" text-anchor="end">seconds per class</text>')
    return parts


def _series(
    one: Curve, series: int, column: int, at: Callable[[float, float], tuple[float, float]]
) -> list[str]:
    values, seconds = one.table[:, :, column], one.seconds.mean(1)
    means, errors = values.mean(1), values.std(1, ddof=1) / values.shape[1] ** 0.5
    points = [at(s, v) for s, v in zip(seconds, means, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts = [f'<polyline class="line s{series}" points="{path}"/>']
    for (x, y), s, v, e, mark in zip(points, seconds, means, errors, one.checkpoints, strict=True):
        top, bottom = at(s, min(1, v + e))[1], at(s, max(0, v - e))[1]
        parts.append(
            f'<line class="error s{series}" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
        )
        told = f"{one.label}, {mark} {one.unit}: {s:.2f} s, {COLUMNS[column]} {v:.2f} ± {e:.2f}"
        dot = f'<circle class="dot s{series}" cx="{x:.1f}" cy="{y:.1f}" r="3.6">'
        parts.append(f"{dot}<title>{told}</title></circle>")
    return parts


def write_strip(
    rows: Sequence[tuple[Curve, int]], classes: Sequence[int], names: Sequence[str], path: Path
) -> None:
    """Each curve's pictures of `classes` at one of its checkpoints (a position), as far as it has them."""
    strips = []
    for one, place in rows:
        cells = []
        for c in [c for c in classes if c in one.classes]:
            i = one.classes.index(c)
            top1, top5, p, _ = one.table[place, i]
            verdict = "named" if top1 == 1 else "in five" if top5 == 1 else "missed"
            cells.append(Cell(picture_of(one.images[place, i]), names[c], f"{verdict}, p {p:.2f}"))
        heading = (
            f"{one.label}: {one.checkpoints[place]} {one.unit}, {one.seconds[place].mean():.3g} s per class"
        )
        strips.append(Strip(heading, "", cells))
    compose("The same network, the same classes", strips, CELL).save(path, optimize=True)
