"""Finished pictures → records: what the network says of the 8-bit file, and the file itself."""

import base64
import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.classifier.margins import decision_margin, finite_answers, margin, probabilities
from audit.classifier.model import Task
from audit.images.png import png
from audit.records import ClassPictures, Picture, Prediction
from audit.records.pictures import PRIOR_WORDS, Prior
from audit.records.unit_records import PicturesUnit
from audit.stages.stage import Computed
from audit.synthesis.class_pictures import Drawn
from audit.synthesis.engine import Job

# Which of a class's restarts stands for it.


def choose(logits: Tensor, jobs: Sequence[Job], class_index: int, task: Task = "single-label") -> int | None:
    """Position in `jobs` of the class's picture with the largest decision margin in `logits` `[n, k]`.

    None where no answer is finite. The network's own opinion decides, and nothing outside it: no photograph
    and no second network. Where labels are independent that is the own logit: a picture that shows the label
    beside its sister ("dog", "animal") is no worse than one that shows it alone.
    """
    places = [i for i, job in enumerate(jobs) if job.class_index == class_index]
    own = logits[places]
    labels = own.new_full((len(places),), class_index).long()
    led = decision_margin(own, labels, task)
    best = int(led.argmax())
    return places[best] if led[best] > float("-inf") else None


SHOWN_ANSWERS = 5
ASKED = 16
"""Pictures that the network is asked about at once."""
SKETCH = 128
"""Dimensions of a picture's feature sketch: cosines keep to about 1/sqrt(128) (Johnson-Lindenstrauss)."""
FOLDERS: dict[Prior, str] = {"natural": "pictures", "none": "unconstrained", "batch-norm": "batch-norm"}


@torch.no_grad()
def record(classifier: Classifier, jobs: Sequence[Job], drawn: Drawn, prior: Prior) -> Computed:
    """Records of the pictures `drawn` for `jobs`, grouped by class, with their files as PNG."""
    failed = _failures(jobs, drawn, prior)
    kept = [i for i in range(len(jobs)) if i not in drawn.failed]
    if not kept:
        return Computed(PicturesUnit(pictures=[], failed=failed), sum(drawn.views))
    jobs, images, views = [jobs[i] for i in kept], drawn.images[kept], [drawn.views[i] for i in kept]
    asked = [classifier.logits_and_features(part.to(classifier.device)) for part in images.split(ASKED)]
    logits, features = (torch.cat([answer[i].cpu() for answer in asked]) for i in (0, 1))
    labels = torch.tensor([job.class_index for job in jobs])
    own = logits.gather(1, labels[:, None])
    answered = finite_answers(logits)
    ranks = torch.where(answered, 1 + (logits > own).sum(1), logits.shape[1])
    margins = margin(logits, labels)
    certain = torch.where(answered[:, None], probabilities(logits, classifier.task), torch.nan)
    sketches = sketch(features)
    files: dict[str, bytes] = {}
    by_class: dict[int, tuple[list[Picture], list[str]]] = {}
    chosen = {
        choose(logits, jobs, c, classifier.task) for c in dict.fromkeys(job.class_index for job in jobs)
    }
    digits = max(4, len(str(len(classifier.classes) - 1)))
    for i, job in enumerate(jobs):
        name = f"images/{FOLDERS[prior]}/{job.class_index:0{digits}d}-restart{job.restart}.png"
        files[name] = png(images[i])
        strongest = logits[i].topk(min(SHOWN_ANSWERS, logits.shape[1])).indices.tolist()
        picture = Picture(
            class_index=job.class_index,
            restart=job.restart,
            prior=prior,
            file=name,
            sha256=hashlib.sha256(files[name]).hexdigest(),
            height=images.shape[2],
            width=images.shape[3],
            views=views[i],
            logit=float(own[i, 0]),
            probability=float(certain[i, job.class_index]),
            margin=float(margins[i]),
            rank=int(ranks[i]),
            top=[
                Prediction(class_index=c, logit=float(logits[i, c]), probability=float(certain[i, c]))
                for c in (strongest if answered[i] else ())
            ],
            chosen=i in chosen,
        )
        pictures, shorthand = by_class.setdefault(job.class_index, ([], []))
        pictures.append(picture)
        shorthand.append(sketches[i])
    body = PicturesUnit(
        pictures=[
            ClassPictures(class_index=c, prior=prior, pictures=pictures, sketches=shorthand)
            for c, (pictures, shorthand) in by_class.items()
        ],
        failed=failed,
    )
    return Computed(body, sum(drawn.views), files)


def _failures(jobs: Sequence[Job], drawn: Drawn, prior: Prior) -> dict[int, str]:
    """Class of which pictures could not be drawn → how many and why."""
    reasons: dict[int, list[str]] = {}
    for place, reason in sorted(drawn.failed.items()):
        reasons.setdefault(jobs[place].class_index, []).append(reason)
    return {
        c: f"{len(own)} of {sum(job.class_index == c for job in jobs)} pictures ({PRIOR_WORDS[prior]}) could "
        f"not be drawn: {own[0]}."
        for c, own in reasons.items()
    }


def read_sketch(text: str) -> np.ndarray:
    """A sketch as float32 `[128]`."""
    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float32)


def sketch(features: Tensor) -> list[str]:
    """Features `[n, ...]` as random projections to 128 dimensions, float16 in base64; see `SKETCH`."""
    flat = features.flatten(1)
    directions = torch.randn(flat.shape[1], SKETCH, generator=generator(0, "sketch", flat.shape[1]))
    small = flat @ directions / flat.shape[1] ** 0.5
    return [base64.b64encode(row.numpy().astype("<f2").tobytes()).decode() for row in small]
