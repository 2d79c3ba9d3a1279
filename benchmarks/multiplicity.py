"""How often the limit checks flag and pass networks whose classes have known shares of mistaken restarts.

    python benchmarks/multiplicity.py [--networks N] [--seed S]

Counts are drawn, not pictures: each class's mistaken restarts are binomial. They are judged by the decision
of the checks themselves (`audit.checks._limit`) and by the rule before it, which looked at each class by its
own 95 % interval: flagged where one lies above the limit, passed where all lie below.
"""

import argparse
import time
from collections import Counter

import numpy as np

from audit.checks._limit import decide
from audit.records import Proportion

LIMIT = 0.5
CLASSES, RESTARTS = (2, 10, 100, 1000), (1, 6, 9, 20)
SCENARIOS = {
    "honest, 0 %": lambda k: np.zeros(k),
    "honest, 1 %": lambda k: np.full(k, 0.01),
    "honest, 5 %": lambda k: np.full(k, 0.05),
    "uneven: Beta(.5, 9.5)": None,
    "all at the limit": lambda k: np.full(k, LIMIT),
    "one at it, others 1 %": lambda k: np.append(np.full(k - 1, 0.01), LIMIT),
    "one at .9, others 1 %": lambda k: np.append(np.full(k - 1, 0.01), 0.9),
    "one at 1, others 5 %": lambda k: np.append(np.full(k - 1, 0.05), 1.0),
    "1 % at .9, others 1 %": lambda k: np.where(np.arange(k) < max(1, k // 100), 0.9, 0.01),
}
"""True share of every class. The uneven network has a mean of 5 %, and one class in 3,000 above the limit."""


def old(counts: np.ndarray, n: int) -> str:
    shares = [Proportion.of(k, n) for k in range(n + 1)]
    above, below = np.array([s.above(LIMIT) for s in shares]), np.array([s.below(LIMIT) for s in shares])
    return "flagged" if above[counts].any() else "passed" if below[counts].all() else "inconclusive"


def rates(classes: int, n: int, scenario: str, networks: int, seed: int) -> None:
    truth = SCENARIOS[scenario]
    random = np.random.default_rng([seed, classes, n, list(SCENARIOS).index(scenario)])
    before, now, wrong, low = Counter[str](), Counter[str](), 0, 0
    for _ in range(networks):
        share = truth(classes) if truth else random.beta(0.5, 9.5, classes)
        counts = random.binomial(n, share)
        decision = decide([(int(k), n) for k in counts], LIMIT)
        before[old(counts, n)] += 1
        now[decision.outcome] += 1
        if decision.named:
            wrong += any(share[place] <= LIMIT for place in decision.suspected)
        low += int((share > LIMIT).sum()) > decision.at_most
    row = [c[o] for c in (before, now) for o in ("flagged", "passed", "inconclusive")]
    told = [f"{100 * value / networks:7.1f}" for value in (*row, wrong, low)]
    print(f"{classes:7,d} {n:3d}  {scenario:22s}", *told[:3], "|", *told[3:6], "|", *told[6:], flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--networks", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    start = time.time()
    errors = [100 * (p * (1 - p) / args.networks) ** 0.5 for p in (0.05, 0.5)]
    print(f"{args.networks} networks a row, seed {args.seed}, limit {LIMIT}. Per cent of networks; standard")
    print("error {:.1f} at 5 %, {:.1f} at most. Named wrongly: a class within the".format(*errors), end="")
    print(" limit is suspected by itself.\nBound too low: more classes lie beyond than the check says can.")
    print(f"{'':39s}each class alone    |  all classes at once    | named   bound")
    head = "   flag    pass    open"
    print(f"classes   n  {'true shares':22s}{head} |{head} | wrongly too low")
    for n in RESTARTS:
        for classes in CLASSES:
            for scenario in SCENARIOS:
                rates(classes, n, scenario, args.networks, args.seed)
    print(f"{time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
