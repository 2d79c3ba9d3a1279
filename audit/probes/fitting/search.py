"""Gradient search for many slots at once: a slot is one family, class and place.

Families, classes and places stand in one batch. A slot has its own optimiser state, its own random numbers
and its own loss; so it takes the same course in any company, up to rounding.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from audit.classifier import Classifier
from audit.probes.effect import in_one_pass
from audit.probes.fitting.fitted_family import Array, FittedFamily
from audit.probes.fitting.slot_adam import SlotAdam

FORWARD_AND_BACKWARD = 1.0
SMOOTHED = 3
"""Steps whose mean loss says how far a slot is."""
FACTORS = ((0.5, 0.5), (0.25, 0.7), (0.1, 1.0), (0.03, 1.25), (0.0, 1.6))
"""Share of photographs that the second class gets in the last steps → factor of the strength."""
SETTLING = 4
"""Last steps, in which the strength stays."""
TOGETHER = 30_000_000
"""Values of the changed images that are held at once, where several families stand in one batch."""
LAST_RATE = 0.2
"""Share of the rate that is left in the last step."""


@dataclass(eq=False)
class Slot:
    """One search and how it went."""

    family: FittedFamily
    class_index: int
    place: str
    rows: list[int]
    """Photographs of other classes, in the order in which they are taken, again and again."""
    parameters: Array
    losses: list[float] = field(default_factory=list[float])
    shares: list[float] = field(default_factory=list[float])
    taken: int = 0
    strength: float = 1.0
    """Of the family's search, at its end."""

    @property
    def loss(self) -> float:
        """Mean of the last steps: smaller is better."""
        return float(np.mean(self.losses[-SMOOTHED:]))

    @property
    def share(self) -> float:
        """Share of the photographs of the last steps that were turned into the class."""
        return float(np.mean(self.shares[-SMOOTHED:]))

    def next_rows(self, count: int) -> list[int]:
        """Photographs of the next step."""
        chosen = [self.rows[(self.taken + i) % len(self.rows)] for i in range(count)]
        self.taken += count
        return chosen


class _Group:
    """Slots of one family, whose parameters `[s, ...]` stand in one tensor."""

    def __init__(self, slots: list[Slot], device: torch.device, strength: float) -> None:
        self.family, self.slots, self.strength = slots[0].family, slots, strength
        self.parameters = torch.from_numpy(np.stack([slot.parameters for slot in slots])).to(device)
        self.adam = SlotAdam(self.parameters)

    def keep(self, places: list[int]) -> None:
        self.slots = [self.slots[i] for i in places]
        self.parameters = self.parameters[places]
        self.adam.keep(places)

    def adapt(self) -> None:
        """Weaker where two classes are reached, stronger where none but the first is: a network's classes
        differ most where the second one just begins to be reached."""
        of_class: dict[int, float] = {}
        for slot in self.slots:
            of_class[slot.class_index] = max(of_class.get(slot.class_index, 0.0), slot.share)
        if len(of_class) < 2:
            return
        second = sorted(of_class.values())[-2]
        factor = next(factor for share, factor in FACTORS if second >= share)
        weakest, strongest = self.family.strengths
        self.strength = min(strongest, max(weakest, self.strength * factor))

    def save(self) -> None:
        for slot, parameters in zip(self.slots, self.parameters.cpu().numpy(), strict=True):
            slot.parameters = parameters.copy()


class Search:
    """Slots on their way."""

    def __init__(
        self,
        classifier: Classifier,
        images: Tensor,
        slots: Sequence[Slot],
        *,
        steps: int,
        batch: int,
        seed: int,
        strengths: Mapping[str, float] | None = None,
        tick: Callable[[float], None] | None = None,
    ) -> None:
        """`images` `[n, c, h, w]` are those that the slots' rows count; `steps` those of a whole search.

        `strengths` by family; where they are not given they are chosen for the network: see `_Group.adapt`.
        """
        self._classifier, self._images, self._tick = classifier, images, tick
        self._steps, self._batch, self._seed, self._step = steps, batch, seed, 0
        families = list(dict.fromkeys(id(slot.family) for slot in slots))
        self._groups = [
            _Group(own, classifier.device, (strengths or {}).get(own[0].family.name, 1.0))
            for family in families
            if (own := [slot for slot in slots if id(slot.family) == family])
        ]
        self._adapts = strengths is None
        self.strengths = {group.family.name: group.strength for group in self._groups}

    def run(self, steps: int, photographs: Callable[[FittedFamily], int]) -> None:
        """`steps` more steps with that many photographs for a slot of a family."""
        for _ in range(steps):
            self._one_step(photographs)
            if self._adapts and self._step % SMOOTHED == 0 and self._step <= self._steps - SETTLING:
                for group in self._groups:
                    group.adapt()
                    self.strengths[group.family.name] = group.strength
        for group in self._groups:
            group.save()

    def keep(self, chosen: Sequence[Slot]) -> None:
        """Only these go on."""
        names = {id(slot) for slot in chosen}
        for group in self._groups:
            group.keep([i for i, slot in enumerate(group.slots) if id(slot) in names])
        self._groups = [group for group in self._groups if group.slots]

    def _one_step(self, photographs: Callable[[FittedFamily], int]) -> None:
        waiting: list[_Group] = []
        values = 0
        for group in self._groups:
            own = len(group.slots) * photographs(group.family) * self._images[0].numel()
            if waiting and values + own > TOGETHER:
                self._one_step_of(waiting, photographs)
                waiting, values = [], 0
            waiting.append(group)
            values += own
        self._one_step_of(waiting, photographs)
        self._step += 1

    def _one_step_of(self, groups: Sequence[_Group], photographs: Callable[[FittedFamily], int]) -> None:
        rate = 1 - (1 - LAST_RATE) * self._step / max(1, self._steps - 1)
        leaves = [group.parameters.clone().requires_grad_() for group in groups]
        changed: list[Tensor] = []
        classes: list[int] = []
        owners: list[tuple[Slot, int]] = []
        for group, leaf in zip(groups, leaves, strict=True):
            count = photographs(group.family)
            rows = [row for slot in group.slots for row in slot.next_rows(count)]
            corners = [
                group.family.corners(slot.place, rows[i * count : (i + 1) * count], self._key_of_step())
                for i, slot in enumerate(group.slots)
            ]
            changed.append(
                group.family.apply(
                    leaf.repeat_interleave(count, 0),
                    self._images[rows].to(leaf.device),
                    torch.from_numpy(np.concatenate(corners)).to(leaf.device),
                    group.strength,
                )
            )
            classes += [slot.class_index for slot in group.slots for _ in range(count)]
            owners += [(slot, count) for slot in group.slots]
        together = torch.cat(changed)
        gradient, losses, turned = self._ask(together, torch.tensor(classes, device=together.device))
        together.backward(gradient)
        self._note(owners, losses, turned)
        for group, leaf in zip(groups, leaves, strict=True):
            assert leaf.grad is not None
            group.adam.descend(group.parameters, leaf.grad, rate * group.family.rate)
            group.family.project(group.parameters)

    def _ask(self, images: Tensor, classes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gradient `[n, c, h, w]` of each image's loss, losses `[n]`, and `[n]` whether it is turned.

        In passes of some images, so that memory does not grow with the number of slots.
        """
        gradients: list[Tensor] = []
        losses: list[Tensor] = []
        turned: list[Tensor] = []
        batch = in_one_pass(self._batch, images)
        for part, wanted in zip(images.detach().split(batch), classes.split(batch), strict=True):
            leaf = part.clone().requires_grad_()
            logits = self._classifier.logits(leaf)
            own = logits.gather(1, wanted[:, None])[:, 0]
            others = logits.scatter(1, wanted[:, None], float("-inf")).amax(1)
            loss = softplus(others - own)
            gradients.append(torch.autograd.grad(loss.sum(), leaf)[0])
            losses.append(loss.detach().cpu())
            turned.append((own > others).detach().cpu())
            if self._tick is not None:
                self._tick(FORWARD_AND_BACKWARD * len(part))
        return torch.cat(gradients), torch.cat(losses), torch.cat(turned)

    @staticmethod
    def _note(owners: list[tuple[Slot, int]], losses: Tensor, turned: Tensor) -> None:
        start = 0
        for slot, count in owners:
            slot.losses.append(float(losses[start : start + count].mean()))
            slot.shares.append(float(turned[start : start + count].float().mean()))
            start += count

    def _key_of_step(self) -> int:
        """Keys random places of this step; the seed itself keys those of the measurement."""
        return self._seed * 1009 + self._step + 1
