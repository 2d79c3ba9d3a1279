"""A made-up run: coloured 1/f noise as pictures, a dozen classes, every outcome, hostile labels."""

# ruff: noqa: I001 - one name a line would make this import longer than a screen

import hashlib
import sample_natural
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

# fmt: off
from audit.checks import look_first
from audit.records import (
    SCHEMA_VERSION, Agreement, BaselineInfo, BlindSpot, CheckMeta, CheckResult, ClassLabel, ClassResult,
    Effect, Environment, Evidence, Finding, Identity, ModelInfo, NotChecked, Picture, Prediction,
    Preprocessing, PValue, Ranked, Results, RunInfo, StageInfo, StatisticInfo, StatisticValue, Timing,
    Verdict, fingerprint,
)
# fmt: on

HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "\" onmouseover='alert(2)' x=\"",
    '=HYPERLINK("evil","click")',
    "<!-- \u2028 & \u202e txet desrever {{ 7*7 }}",
)
NAMES = (
    *("banana", "goldfish", "dumbbell", "lighthouse", "school bus", "tabby cat", "crane", "crane"),
    *HOSTILE,
)
STATISTICS = (
    ("spectral-slope", "Slope of the spectrum", "", True, -2.1, 0.25),
    ("spectral-curvature", "Curvature of the spectrum", "", True, 0.1, 0.05),
    ("contrast", "Contrast", "", True, 0.22, 0.06),
    ("color-variance-1", "Colour variance, first axis", "", True, 0.8, 0.08),
    ("color-variance-2", "Colour variance, second axis", "", True, 0.15, 0.07),
    ("mean-luminance", "Mean luminance", "", True, 0.45, 0.11),
    ("gradient-kurtosis", "Kurtosis of gradients", "", False, 14.0, 6.0),
    ("wavelet-kurtosis", "Kurtosis of wavelet coefficients", "", False, 11.0, 4.0),
    ("phase-coherence", "Local phase coherence", "", False, 0.34, 0.05),
    ("edge-density", "Edges per area", "1/px²", False, 0.07, 0.02),
    ("orientation-entropy", "Entropy of orientations", "bits", False, 4.6, 0.3),
    ("saturation", "Share of saturated pixels", "", False, 0.03, 0.02),
    ("patch-entropy", "Entropy of patches", "bits", False, 6.1, 0.5),
    ("derivative-shape", "Derivative shape", "", False, 0.6, 0.15),
    ("weibull-shape", "Gradient Weibull shape", "", False, 0.9, 0.2),
    ("weibull-scale", "Gradient Weibull scale", "8-bit/px", False, 12.0, 5.0),
    ("haar-shape-1", "Haar shape, level 1", "", False, 0.7, 0.2),
    ("haar-shape-2", "Haar shape, level 2", "", False, 0.65, 0.2),
    ("total-variation", "Total variation", "1/px", False, 0.08, 0.03),
    ("entropy", "Entropy", "bits", False, 7.3, 0.4),
    ("jpeg-bits", "JPEG bits per pixel", "bit/px", False, 1.4, 0.4),
)
NORMAL = {"1": -2.326, "5": -1.645, "25": -0.674, "50": 0.0, "75": 0.674, "95": 1.645, "99": 2.326}


def make(
    run_dir: Path,
    *,
    names: tuple[str, ...] = NAMES,
    side: int = 224,
    restarts: int = 3,
    unconstrained: int = 6,
    baseline: bool = True,
    only: list[int] | None = None,
    distinct: int = 10_000,
    photographs: int = 0,
    flat: bool = False,
) -> Results:
    """Writes the pictures of a run into `run_dir` and returns its results.

    `unconstrained` classes also get two pictures without prior. At most `distinct` different pictures are
    drawn. With `photographs` of each class the run has all that photographs give; `flat`: they have no
    labels.
    """
    rng = np.random.default_rng(7)
    labels = [
        ClassLabel(index=i, id=_id(names, i), name=name, full=_full(name)) for i, name in enumerate(names)
    ]
    folder = run_dir / "images"
    folder.mkdir(parents=True, exist_ok=True)
    encoded: dict[tuple[str, int], bytes] = {}
    classes = []
    for label in labels:
        if only is not None and label.index not in only:
            continue
        shots = []
        for prior, count in (("natural", restarts), ("none", 2 if label.index < unconstrained else 0)):
            first = min(label.index % 2, count - 1) if prior == "natural" else 0
            for restart in range(count):
                key = (prior, (label.index * restarts + restart) % distinct)
                if key not in encoded:
                    path = run_dir / "drawn.png"
                    Image.fromarray(draw(rng, side, prior)).save(path, compress_level=1)
                    encoded[key] = path.read_bytes()
                    path.unlink()
                file = f"images/class-{label.index:04d}-{prior}-{restart}.png"
                (run_dir / file).write_bytes(encoded[key])
                shots.append(
                    _picture(rng, label.index, restart, prior, file, encoded[key], side, len(names), first)
                )
        classes.append(
            ClassResult(
                label=label,
                pictures=shots,
                agreement=round(float(rng.uniform(0.1, 0.9)), 4) if restarts > 1 else None,
                statistics={shot.file: _statistics(rng, shot.prior, baseline) for shot in shots},
            )
        )
    checks = _checks(rng, classes, labels)
    findings = [finding for check in checks for finding in check.findings]
    results = Results(
        schema_version=SCHEMA_VERSION,
        run=_run(len(classes), only),
        model=_model(labels, side),
        baseline=_baseline(side, baseline),
        classes=classes,
        checks=checks,
        findings=findings,
        verdict=Verdict(
            outcome="flagged",
            headline=f"{len(findings)} findings in 3 of {len(checks)} checks; one name for two classes.",
            counts=Counter("ranking" if check.only_ranks else check.outcome for check in checks),
            not_checked=[NotChecked(what="photo-accuracy", why="No photographs: add --images.")],
            blind_spots=[BlindSpot(key="companion", text="what comes along")],
            next_step="look at every picture",
        ),
    )
    if photographs:
        results = sample_natural.add(results, run_dir, photographs, flat=flat)
    return results.model_copy(update={"look_first": look_first(results)})


def draw(rng: np.random.Generator, side: int, prior: str) -> np.ndarray:
    """uint8 [h, w, 3]: blobs of 1/f noise for the natural prior, pixel noise over faint blobs for none."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij"))
    frequency[0, 0] = 1
    blobs = []
    for _ in range(3):
        noise = np.fft.rfft2(rng.normal(size=(side, side))) / frequency**1.25
        noise[0, 0] = 0
        plane = np.fft.irfft2(noise, s=(side, side))
        blobs.append(plane / plane.std())
    luminance, warm, green = blobs
    rgb = np.stack([luminance + 0.55 * warm, luminance + 0.4 * green, luminance - 0.6 * warm], axis=-1)
    if prior == "none":
        rgb = 0.25 * rgb + 0.9 * rng.normal(size=rgb.shape)
    return np.clip(128 + 52 * rgb, 0, 255).astype(np.uint8)


def _id(names: tuple[str, ...], index: int) -> str:
    return names[index] if names.count(names[index]) == 1 else f"{names[index]}#{index}"


def _full(name: str) -> str:
    return f"{name}, another word for it" if name in {"banana", "tabby cat"} else name


def _picture(
    rng: np.random.Generator,
    index: int,
    restart: int,
    prior: str,
    file: str,
    data: bytes,
    side: int,
    k: int,
    first: int,
) -> Picture:
    own = float(rng.choice([0.999, 0.97, 0.86, 0.55, 0.21])) if prior == "natural" else 0.9996
    rest = (1 - own) * np.array([0.6, 0.2, 0.1, 0.05])
    others = [(index + step) % k for step in (1, 2, 3, 5)]
    answers = sorted([(own, index), *zip(rest.tolist(), others, strict=True)], reverse=True)
    top = [
        Prediction(class_index=i, logit=round(12 + float(np.log(max(p, 1e-9))), 4), probability=p)
        for p, i in answers
    ]
    rank = 1 + [i for _, i in answers].index(index)
    own_logit = next(answer.logit for answer in top if answer.class_index == index)
    return Picture.model_validate(
        {
            "class_index": index,
            "restart": restart,
            "prior": prior,
            "file": file,
            "sha256": hashlib.sha256(data).hexdigest(),
            "height": side,
            "width": side,
            "views": 96.0,
            "logit": own_logit,
            "probability": own,
            "margin": own_logit - max(answer.logit for answer in top if answer.class_index != index),
            "rank": rank,
            "top": top,
            "chosen": restart == first,
        }
    )


def _statistics(rng: np.random.Generator, prior: str, baseline: bool) -> dict[str, StatisticValue]:
    values = {}
    for id, _, _, constrained, centre, spread in STATISTICS:
        z = (
            float(rng.normal() * (0.4 if constrained else 1.3))
            if prior == "natural"
            else float(rng.normal() + 4)
        )
        place = float(100 / (1 + np.exp(-1.7 * z)))
        values[id] = StatisticValue(value=centre + spread * z, percentile=place if baseline else None)
    values["patch-entropy"] = StatisticValue(value=None, percentile=None)
    return values


def _finding(check: str, verdict: str, labels: list[ClassLabel], indices: list[int], **more: Any) -> Finding:
    return Finding.model_validate(
        {
            "check": check,
            "verdict": verdict,
            "scope": ("model", "class", "pair")[len(indices)],
            "classes": indices,
            "effect": None,
            "p": None,
            "agreement": None,
            "evidence": [],
            "next_step": "Look at twenty photographs of the class and say what they share besides it.",
            "fingerprint": fingerprint(check, [labels[i].id for i in indices]),
            **more,
        }
    )


def _evidence(classes: list[ClassResult], *indices: int) -> list[Evidence]:
    shown = {entry.label.index: entry for entry in classes}
    return [
        Evidence(
            artefact=next(shot.file for shot in shown[i].pictures if shot.chosen),
            origin="synthesised",
            caption=f"{shown[i].label.name}, natural prior",
        )
        for i in indices
        if i in shown
    ]


def _checks(
    rng: np.random.Generator, classes: list[ClassResult], labels: list[ClassLabel]
) -> list[CheckResult]:
    ranking = [
        Ranked(
            class_index=entry.label.index,
            value=round(float(value), 3),
            note="largest margin 21.4 logits, pictures with the natural prior" if place < 3 else "",
        )
        for place, (entry, value) in enumerate(
            zip(classes, sorted(rng.exponential(2.0, len(classes)), reverse=True), strict=True)
        )
    ]
    overlap = _finding(
        "class-overlap", "suspected", labels, [6, 1],
        title=f"“{labels[6].name}” and “{labels[1].name}” share one picture",
        detail="Pictures synthesised for the one are answered as the other in most restarts.",
        effect=Effect(value=0.75, unit="share of restarts", interval=(0.41, 0.93)),
        p=PValue(raw=0.0004, adjusted=0.021, null="other classes of this network"),
        agreement=Agreement(k=3, n=4),
        evidence=_evidence(classes, 6, 1),
    )  # fmt: skip
    outliers = [
        _finding(
            "margin-outlier", "observed", labels, [i],
            title=f"“{labels[i].name}” is far easier to synthesise than the others",
            detail="Its margin lies above all other classes of this network.",
            effect=Effect(value=5.5 - i / 4, unit="robust z", interval=None),
            agreement=Agreement(k=3, n=3),
            evidence=_evidence(classes, i),
        )
        for i in (2, 8, 9)
    ]  # fmt: skip
    whole = _finding("label-duplicates", "verified", labels, [], title="Two classes have the same name",
                     detail="“crane” stands at 6 and 7.")  # fmt: skip
    table: list[tuple[str, str, str, str, str, list[Finding]]] = [
        (
            "label-duplicates",
            "Two classes with one name",
            "lint",
            "flagged",
            "One name is used twice.",
            [whole],
        ),
        ("class-overlap", "Classes that share a picture", "limit", "flagged", "1 pair overlaps.", [overlap]),
        ("margin-outlier", "A class that is too easy", "test", "flagged", "3 classes stand out.", outliers),
        ("unreliable-picture", "Pictures not to be believed", "limit", "passed", "All are recognised.", []),
        (
            "photo-accuracy",
            "Accuracy on photographs",
            "limit",
            "not run",
            "No photographs: add --images.",
            [],
        ),
        ("flip-invariance", "Left and right", "test", "not applicable", "The classes are digits.", []),
        ("texture-cue", "Texture over shape", "test", "inconclusive", "Too few restarts agree to say.", []),
        ("patch-scan", "A small patch is enough", "test", "error", "Out of memory at 32 patches.", []),
    ]
    return [
        CheckResult.model_validate(
            {
                "meta": CheckMeta.model_validate(
                    {
                        "id": id,
                        "title": title,
                        "kind": kind,
                        "question": f"Does {title[0].lower()}{title[1:]} occur in this network?",
                        "source": "this project",
                        "unit": "" if kind == "lint" else "robust z",
                    }
                ),
                "outcome": outcome,
                "summary": summary,
                "gates": kind != "test",
                "ranking": ranking if outcome in {"flagged", "passed"} and kind != "lint" else [],
                "findings": findings,
            }
        )
        for id, title, kind, outcome, summary, findings in table
    ]


def _run(units: int, only: list[int] | None) -> RunInfo:
    return RunInfo(
        command="audit run torchvision:mobilenet_v2@IMAGENET1K_V1 --preset quick --out reports/mobilenet_v2",
        config_name="quick",
        config={
            "seed": 0,
            "device": "cpu",
            "synthesis": {"restarts": 3, "views": 96, "crop": [0.5, 1.0]},
            "checks": {"robustness_epsilon": 2.0, "robustness_share": 0.5},
        },
        seed=0,
        device="cpu",
        dtype="float32",
        only=only,
        environment=Environment(
            audit="0.1.0", python="3.12.3", torch="2.7.0", torchvision="0.22.0", numpy="2.2.1",
            platform="Linux-6.8-x86_64", processor="x86_64", threads=2,
        ),
        stages=[
            StageInfo(name="pictures", version=1, units=units, done=units, views=96.0 * units),
            StageInfo(name="unconstrained", version=1, units=6, done=5, views=640.0),
        ],
        timing=Timing(
            started="2026-03-02T09:00:00Z", finished="2026-03-02T09:31:07Z",
            seconds={"pictures": 1741.2, "unconstrained": 96.4}, sessions=2,
        ),
    )  # fmt: skip


def _model(labels: list[ClassLabel], side: int) -> ModelInfo:
    return ModelInfo(
        spec="torchvision:mobilenet_v2@IMAGENET1K_V1",
        name="mobilenet_v2",
        task="single-label",
        parameters=3_504_872,
        input=Preprocessing(
            height=side, width=side, channels=3, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225),
            resize=256, interpolation="bilinear",
            sources={
                **dict.fromkeys(("height", "width", "resize", "interpolation"), "weights' transforms"),
                **dict.fromkeys(("mean", "std"), "stated by the user"),
                "channels": "the network's first convolution",
            },
        ),
        classes=labels,
        classes_source="weights' metadata",
        identity=Identity(weights=hashlib.sha256(b"w").hexdigest(), probe=hashlib.sha256(b"p").hexdigest()),
        warnings=["Two classes are called “crane”; they are told apart by their numbers."],
    )  # fmt: skip


def _baseline(side: int, present: bool) -> BaselineInfo:
    statistics = [
        StatisticInfo(
            id=id, title=title, unit=unit, constrained=constrained,
            quantiles={key: centre + spread * z for key, z in NORMAL.items()} if present else None,
        )
        for id, title, unit, constrained, centre, spread in STATISTICS
    ]  # fmt: skip
    provenance = (
        "validation photographs, shorter side 256, centre crop 224"
        if present
        else f"no baseline of {side} pixels is at hand: make one with audit baseline IMAGES"
    )
    return BaselineInfo(
        id=f"photographs-{side}" if present else None, height=side, width=side, images=5000 if present else 0,
        provenance=provenance, statistics=statistics,
        sha256=hashlib.sha256(b"b").hexdigest() if present else "",
    )  # fmt: skip
