import copy
import gc
import re
import weakref
from collections.abc import Callable
from typing import Any

import odd_networks as odd
import pytest
import torch
from torch import Tensor, nn

from audit.attacks.reference_model import Plain
from audit.classifier import Classifier, load
from audit.classifier.layers import activations, layer_info
from audit.classifier.probe_images import probe_images
from audit.errors import ModelError

Maker = Callable[[], nn.Module]
IMAGES = probe_images(3, 32, 32)


def from_factory(make: Maker, **stated: Any) -> Classifier:
    """Loaded by way of a factory: a live module would be copied."""
    return load(f"{odd.FILE}:{make.__name__}", **{**odd.STATED, **stated})


def plainly(module: nn.Module, images: Tensor) -> Tensor:
    """What a network gives for each image in contiguous memory, two at a time so that all kinds run."""
    module.eval()
    twice = [((image - 0.5) / 0.5).expand(2, -1, -1, -1).contiguous() for image in images]
    rows = [module(pair)[:1].detach() for pair in twice]
    return torch.cat(rows)


RUNS: tuple[tuple[Maker, str], ...] = (
    (odd.Usual, ""),
    (odd.Viewed, "contiguous memory, not in channels-last memory: .*view size"),
    (odd.ViewedWeights, "contiguous memory, not in channels-last memory: .*view size"),
    (odd.ByLayout, "contiguous memory, not in channels-last memory: .*logits change"),
    (odd.Volumes, "contiguous memory, not in channels-last memory: .*rank 4"),
    (odd.Squeezed, r"given twice instead: expected logits of shape \[1, 4\] for 1 image\(s\), got \[4\]"),
    (odd.OneOtherwise, "given twice instead: its answer is another one"),
    (odd.Hooked, "put back before the next: gradient.*Gradients are recorded in every pass.*hook"),
    (odd.Keeps, "put back before the next: seen"),
    (odd.KeepsViewed, "contiguous memory, not .*put back before the next: seen"),
    (odd.KeepsInside, "put back before the next: kept"),
    (odd.ReadsBack, "put back before the next: (cam, map|map, cam)"),
    (odd.Grid, ""),
    (odd.Locked, "share attributes that cannot be copied: lock"),
    (odd.ReturnsNothing, ""),
    (odd.with_backward_hook, "computed out of place"),
)


@pytest.mark.parametrize("make, note", RUNS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_runs_somehow_is_audited_and_answers_as_it_does_plainly(make: Maker, note: str) -> None:
    with torch.random.fork_rng(devices=[]):
        classifier = from_factory(make)
        torch.manual_seed(0)
        module = make()
    module.load_state_dict(classifier.module.state_dict())
    notes = " ".join(classifier.notes)
    assert re.search(note, notes) if note else not notes
    assert classifier.info().notes == classifier.notes
    assert not notes.endswith("..")
    if make is odd.with_backward_hook:
        module = odd.seeded(odd.Usual)
        module.load_state_dict(classifier.module.state_dict())
    expected = plainly(module, IMAGES)
    near = {"rtol": 1e-3, "atol": 1e-3 * float(expected.abs().max())}
    for asked in (classifier, classifier.folded()):
        with torch.no_grad():
            torch.testing.assert_close(asked.logits(IMAGES), expected, **near)
            torch.testing.assert_close(asked.logits(IMAGES[2:3]), expected[2:3], **near)
        # Grad mode is on, but no gradient is wanted.
        assert not asked.logits(IMAGES[:1]).requires_grad
        wanted = IMAGES[:1].clone().requires_grad_()
        (gradient,) = torch.autograd.grad(asked.logits(wanted).square().sum(), wanted)
        assert gradient.shape == wanted.shape
        assert gradient.any()
    with torch.no_grad():
        pixels = (IMAGES[1] * 255).to(torch.uint8)
        torch.testing.assert_close(Plain(classifier).logits(pixels), expected[1], **near)


def test_gradients_are_those_of_the_plain_network() -> None:
    for make in (odd.Viewed, odd.Squeezed, odd.Hooked, odd.Keeps):
        classifier = from_factory(make)
        images = IMAGES[1:2].clone().requires_grad_()
        (found,) = torch.autograd.grad(classifier.folded().logits(images)[0, 1], images)
        module = make()
        module.load_state_dict(classifier.module.state_dict())
        module.eval()
        pair = ((images - 0.5) / 0.5).expand(2, -1, -1, -1).contiguous()
        (expected,) = torch.autograd.grad(module(pair)[0, 1], images)
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize("make", [odd.Squeezed, odd.Hooked])
def test_layers_of_one_image_alone(make: Maker) -> None:
    classifier = from_factory(make)
    both = IMAGES[1:3]
    for rows in (both[:1], both):
        with torch.no_grad():
            features = classifier.features(rows)
            assert features.shape == (len(rows), 12)
            assert classifier.features(rows, "next").shape[:2] == (len(rows), 12)
            torch.testing.assert_close(features, classifier.features(both)[: len(rows)])
            logits, last = classifier.logits_and_last(rows)
            torch.testing.assert_close(logits, last)
        seen = activations(classifier, rows, layer_info(classifier, "next"))
        assert seen.shape[:2] == (len(rows), 12)
        assert not seen.requires_grad


@pytest.mark.parametrize("make", [odd.Keeps, odd.KeepsViewed, odd.KeepsInside, odd.Hooked])
def test_nothing_of_a_pass_is_held_after_the_next(make: Maker) -> None:
    classifier = from_factory(make)
    held: list[weakref.ref[Tensor]] = []
    handle = classifier.module.last.register_forward_hook(lambda *a: held.append(weakref.ref(a[2])))
    for _ in range(3):
        images = IMAGES.clone().requires_grad_()
        classifier.logits(images).sum().backward()
    with torch.no_grad():
        classifier.logits(IMAGES)
    handle.remove()
    del images
    gc.collect()
    assert len(held) == 4
    assert [ref() for ref in held] == [None] * 4
    assert not getattr(classifier.module, "seen", [])
    copy.deepcopy(classifier.copied())


def test_a_state_that_goes_on_starts_anew() -> None:
    classifier = from_factory(odd.GoesOn)
    assert "state" in classifier.notes[0]
    with torch.no_grad():
        first = classifier.logits(IMAGES)
        classifier.logits(1 - IMAGES)
        assert torch.equal(first, classifier.logits(IMAGES))


def test_tables_and_counters_stay() -> None:
    classifier = from_factory(odd.Grid)
    grid, passes = classifier.module.grid, classifier.module.passes
    with torch.no_grad():
        classifier.logits(IMAGES)
    assert isinstance(grid, Tensor)
    assert classifier.module.grid is grid
    assert classifier.module.passes == passes + 1


def test_the_usual_way_is_the_fast_one() -> None:
    rules = from_factory(odd.Usual).rules
    assert (rules.layout, rules.pairs, rules.gradients) == (torch.channels_last, False, False)
    assert rules.kept == {}


def test_weights_and_inputs_follow_one_layout() -> None:
    seen: list[bool] = []
    for make in (odd.Usual, odd.Viewed):
        classifier = from_factory(make).folded()
        plain = classifier.rules.layout == torch.contiguous_format
        with torch.no_grad():
            hook = classifier.module.conv.register_forward_pre_hook(
                lambda _, args: seen.append(args[0].is_contiguous())
            )
            classifier.seen_as(classifier.input).logits(IMAGES)
            hook.remove()
        assert seen.pop() is plain
        assert classifier.module.conv.weight.is_contiguous() is plain


REFUSED: tuple[tuple[Maker, str], ...] = (
    (odd.OneAtATime, r"odd_networks\.py:\d+: .*only one image at a time.*invalid for.*Fix: .*flatten\(1\)"),
    (odd.NotTwo, r"odd_networks\.py:\d+: .*batch of 2: IndexError: two\. Fix: "),
    (odd.Metadata, r"odd_networks\.py:\d+: .*missing.*Fix: its forward needs metadata, site too: wrap"),
    (odd.ThroughNumpy, r"odd_networks\.py:\d+: .*numpy\(\).*Fix: compute it with torch"),
    (odd.Half, r"odd_networks\.py:\d+: .*Half.*Fix: remove \.half\(\)"),
    (odd.Permuted, r"odd_networks\.py:\d+: .*view size.*Fix: write \.reshape"),
    (odd.Checkpointed, r"backward pass fails.*Fix: call .*use_reentrant=False"),
    (odd.FailsBackward, r"odd_networks\.py:\d+: .*backward pass fails: ZeroDivisionError.*Fix: .*hooks"),
    (odd.Endless, r"odd_networks\.py:\d+: .*RecursionError.*Fix: end the recursion"),
    (odd.Unreadable, r"odd_networks\.py:\d+: the network cannot be loaded: KeyError: 'modules'\. Fix: "),
)


@pytest.mark.parametrize("make, message", REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_does_not_run_ends_in_one_line_with_the_place(make: Maker, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        from_factory(make)
    text = str(caught.value)
    assert "\n" not in text
    assert "--input-size" not in text
    assert "input_size" not in text


@pytest.mark.parametrize(
    "error, message",
    [
        (odd.WordlessError(), r"WordlessError\. Fix: "),
        (odd.Unusual("odd"), r"Unusual: odd\. Fix: "),
        (SystemExit(3), r"SystemExit: 3\. Fix: remove sys\.exit"),
        (ImportError("no such thing"), r"no such thing\. Fix: install"),
        (StopIteration(), r"StopIteration\. Fix: "),
        (MemoryError(), r"MemoryError\. Fix: "),
        (RuntimeError("two\nlines\x1b[0m"), r"two lines\[0m\. Fix: "),
        (RuntimeError("Found no NVIDIA driver"), r"Fix: remove \.cuda\(\)"),
    ],
)
def test_whatever_a_forward_raises_is_one_line(error: BaseException, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        load(odd.raising(error), **odd.STATED)
    assert re.match(
        r"\S+odd_networks\.py:\d+: the network does not run on images of 3 x 32 x 32: ", str(caught.value)
    )


def test_an_interruption_stays_one() -> None:
    with pytest.raises(KeyboardInterrupt):
        load(odd.raising(KeyboardInterrupt()), **odd.STATED)


def test_activations_work_in_place_again_where_that_was_not_the_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = odd.raising(RuntimeError("modified by an inplace operation"))
    monkeypatch.setattr("audit.classifier.loading.copied", lambda module: module)
    with pytest.raises(ModelError, match="no tensor in place"):
        load(network, **odd.STATED)
    assert network.act.inplace is True


class Picky(nn.Module):
    """Takes some values only, in any number of images."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if float(x.detach().max()) > 0.5:
            raise ValueError("want small values")
        return self.head(x.mean((2, 3)))


def test_a_network_that_refuses_some_values_is_not_said_to_take_one_image() -> None:
    with pytest.raises(ModelError, match=r"does not run on images of 3 x 16 x 16: ValueError: want small"):
        load(Picky(), input_size=16, mean=0.5, std=0.5)
