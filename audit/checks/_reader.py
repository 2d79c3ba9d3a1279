"""What checks read of the results, and the words in which they speak of it."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from audit.records import (
    Agreement,
    CheckMeta,
    ClassLabel,
    ClassResult,
    Effect,
    Evidence,
    Finding,
    ModelInfo,
    Picture,
    PValue,
    Results,
    fingerprint,
)
from audit.records.pictures import PRIOR_WORDS, Prior
from audit.records.pictures import chosen as stands_for
from audit.text import plural
from audit.text import quoted as quoted

count = plural


@dataclass(frozen=True)
class Reader:
    """A check's way through the results of a run: `m = Reader(results)`."""

    results: Results

    @property
    def model(self) -> ModelInfo:
        """The network that is audited."""
        return self.results.model

    @cached_property
    def ordered(self) -> list[ClassResult]:
        """Audited classes in the order of the network's outputs."""
        return sorted(self.results.classes, key=lambda c: c.label.index)

    @cached_property
    def _labels(self) -> dict[int, ClassLabel]:
        return {label.index: label for label in self.model.classes}

    @cached_property
    def _name_counts(self) -> Counter[str]:
        return Counter(label.name for label in self.model.classes)

    def name(self, index: int) -> str:
        """The class in quotes, safe to print; with its id where another class has the same name."""
        label = self._labels[index]
        twin = f" ({quoted(label.id)[1:-1]})" if self._name_counts[label.name] > 1 else ""
        return quoted(label.name) + twin

    def answered(self, picture: Picture) -> bool:
        """Whether the network answers the picture's own class; several answers may hold if multi-label. Never
        where the answer is not finite."""
        if self.model.task == "multi-label":
            return picture.finite and picture.probability >= 0.5
        return picture.finite and picture.rank == 1

    def taken_for(self, picture: Picture) -> int | None:
        """The other class that the picture is taken for; None for none.

        One label: the first answer, where it is not the class itself. Many labels hold side by side ("dog",
        "animal"), so another one that is more probable is no mistake: only a picture whose own label does not
        hold, while another does, is taken for that other.
        """
        if self.answered(picture) or not picture.finite or not picture.top:
            return None
        first = picture.top[0]
        holds = self.model.task != "multi-label" or first.probability >= 0.5
        return first.class_index if holds and first.class_index != picture.class_index else None

    def decision_margin(self, picture: Picture) -> float:
        """By how many logits the picture's class holds: over the strongest other class, or where labels are
        independent its own logit. NaN or infinite where the answer is not finite."""
        return picture.logit if self.model.task == "multi-label" else picture.margin

    @cached_property
    def unjudged(self) -> dict[str, list[ClassResult]]:
        """Classes that no check of pictures may call faultless, by reason in words."""
        failed = [c for c in self.ordered if c.error is not None]
        odd = [c for c in self.ordered if c.error is None and not all(p.finite for p in c.pictures)]
        reasons = {"with pictures that could not be drawn": failed, "with answers that are not finite": odd}
        return {words: classes for words, classes in reasons.items() if classes}

    def evidence(self, picture: Picture | None) -> list[Evidence]:
        """The picture with a caption that says what it is and what the network answers."""
        if picture is None:
            return []
        if not picture.finite:
            answer = "the output is not finite"
        elif self.answered(picture):
            answer = f"predicted with probability {picture.probability:.2f}"
        elif picture.top:
            answer = f"classified as {self.name(picture.top[0].class_index)}"
        else:
            answer = f"own probability {picture.probability:.2f}"
        caption = (
            f"Synthesised for {self.name(picture.class_index)}, {PRIOR_WORDS[picture.prior]}, "
            f"restart {picture.restart}; {answer}"
        )
        return [Evidence(artefact=picture.file, origin="synthesised", caption=caption)]

    def finding(
        self,
        meta: CheckMeta,
        verdict: Literal["observed", "suspected", "verified", "refuted"],
        classes: list[int],
        *,
        title: str,
        detail: str = "",
        steps: list[str] | None = None,
        next_step: str,
        effect: Effect | None = None,
        agreement: Agreement | None = None,
        evidence: list[Evidence] | None = None,
        p: PValue | None = None,
        level: Literal["warn", "error"] | None = None,
        change: str | None = None,
    ) -> Finding:
        """A finding about the model (no class), a class or a pair; told by `detail`, or in `steps`."""
        scope = ("model", "class", "pair")[len(classes)]
        return Finding(
            check=meta.id,
            verdict=verdict,
            scope=scope,
            classes=classes,
            title=title,
            detail=detail or " ".join(steps or []),
            steps=steps or [],
            effect=effect,
            p=p,
            agreement=agreement,
            evidence=evidence or [],
            next_step=next_step,
            fingerprint=fingerprint(meta.id, [self._labels[i].id for i in classes]),
            level=level,
            change=change,
        )


def pictures(result: ClassResult, prior: Prior) -> list[Picture]:
    """A class's pictures of one prior, by restart."""
    return sorted((p for p in result.pictures if p.prior == prior), key=lambda p: p.restart)


def chosen(result: ClassResult, prior: Prior) -> Picture | None:
    """The picture that stands for the class, if the prior was used."""
    return stands_for(result.pictures, prior)
