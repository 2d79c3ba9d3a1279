"""Random small networks run as they do in plain torch, or end in one line."""

from pathlib import Path
from random import Random
from types import SimpleNamespace

import network_habits
import network_heads
import network_layers
import network_trial
import pytest
import torch
from network_generator import RandomNetwork, random_network
from network_heads import EITHER, REFUSED, RUNS, SHOWS
from network_source import Source
from network_trial import NEITHER, ONE_LINE, RAN, WRONG, trial
from torch import nn

from audit.classifier import Classifier
from audit.errors import ModelError

COUNT = 30


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("number", range(COUNT))
def test_it_runs_as_in_plain_torch_or_ends_in_one_line(number: int, tmp_path: Path) -> None:
    network = random_network(number)
    outcome = trial(network, tmp_path)
    assert outcome.kind in (RAN, ONE_LINE), f"{outcome.said}\n{network.parts}\n{network.source}"


def test_a_network_is_made_again_from_its_number() -> None:
    first, second = random_network(7), random_network(7)
    assert first == second
    assert random_network(8).source != first.source
    a, b = first.build().state_dict(), second.build().state_dict()
    assert a
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_they_are_of_every_kind() -> None:
    networks = [random_network(number) for number in range(150)]
    kinds = [network.expected for network in networks]
    assert all(kinds.count(kind) > 5 for kind in (RUNS, REFUSED, SHOWS, EITHER))
    assert kinds.count(RUNS) > 50
    assert {network.channels for network in networks} == {1, 2, 3, 4}
    assert all(
        2 <= network.classes <= 20 and 8 <= min(network.size) <= max(network.size) <= 64
        for network in networks
    )
    assert 10 < sum(network.from_file for network in networks) < 140


def plain() -> Source:
    source = Source(1, (16, 20), 3, 7, Random(1))
    assert source.block("conv", "self.a = nn.Conv2d(3, 6, 3, padding=1)", "x = F.relu(self.a(x))")
    return source


def finished(source: Source, expected: str = RUNS, head: str = "linear", habit: str = "") -> RandomNetwork:
    if len(source.shape) > 1:
        source.block("mean", "", "x = x.mean((2, 3))" if len(source.shape) == 3 else "x = x.mean(1)")
    _, init, forward = network_heads.HEADS[head]
    init, forward = (text.format(d=source.shape[0], k=7) for text in (init, forward))
    source.init += init.splitlines()
    source.forward += forward.splitlines()
    copies = network_habits.add(source, habit).copies if habit else True
    return RandomNetwork(
        number=1,
        source=source.text(),
        size=(16, 20),
        channels=3,
        classes=7,
        mean=(0.5, 0.4, 0.5),
        std=(0.25, 0.5, 0.5),
        order="rgb",
        expected=expected,
        copies=copies,
        multi_label=False,
        from_file=False,
        parts=(head, habit),
    )


def known(network: RandomNetwork) -> str:
    with network_trial.quiet():
        return network_trial.known_of(network).must


def test_every_block_runs_and_passes_a_gradient() -> None:
    for blocks in (network_layers.ON_MAPS, network_layers.TO_TOKENS, network_layers.ON_TOKENS):
        for name, (init, forward) in blocks.items():
            source = plain()
            if blocks is network_layers.ON_TOKENS:
                assert source.block(
                    "patches", "self.a = nn.Conv2d(6, 8, 4, 4)", "x = self.a(x).flatten(2).mT"
                )
            n, d = source.shape[:2]
            values = {"c": 6, "c2": 12, "w": 20, "n": n, "d": d}
            assert source.block(name, init.format(**values), forward.format(**values)), name
            assert known(finished(source)) == RUNS, name
    for name, (init, forward, _) in network_layers.TO_FEATURES.items():
        source = plain()
        assert source.block(name, init.format(d=6), forward), name
        assert known(finished(source)) == RUNS, name


def test_what_is_asked_of_a_head_is_true_of_it_in_plain_torch() -> None:
    for name, (expected, *_) in network_heads.HEADS.items():
        assert known(finished(plain(), expected, name)) == expected, name


def test_what_is_asked_of_a_habit_is_true_of_it_in_plain_torch() -> None:
    for name, habit in network_habits.HABITS.items():
        found = known(finished(plain(), habit.expected, habit=name))
        assert found == (REFUSED if habit.expected == SHOWS else habit.expected), name


def outcome_of(
    tmp_path: Path, head: str = "linear", habit: str = "", expected: str = RUNS
) -> tuple[str, str]:
    found = trial(finished(plain(), expected, head, habit), tmp_path)
    return found.kind, found.said


def test_wrong_logits_are_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome_of(tmp_path) == (RAN, "")
    right = Classifier.logits
    monkeypatch.setattr(Classifier, "logits", lambda self, images: right(self, images).roll(1, 1))
    assert outcome_of(tmp_path)[0] == WRONG
    monkeypatch.setattr(
        Classifier, "logits", lambda self, images: right(self, images) * (1 + (len(images) == 3))
    )
    kind, said = outcome_of(tmp_path)
    assert kind == WRONG
    assert "3 images" in said
    monkeypatch.setattr(Classifier, "logits", right)
    mirrored = {"logits": lambda images: right(classifier, images.flip(3))}
    classifier = network_trial.audit.load(finished(plain()).build(), input_size=(16, 20), mean=0.5, std=0.5)
    monkeypatch.setattr(Classifier, "folded", lambda self: SimpleNamespace(**mirrored))
    kind, said = outcome_of(tmp_path)
    assert kind == WRONG
    assert said.startswith("folded")


def test_refusals_are_right_or_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, said = outcome_of(tmp_path, "softmax", expected=REFUSED)
    assert kind == ONE_LINE
    assert "probabilities" in said

    def load(*_: object, **keywords: object) -> Classifier:
        raise ModelError("no\nlogits", fix=str(keywords["channels"]))

    monkeypatch.setattr(network_trial.audit, "load", load)
    kind, said = outcome_of(tmp_path)
    assert kind == WRONG
    assert "runs in torch" in said
    assert outcome_of(tmp_path, expected=EITHER) == (ONE_LINE, "no logits. Fix: 3")


def test_other_exceptions_are_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_trial.audit, "load", lambda *_, **keywords: {}["key"])
    kind, said = outcome_of(tmp_path, expected=EITHER)
    assert kind == NEITHER
    assert "KeyError" in said


def test_a_changed_module_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = network_trial.audit.load

    def load(module: nn.Module, **keywords: object) -> Classifier:
        next(module.parameters()).data.view(-1)[0] += 1
        return right(module, **keywords)

    monkeypatch.setattr(network_trial.audit, "load", load)
    assert outcome_of(tmp_path)[0] == WRONG
    assert outcome_of(tmp_path, "softmax", expected=REFUSED)[0] == WRONG


def test_what_cannot_be_audited_must_not_run(tmp_path: Path) -> None:
    assert outcome_of(tmp_path, expected=REFUSED) == (WRONG, "it runs, but should be refused")
