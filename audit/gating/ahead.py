"""What a policy asks and a run with the given settings cannot give, before anything is computed."""

from collections.abc import Sequence

from audit.checks import Lack, lacks, quoted
from audit.config import Config
from audit.gating.policy import Policy


def ahead(policy: Policy, config: Config, *, photographs: bool, part: bool) -> str:
    """What a run with these settings cannot fulfil of the policy; empty where it may fulfil all.

    `part`: whether some classes may be left out.
    """
    judged_by = config.model_copy(update={"checks": {**config.checks, **policy.limits}})
    lacking = {check: lacks(check, judged_by, photographs=photographs) for check in policy.required()}
    said = [f"{check} ({_and(missing)})" for check, missing in lacking.items() if missing]
    if part and policy.coverage > 0:
        share = "all classes" if policy.coverage == 1 else f"{policy.coverage:.0%} of the classes"
        said.append(f"the coverage ({share} are asked for: audit without --only)")
    if not said:
        return ""
    start = f"policy {quoted(policy.name)[1:-1]} will have no answer: these settings cannot fulfil"
    return f"{start} {'; '.join(said)}. The run goes on"


def _and(missing: Sequence[Lack]) -> str:
    return " and ".join(f"{lack.why}: {lack.setting}" if lack.setting else lack.why for lack in missing)
