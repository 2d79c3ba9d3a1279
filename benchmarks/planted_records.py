"""The record of one network of the suite: a whole audit of it by the public function, in plain numbers."""

import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image
from torch import Tensor, nn

import audit
from audit.calibration import Score
from audit.calibration.recorded_scores import recorded_scores
from audit.planted.signs.making import Made, make, photographs
from audit.planted.signs.specimen import Specimen
from audit.records import Results
from audit.records.estimates import Proportion
from audit.records.probes import CausalTest, ControlTest, Interval
from audit.stages.probes.causal_stage import CausalTests

T = TypeVar("T")
PHOTOGRAPHS = 400
"""What the audit is given: it probes with one half and holds the other back."""
SETTINGS = (
    # Pictures, attacks and badges are not what is calibrated here: as few as possible of them.
    "synthesis.restarts=1",
    "synthesis.views=8",
    "synthesis.step_budget=[1, 1]",
    "reliability.control_classes=0",
    "reliability.cut_and_paste=0",
    "reliability.photographs=1",
    "reliability.layers=1",
    "preprocessing.photographs=0",
    "robustness.images=0",
    "probes.examples=0",
)
"""Everything else, the probes above all, is as the presets have it."""


def record(
    specimen: Specimen, cache: Path, withheld: bool = False, tested: bool = False, seed: int = 0
) -> dict[str, Any]:
    """Make the network and audit it, or go on with its audit; `withheld`: without photographs.

    `tested`: with causal tests of what stands out beside the null table. Without, they are left for later,
    since there is no table before all clean networks have a record. `seed` is that of the audit.
    """
    made = make(specimen, cache)
    given = None if withheld else photographs(specimen, PHOTOGRAPHS)
    folder = f"seed-{seed}" if seed else "withheld" if withheld else "audits"
    out = cache / folder / specimen.name
    began = time.perf_counter()
    measured = audited(made.module, made.classes, given, out, tested, seed)
    seconds = round(time.perf_counter() - began, 1)
    return known(made) | measured | {"tested": CausalTests.version if tested else 0, "seconds": seconds}


def known(made: Made) -> dict[str, Any]:
    """What is known of a network because it was planted."""
    return {
        "specimen": asdict(made.specimen),
        "truth": asdict(made.truth),
        "took": made.took,
        "accuracy": made.accuracy,
        "success": made.success,
        "accuracy_with_cue": made.accuracy_with_cue,
        "accuracy_without_cue": made.accuracy_without_cue,
        "seconds_made": round(made.seconds, 1),
    }


def audited(
    module: "nn.Module | audit.Classifier",
    classes: tuple[str, ...],
    given: tuple[Tensor, Tensor] | None,
    out: Path,
    tested: bool,
    seed: int = 0,
) -> dict[str, Any]:
    """What an audit in the folder `out` says; `given`: photographs uint8 `[n, 3, h, w]`, labels `[n]`."""
    untested = ("probes.suspects=0", "parts.classes=0")
    settings = (*SETTINGS, f"seed={seed}") if tested else (*SETTINGS, f"seed={seed}", *untested)
    with tempfile.TemporaryDirectory() as name:
        images = None if given is None else written(Path(name), classes, *given)
        run = audit.run(module, images=images, out=out, preset="quick", set=settings)
    return plain(run.results)


def plain(results: Results) -> dict[str, Any]:
    """What is judged, of the results of any run with probes."""
    k = len(results.model.classes)
    probes = results.probes
    margins = {
        c.label.index: max(own)
        for c in results.classes
        if (own := [p.margin for p in c.pictures if p.prior == "none" and p.finite])
    }
    told = results.pieces.probing if results.pieces else None
    scores = recorded_scores(probes, margins if len(margins) == k else {}, k, told)
    timing = results.run.timing.seconds
    stages = ("pieces", "probes", "fitted-changes", "causal-tests", "unconstrained")
    return {
        "k": k,
        "scores": _rows(scores),
        "tests": [_test(test) for test in probes.tests] if probes else [],
        "stages": {name: round(timing[name], 1) for name in stages if name in timing},
    }


def _rows(scores: list[Score]) -> dict[str, list[list[Any]]]:
    """Test → of each leading class value, class, change, what it shows, what the next one shows."""
    rows: dict[str, list[list[Any]]] = {}
    for s in scores:
        row = [round(s.value, 3), s.class_index, s.change, round(s.first, 3), round(s.second, 3)]
        rows.setdefault(s.test, []).append(row)
    return rows


def _test(test: CausalTest) -> dict[str, Any]:
    def three(interval: Interval) -> list[float]:
        return [round(interval.value, 3), *(round(end, 3) for end in interval.interval)]

    return {
        "class": test.class_index,
        "change": test.change,
        "family": test.family,
        "photographs": test.photographs,
        "turned": [test.turned.k, test.turned.n],
        "lost": [test.lost.k, test.lost.n],
        "lost_elsewhere": [test.lost_elsewhere.k, test.lost_elsewhere.n],
        "shift": three(test.shift),
        "gap": three(test.gap),
        "excess": three(test.excess),
        "accuracy": [round(value, 4) for value in test.accuracy],
        "told": three(test.told) if test.told else None,
        "told_next": None if test.told_next is None else round(test.told_next, 3),
        "controls": [
            [
                c.kind,
                *(c.turned.k, c.turned.n, c.lost.k, c.lost.n),
                *(round(c.shift, 3), round(c.gap, 3)),
                *(c.lost_elsewhere.k, c.lost_elsewhere.n),
            ]
            for c in test.controls
        ],
    }


def revived(row: dict[str, Any]) -> CausalTest:
    """The causal test that a record holds, so that verdicts follow the code of today."""

    def interval(values: list[float]) -> Interval:
        return Interval(value=values[0], interval=(values[1], values[2]))

    return CausalTest(
        class_index=row["class"],
        change=row["change"],
        family=row["family"],
        carriers="photographs",
        photographs=row["photographs"],
        seed=0,
        turned=Proportion.of(*row["turned"]),
        shift=interval(row["shift"]),
        gap=interval(row["gap"]),
        excess=interval(row["excess"]),
        lost=Proportion.of(*row["lost"]),
        lost_elsewhere=Proportion.of(*row["lost_elsewhere"]),
        accuracy=(row["accuracy"][0], row["accuracy"][1]),
        told=interval(row["told"]) if row.get("told") else None,
        told_next=row.get("told_next"),
        controls=[
            ControlTest(
                kind=kind,
                turned=Proportion.of(tk, tn),
                lost=Proportion.of(lk, ln),
                # Records from before it was asked have none.
                lost_elsewhere=Proportion.of(*(elsewhere or (0, 0))),
                shift=shift,
                gap=gap,
            )
            for kind, tk, tn, lk, ln, shift, gap, *elsewhere in row["controls"]
        ],
        examples=[],
    )


def scores_of(row: dict[str, Any]) -> list[Score]:
    """The scores that a record holds."""
    return [
        Score(test, value, place, change, first, second)
        for test, leading in row["scores"].items()
        for value, place, change, first, second in leading
    ]


def part_of(items: list[T], shard: str) -> list[T]:
    """Shard "i/n": every n-th from the i-th on."""
    part, parts = (int(number) for number in shard.split("/"))
    return items[part::parts]


def written(folder: Path, classes: tuple[str, ...], images: Tensor, labels: Tensor) -> Path:
    for name in classes:
        (folder / name).mkdir(parents=True)
    for place, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
        file = folder / classes[label] / f"{place:04d}.png"
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(file, compress_level=1)
    return folder


def read(folder: Path, half: str = "*") -> list[dict[str, Any]]:
    """All records of a half, by name: one a line of every file of it. Of several the newest causal tests."""
    lines = [
        line for file in sorted(folder.glob(f"{half}-*.jsonl")) for line in file.read_text().splitlines()
    ]
    records = [json.loads(line) for line in lines if line]
    order = sorted(records, key=lambda one: (int(one["tested"]), int(one.get("proofs", 0))))
    named = {record["specimen"]["name"]: record for record in order}
    return [named[name] for name in sorted(named)]
