from audit.classifier.layers import LayerInfo
from audit.dreaming.dream_inputs import series


def layer(name, kind="map", parameters=9, shape=(8, 7, 7)):
    return LayerInfo(name, "Conv2d", shape, kind, 0, parameters, name.count(".") + 1, 1)


def test_depths_are_met_by_blocks_and_in_order():
    """Twenty blocks of two convolutions: shares of what has run, by blocks rather than by what is in them."""
    every = []
    for block in range(20):
        every += [layer(f"b.{block}.0"), layer(f"b.{block}.1"), layer(f"b.{block}", parameters=18)]
    every += [layer("b", parameters=360), layer("head", "vector", shape=(10,))]
    chosen = [info.name for info in series(every, (0.1, 0.5, 0.9))]
    assert chosen == ["b.1", "b.9", "b.17"]


def test_nothing_twice_and_only_layers_with_positions():
    few = [layer("a"), layer("pool", parameters=0, shape=(8, 1, 1)), layer("head", "vector", shape=(10,))]
    assert [info.name for info in series(few)] == ["a"]
    assert series(few[1:]) == []
