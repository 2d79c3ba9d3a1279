import pytest

from audit.checks import effective, margin_outlier


def judge(results, **limits):
    return margin_outlier.evaluate(results, effective(limits))


def driven(planted, margin=60.0, prior="none"):
    other = "natural" if prior == "none" else "none"
    drawn = [planted.picture(4, r, prior, margin=margin) for r in range(2)]
    return planted.entry(4, drawn + [planted.picture(4, r, other) for r in range(2)])


def test_planted_target_ranks_first_and_never_gates(planted):
    result = judge(planted.measured(planted.replaced(planted.ordinary(), driven(planted))))
    assert (result.outcome, result.gates) == ("inconclusive", False)
    assert result.ranking[0].class_index == 4
    (found,) = result.findings
    assert (found.classes, found.verdict, found.p) == ([4], "observed", None)
    assert (found.agreement.k, found.agreement.n) == (2, 2)
    assert "not calibrated" in result.summary
    assert "Pictures: unconstrained." in result.summary


def test_ordinary_classes_are_ranked_without_finding(planted):
    result = judge(planted.measured(planted.ordinary()))
    assert len(result.ranking) == 8
    assert result.findings == []


def test_natural_pictures_stand_in_where_a_class_lacks_the_others(planted):
    classes = planted.replaced(planted.ordinary(), driven(planted, prior="natural"))
    classes = planted.replaced(classes, planted.entry(0, [planted.picture(0)]))
    result = judge(planted.measured(classes))
    assert result.ranking[0].class_index == 4
    assert "Pictures: regularised by the natural prior." in result.summary


def test_too_few_classes(planted):
    result = judge(planted.measured(planted.ordinary()[:4]))
    assert (result.outcome, result.ranking) == ("not applicable", [])


def test_equal_margins_are_all_zero(planted):
    flat = [planted.entry(i, [planted.picture(i, 0, margin=5.0)]) for i in range(8)]
    result = judge(planted.measured(flat))
    assert [r.value for r in result.ranking] == [0.0] * 8
    assert [r.class_index for r in result.ranking] == list(range(8))


def test_one_unlike_the_equal_rest_is_found(planted):
    flat = [planted.entry(i, [planted.picture(i, 0, margin=50.0 if i == 6 else 5.0)]) for i in range(8)]
    assert [f.classes for f in judge(planted.measured(flat)).findings] == [[6]]


def test_nan_margins_are_left_out(planted):
    nan = planted.entry(1, [planted.picture(1, 0, p, margin=float("nan")) for p in ("natural", "none")])
    result = judge(planted.measured(planted.replaced(planted.ordinary(), nan)))
    assert len(result.ranking) == 7
    assert "left out" in result.summary


@pytest.mark.assets
def test_backdoored_network_ranks_its_target_first(assets, planted):
    """CIFAR-10, plain gradient ascent on the logit: the published backdoor's target is class 0."""
    import importlib.util

    import torch

    spec = importlib.util.spec_from_file_location("zoo_cifar", assets / "zoo" / "cifar.py")
    zoo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(zoo)
    network = zoo.backdoored().eval().requires_grad_(False)
    x = (torch.rand(10, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 0.1 + 0.45).requires_grad_()
    targets = torch.arange(10)
    optimiser = torch.optim.Adam([x], lr=0.02)
    for _ in range(64):
        optimiser.zero_grad()
        (-network(x).gather(1, targets[:, None]).sum()).backward()
        optimiser.step()
        x.data.clamp_(0, 1)
    with torch.no_grad():
        z = network((x * 255).round() / 255)
    own = z.gather(1, targets[:, None])[:, 0]
    others = z.scatter(1, targets[:, None], float("-inf")).amax(1)
    names = (assets / "zoo" / "cifar10_classes.txt").read_text("utf-8").split()
    classes = [
        planted.entry(
            i,
            [planted.picture(i, 0, "none", margin=float((own - others)[i]))],
            name=names[i],
        )
        for i in range(10)
    ]
    result = judge(planted.measured(classes, names))
    assert result.ranking[0].class_index == 0
