"""Stage: what a network with randomised weights draws, as a control.

Pictures that are as convincing and agree as well without anything learned say nothing of what was learned.
Both networks draw the same classes with the same engine, settings and random numbers; the control's pictures
are measured and not kept.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from audit.classifier import Classifier
from audit.classifier.generators import generator
from audit.classifier.margins import margin, probabilities
from audit.classifier.randomized_weights import shuffled
from audit.config import SynthesisConfig
from audit.images.png import read_picture
from audit.records import DrawnClass
from audit.records.record import UnitBody
from audit.records.unit_records import ControlUnit, Items, UnitRecord
from audit.stages.artifacts import pictures_of
from audit.stages.stage import (
    CENTRED_FROM,
    FORWARD,
    Computed,
    Context,
    Reduced,
    Spent,
    Tick,
    Together,
    chunks,
    even_sample,
)
from audit.stages.tuning.tuning_stage import tuned
from audit.synthesis.class_pictures import draw_natural
from audit.synthesis.engine import Job
from audit.synthesis.fourier import FourierCanvas, Palette
from audit.synthesis.memory import return_memory

NOISE = 32
"""Pictures of noise under the natural prior that set the control's batch norms."""
BATCH = 32


class Randomization:
    """An even sample of the classes; of the network itself only restarts that the run has not drawn."""

    name = "randomization"
    version = 1
    inputs: tuple[str, ...] = ("tuning", "pictures")
    together: Together = "computed"
    body: type[UnitBody] = ControlUnit

    def of(self, context: Context) -> Items:
        """Classes."""
        return "classes"

    def settings(self, context: Context) -> dict[str, object]:
        """Those of the pictures, the prior that shapes them, and the restarts."""
        return {
            "synthesis": context.config.synthesis.model_dump(),
            "prior": context.prior.sha256,
            "restarts": context.config.reliability.control_restarts,
        }

    def units(self, context: Context, records: Sequence[UnitRecord] = ()) -> list[tuple[int, ...]]:
        """All sampled classes together: pictures are compared with each other."""
        sample = even_sample(context.classes, context.config.reliability.control_classes)
        return [sample] if sample else []

    def views(self, context: Context) -> float:
        """A restart of each class costs what one of the run's pictures costs."""
        config, reliability = context.config.synthesis, context.config.reliability
        new = reliability.control_restarts + max(0, reliability.control_restarts - config.restarts)
        each = new * config.views / config.restarts + FORWARD * 2 * reliability.control_restarts
        return each * sum(len(unit) for unit in self.units(context))

    def compute(
        self, items: Sequence[int], context: Context, inputs: Sequence[UnitRecord], tick: Tick
    ) -> Computed:
        """Shuffle, draw with both, and ask each network about its own pictures."""
        spent = Spent(tick)
        jobs = [Job(c, r) for c in items for r in range(context.config.reliability.control_restarts)]
        # What could not be drawn takes no part, whichever network it was.
        control = shuffled(context.classifier, noise(context), context.config.seed)
        recipe = tuned(context.config.synthesis, inputs)
        theirs = _drawn(control, jobs, context, recipe, spent)
        return_memory()  # the next batches are of other sizes
        ours = _read(jobs, context, inputs)
        missing = [job for job in jobs if job not in ours]
        ours.update(_drawn(context.classifier, missing, context, recipe, spent))
        body = ControlUnit(
            network=_measured(context.classifier, ours, spent), control=_measured(control, theirs, spent)
        )
        return Computed(body, spent.views)

    def reduce(self, context: Context, records: Sequence[UnitRecord]) -> Reduced:
        """Nothing by itself: reliability shows it."""
        return Reduced()


def noise(context: Context) -> Tensor:
    """Pictures `[n, c, h, w]` in [0, 1] of noise under the natural prior."""
    classifier = context.classifier
    palette = Palette(context.prior.prior, classifier.input.channels, classifier.size, classifier.device)
    generators = [generator(context.config.seed, "control noise", i) for i in range(NOISE)]
    return FourierCanvas.noise(palette, generators, *classifier.size).render().detach()


def _drawn(
    classifier: Classifier, jobs: Sequence[Job], context: Context, recipe: SynthesisConfig, tick: Tick
) -> dict[Job, Tensor]:
    seed, found = context.config.seed, dict[Job, Tensor]()
    for batch in (jobs[start : start + recipe.batch] for start in range(0, len(jobs), recipe.batch)):
        drawn = draw_natural(classifier, batch, context.prior.prior, recipe, seed, tick)
        pairs = zip(batch, drawn.images, strict=True)
        found.update({job: image for i, (job, image) in enumerate(pairs) if i not in drawn.failed})
    return found


def _read(jobs: Sequence[Job], context: Context, inputs: Sequence[UnitRecord]) -> dict[Job, Tensor]:
    """Those of the jobs' pictures that the run has drawn already."""
    groups = [g for g in pictures_of(inputs, {job.class_index for job in jobs}) if g.prior == "natural"]
    files = {Job(p.class_index, p.restart): p.file for group in groups for p in group.pictures}
    channels = context.classifier.input.channels
    return {job: read_picture(context.folder / files[job], channels) for job in jobs if job in files}


@torch.no_grad()
def _measured(classifier: Classifier, drawn: Mapping[Job, Tensor], tick: Tick) -> list[DrawnClass]:
    if not drawn:
        return []
    jobs = sorted(drawn, key=lambda job: (job.class_index, job.restart))
    parts: list[tuple[Tensor, Tensor]] = []
    for batch in chunks(range(len(jobs)), BATCH):
        images = torch.stack([drawn[jobs[i]] for i in batch]).to(classifier.device)
        logits, features = classifier.logits_and_features(images)
        parts.append((logits.cpu(), features.cpu().flatten(1)))
        tick(FORWARD * len(batch))
    # Shuffled weights may overflow: what is no number convinces nobody and agrees with nothing.
    logits = torch.cat([part[0] for part in parts]).nan_to_num(0.0, 0.0, 0.0)
    features = torch.cat([part[1] for part in parts]).double().nan_to_num(0.0, 0.0, 0.0)
    labels = torch.tensor([job.class_index for job in jobs])
    own = probabilities(logits, classifier.task).gather(1, labels[:, None])[:, 0]
    margins, cosines = margin(logits, labels), _cosines(features)
    classes = [int(c) for c in labels.unique()]
    return [
        DrawnClass(
            class_index=c,
            probability=float(own[labels == c].mean()),
            margin=float(margins[labels == c].mean()),
            agreement=_agreement(cosines[labels == c][:, labels == c])
            if len(classes) >= CENTRED_FROM
            else None,
        )
        for c in classes
    ]


def _cosines(features: Tensor) -> Tensor:
    """Between rows `[n, d]`, centred by their mean, `[n, n]`."""
    rows = functional.normalize(features - features.mean(0), dim=1)
    return rows @ rows.T


def _agreement(cosines: Tensor) -> float | None:
    """Mean over pairs of restarts `[r, r]`; None for a single one."""
    n = len(cosines)
    return float((cosines.sum() - cosines.diagonal().sum()) / (n * (n - 1))) if n > 1 else None
