"""What photographs add to the made-up run: accuracy, neighbours, trials of the preprocessing, attacks."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from audit.records import (
    AdversarialExample,
    Attacked,
    AttackOutcome,
    AttackSummary,
    ClassFlips,
    ClassPhotographs,
    ClassResult,
    FlippedWithin,
    NaturalSpectrum,
    Nearby,
    Photograph,
    PhotographsInfo,
    Picture,
    Prediction,
    PreprocessingTrials,
    Proportion,
    Results,
    Robustness,
    Shift,
    Trial,
)

LEVELS = (1.0, 2.0, 4.0, 8.0)
FREQUENCIES = np.geomspace(1 / 64, 0.5, 20)
ENOUGH = 5
CROPS = 500
"""Photographs that are kept as files, at most."""


def add(results: Results, run_dir: Path, per_class: int, *, flat: bool = False, seed: int = 11) -> Results:
    """The run with `per_class` photographs of each class (every fourth class: two), their files written."""
    rng = np.random.default_rng(seed)
    side = results.baseline.height
    photographs = _photographs(rng, results, per_class, flat)
    files = _crops(rng, run_dir, side, min(len(photographs), CROPS))
    attacked = _attack(rng, results, photographs, run_dir, side, files)
    levels = {entry.class_index: entry for entry in attacked.classes}
    assert set(levels) <= {entry.label.index for entry in results.classes}
    right = [photo.rank == 1 for photo in photographs]
    info = PhotographsInfo(
        source='photos/<b>"&',
        kind="own answers" if flat else "labelled",
        found=len(photographs) + 9,
        used=len(photographs),
        skipped={"shorter than 224 pixels": 7, "cannot be decoded": 2},
        in_baseline=3,
        correct=None if flat else Proportion.of(sum(right), len(right)),
        correct_top5=None if flat else Proportion.of(len(right) - 1, len(right)),
        notes=["The folder “<i>extra</i>” is no class; its 4 photographs were left out."],
        photographs=photographs,
    )
    classes = [_class(rng, entry, photographs, files, flat) for entry in results.classes]
    frequencies = [round(float(f), 6) for f in FREQUENCIES]
    middle = np.log10(FREQUENCIES) * -2.1
    spectrum = NaturalSpectrum(
        frequencies=frequencies,
        low=_rounded(middle - 0.7),
        middle=_rounded(middle),
        high=_rounded(middle + 0.6),
    )
    return results.model_copy(
        update={
            "photographs": info,
            "classes": classes,
            "preprocessing": _trials(len(photographs), flat),
            "robustness": attacked,
            "baseline": results.baseline.model_copy(update={"spectrum": spectrum}),
        }
    )


def _photographs(rng: np.random.Generator, results: Results, per_class: int, flat: bool) -> list[Photograph]:
    photographs: list[Photograph] = []
    k = len(results.model.classes)
    for entry in results.classes:
        label = entry.label.index
        for place in range(2 if label % 4 == 3 else per_class):
            hit = rng.uniform() < 0.35 + 0.6 * ((label * 7) % 10) / 10
            answer = label if hit else (label + 1) % k
            photographs.append(
                Photograph(
                    index=len(photographs),
                    name=f"{entry.label.id}/{place}.jpg",
                    sha256=hashlib.sha256(f"{label} {place}".encode()).hexdigest(),
                    label=None if flat else label,
                    answer=Prediction(class_index=answer, logit=9.1234, probability=0.8),
                    second=Prediction(class_index=(label + 2) % k, logit=7.5, probability=0.1),
                    rank=None if flat else (1 if hit else 2),
                    probability=None if flat else (0.8 if hit else 0.15),
                    in_baseline=len(photographs) < 3,
                )
            )
    return photographs


def _crops(rng: np.random.Generator, run_dir: Path, side: int, count: int) -> list[str]:
    """Gradients with a disc each: no noise, as photographs have little."""
    folder = run_dir / "images" / "photographs"
    folder.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[:side, :side] / side
    files = []
    for index in range(count):
        a, b, c = rng.uniform(40, 215, (3, 3))
        picture = a * (1 - y)[..., None] + b * y[..., None]
        picture[np.hypot(x - rng.uniform(0.3, 0.7), y - rng.uniform(0.3, 0.7)) < rng.uniform(0.15, 0.3)] = c
        picture += rng.normal(0, 3, picture.shape)
        file = f"images/photographs/{index:05d}.png"
        Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(run_dir / file, compress_level=1)
        files.append(file)
    return files


def _class(
    rng: np.random.Generator, entry: ClassResult, photographs: list[Photograph], files: list[str], flat: bool
) -> ClassResult:
    index = entry.label.index
    own = [photo for photo in photographs if (photo.answer.class_index if flat else photo.label) == index]
    right = sum(photo.rank == 1 for photo in own)
    pool = [photo for photo in own if photo.index < len(files)]
    others = [int(i) for i in rng.choice(min(len(files), len(photographs)), 2, replace=False)]
    near = [photo.index for photo in pool[:1]] + others
    shown = [Nearby(photograph=i, value=14.2 - n, file=files[i]) for n, i in enumerate(near)]
    return entry.model_copy(
        update={
            "photographs": ClassPhotographs(
                count=len(own),
                enough=len(own) >= ENOUGH,
                correct=None if flat else Proportion.of(right, len(own)),
                correct_top5=None,
                activating=shown,
                nearest=[
                    item.model_copy(update={"value": 0.61 - n / 10}) for n, item in enumerate(shown[::-1])
                ],
            ),
            "spectra": {shot.file: _spectrum(rng, shot) for shot in entry.pictures if shot.chosen},
        }
    )


def _spectrum(rng: np.random.Generator, shot: Picture) -> list[float]:
    slope = -2.05 if shot.prior == "natural" else -0.7
    return _rounded(np.log10(FREQUENCIES) * slope + rng.normal(0, 0.12, FREQUENCIES.size))


def _trials(count: int, flat: bool) -> PreprocessingTrials:
    def trial(name: str, kind: str, flags: str, share: float, confidence: float) -> Trial:
        right = None if flat else round(share * count)
        gained, lost = (None, None) if flat else (round(0.02 * count), round(abs(0.7 - share) * count))
        return Trial.model_validate(
            {
                "name": name, "kind": kind, "flags": flags, "correct": right, "gained": gained, "lost": lost,
                "confidence": confidence,
            }
        )  # fmt: skip

    trials = [
        trial("as given", "as given", "", 0.7, 0.74),
        trial("blue, green, red", "channel order", "--channel-order bgr", 0.55, 0.61),
        trial("mean 0.5, std 0.5", "scale", "--mean 0.5,0.5,0.5 --std 0.5,0.5,0.5", 0.66, 0.7),
        trial("stretched", "geometry", "--resize none", 0.68, 0.72),
        trial("classes in order of their ids", "labels", "--classes classes-by-id.txt", 0.01, 0.74),
    ]
    return PreprocessingTrials(
        photographs=count,
        labelled=not flat,
        trials=trials,
        classes_file=None if flat else "classes-by-id.txt",
    )


def _attack(
    rng: np.random.Generator,
    results: Results,
    photographs: list[Photograph],
    run_dir: Path,
    side: int,
    files: list[str],
) -> Robustness:
    chosen = [
        photo for photo in photographs if photo.answer.class_index == photo.label or photo.label is None
    ]
    k = len(results.model.classes)
    attacked = []
    for photo in chosen:
        epsilon = float(rng.lognormal(np.log(1.6), 0.7)) / 255
        level = next((level for level in LEVELS if epsilon * 255 <= level), None)
        label = photo.answer.class_index
        into = None if level is None else int(rng.choice([(label + 1) % k, 1]))
        attacked.append(
            Attacked(
                photograph=photo.index, picture=None, label=label,
                outcomes=[
                    AttackOutcome(
                        attack="some-pgd", norm="linf", epsilon=level, distance=epsilon, predicted_after=into,
                        probability=None if level is None else 0.9, views=80.0,
                    )
                ],
            )
        )  # fmt: skip
    audited = [entry.label.index for entry in results.classes]
    groups = {index: [a for a in attacked if a.label == index] for index in audited}
    classes = [
        ClassFlips(
            class_index=index,
            enough=len(group) >= ENOUGH,
            flipped_within=_levels(group),
            median_distance=float(np.median([a.distance() for a in group])),
        )
        for index, group in groups.items()
        if group
    ]
    into = [a.outcomes[0].predicted_after for a in attacked if a.worst()]
    targets = sorted({(index, into.count(index)) for index in into}, key=lambda pair: (-pair[1], pair[0]))
    examples = [
        _example(rng, run_dir, a, files[a.photograph], place)
        for place, a in enumerate([a for a in attacked if a.worst() and a.photograph < len(files)][:8])
    ]
    shifts = [
        Shift(
            statistic=statistic.id, epsilon=2.0, n=len(attacked), before=1.0 + place, after=1.2 + place,
            percentile_before=50.0, percentile_after=min(99.5, 50.0 + 4 * place),
            moved=None if place == 3 else round(0.3 * place - 1, 3),
        )
        for place, statistic in enumerate(results.baseline.statistics[:12])
    ]  # fmt: skip
    return Robustness(
        source="photographs",
        tried=len(photographs),
        correct=len(attacked),
        attacks=[
            AttackSummary(
                attack="some-pgd",
                title="some PGD",
                norm="linf",
                description="projected gradient descent in L∞, 20 steps, 2 restarts, seed 0",
                images=len(attacked),
                flipped_within=_levels(attacked),
                median_distance=None,
                not_confirmed=2,
                left_ball=0,
                error=None,
                views=80.0 * len(attacked),
            )
        ],
        flipped_within=_levels(attacked),
        classes=classes,
        predicted_after=targets,
        median_distance=float(np.median([a.distance() for a in attacked])),
        not_confirmed=2,
        zero_gradient=1,
        shifts=shifts,
        examples=examples,
        attacked=attacked,
    )


def _levels(group: list[Attacked]) -> list[FlippedWithin]:
    return [
        FlippedWithin(
            epsilon=e,
            flipped=Proportion.of(
                sum((flip := a.worst()) is not None and flip.epsilon <= e for a in group), len(group)
            ),
        )
        for e in LEVELS
    ]


def _example(
    rng: np.random.Generator, run_dir: Path, attacked: Attacked, original: str, place: int
) -> AdversarialExample:
    flip = attacked.worst()
    assert flip is not None
    with Image.open(run_dir / original) as opened:
        before = np.asarray(opened.convert("RGB"), dtype=np.int16)
    small = rng.normal(size=(14, 14, 3))
    step = -(-before.shape[0] // 14)
    change = np.sign(np.kron(small, np.ones((step, step, 1))))[: before.shape[0], : before.shape[1]]
    file = f"images/adversarial/{place:03d}.png"
    (run_dir / file).parent.mkdir(parents=True, exist_ok=True)
    after = np.clip(before + flip.epsilon * change, 0, 255).astype(np.uint8)
    Image.fromarray(after).save(run_dir / file)
    return AdversarialExample(
        attack=flip.attack, norm=flip.norm, label=attacked.label, predicted_after=flip.predicted_after,
        epsilon=flip.epsilon, photograph=attacked.photograph, original=original, file=file,
        origin="natural", probability_before=0.8, probability_after=0.9,
    )  # fmt: skip


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 3) for value in values]
