"""Two ways to answer the same photographs: is one of them right more often?"""

import math


def sign_test(gained: int, lost: int) -> float:
    """One-sided exact p that `gained` of the photographs on which two ways differ are no more than chance.

    McNemar 1947 (Psychometrika 12) in its exact form: where both ways are equally good, each photograph that
    only one of them gets right is a fair coin. 1 where they nowhere differ.
    """
    differ = gained + lost
    return sum(math.comb(differ, k) for k in range(gained, differ + 1)) / 2**differ
