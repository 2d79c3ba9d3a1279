import numpy as np
import torch

from audit.config import read_config
from audit.probes.bank import plain
from audit.probes.change import BANK_FAMILIES
from audit.probes.effect import measure
from audit.probes.fitting.fitted_change import FITTED
from audit.stages.probes.effect_records import LEADING, recorded


def test_a_small_network_keeps_all_classes_and_a_large_one_those_that_lead() -> None:
    random = torch.Generator().manual_seed(0)
    for classes, all_of_them in ((50, True), (300, False)):
        before = torch.randn(40, classes, generator=random)
        after = before + torch.randn(1, classes, generator=random)
        effect = measure(before, after, None, change="c", family="cast")
        kept = recorded(effect)
        assert (kept.classes == list(range(classes))) == all_of_them
        assert len(kept.classes) <= 3 * LEADING or all_of_them
        order = np.argsort(-effect.shift, kind="stable")
        first, second = int(order[0]), int(order[1])
        assert {first, second} <= set(kept.classes)
        full = kept.dense(kept.shift, classes, float("nan"))
        assert len(full) == classes
        for index in (first, second):
            assert abs(full[index] - float(effect.shift[index])) < 1e-4


def test_the_configuration_names_the_families_that_there_are() -> None:
    config = read_config().probes
    assert set(config.families) == set(BANK_FAMILIES) == {change.family for change in plain(32)}
    assert set(config.fitted) == set(FITTED)
