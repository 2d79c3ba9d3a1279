"""How much a search does: the cheapest that kept planted flaws apart from clean networks."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class FittingSettings:
    """The defaults fit nine families for ten classes of a small network in about half a minute."""

    steps: int = 36
    """Of a search that goes to its end."""
    rungs: tuple[tuple[int, int], ...] = ((3, 16), (6, 5))
    """After so many steps, so many classes of a family go on (successive halving, Jamieson et al. 2016)."""
    starts: int = 16
    """Random patterns of a family and place, of which each class takes the best."""
    starting: int = 6
    """Photographs on which they are compared."""
    tried: int = 5
    """Places of a class that are tried at all."""
    photographs: int = 6
    """A slot sees in each step; others in the next one."""
    screened: int = 4
    """The same before the last rung, where a family has several places or classes are more than `many`."""
    many: int = 16
    """Classes from which on the screening is cheaper."""
    places: int = 2
    """Places of a class that go on after the last rung."""
    reported: int = 10
    """Classes of a family that are measured, at most."""
    checked: int = 24
    """Photographs of the fitted half by which the best place of a class is chosen."""
    measured: int = 100
    """Photographs of the other half, at most, on which the result is measured."""
    batch: int = 128
    """Images of one pass."""
    # No clean network of the tables has so many classes that these two count, so they are not in its digest.
    started: int = field(default=12, repr=False)
    """Classes of a family that are fitted because random starts move photographs toward them, where not all
    classes are fitted."""
    finishing: int = field(default=3, repr=False)
    """Classes of a family that go on after the last rung there: the first, the next and one to spare."""

    def among_many(self) -> "FittingSettings":
        """The same where not all classes are fitted."""
        *before, (step, classes) = self.rungs
        return replace(self, rungs=(*before, (step, min(classes, self.finishing))))
