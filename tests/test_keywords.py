import inspect
from typing import get_type_hints

import pytest

import audit
from audit.classifier.loading import load
from audit.keywords import DEFAULTS, Loading


def test_the_keywords_of_loading_are_those_of_the_loader() -> None:
    """Names, types and defaults stand in two places, which agree."""
    own = dict(inspect.signature(load).parameters)
    hints = get_type_hints(load)
    for name in ("spec", "device", "dtype"):
        del own[name]
    assert list(own) == list(get_type_hints(Loading))
    assert {name: hints[name] for name in own} == get_type_hints(Loading)
    assert {name: p.default for name, p in own.items()} == {n: DEFAULTS.get(n) for n in own}


@pytest.mark.parametrize("name", ["run", "doctor", "plan", "load", "draw", "dream", "invert"])
def test_a_signature_lists_every_keyword(name: str) -> None:
    parameters = inspect.signature(getattr(audit, name)).parameters
    assert set(get_type_hints(Loading)) < set(parameters)
    assert not [p for p in parameters.values() if p.kind is inspect.Parameter.VAR_KEYWORD]
    for same in (audit.plan, audit.doctor):
        assert list(inspect.signature(same).parameters) == list(inspect.signature(audit.run).parameters)


def test_an_unknown_keyword_is_refused_with_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"audit\.run\(\) has no keyword 'meen'; did you mean 'mean'\?"):
        audit.run("demo", meen=0.5)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"audit\.doctor\(\) has no keyword 'meen'"):
        audit.doctor("demo", meen=0.5)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"audit\.plan\(\) has no keyword 'config'"):
        audit.plan("demo", config="quick")  # type: ignore[call-arg]
