"""Error budgets: how many more failures a target bears, or how many successes it needs, before its period ends.

Convention: pure, over exact numbers; what is certain now is 已失守 or 已稳达, however the rest of the period turns out.
"""

import math
from fractions import Fraction

from itss_kpi.core.results import ErrorBudget, WhatIf
from itss_kpi.core.targets import Target


def budget_of_ratio(target: Target, numerator: int, denominator: int) -> ErrorBudget:
    """Room of a running share of counted rows, where each further row is a success or a failure."""
    bound = target.bounds[0]
    if not denominator or len(target.bounds) > 1 or bound.op not in (">=", ">"):
        return ErrorBudget()
    if target.passes(Fraction(numerator, denominator)):
        return ErrorBudget(failures=_most_failures(target, numerator, denominator))
    if bound.limit >= 1:
        return ErrorBudget()
    need = math.ceil((bound.limit * denominator - numerator) / (1 - bound.limit))
    exact = target.passes(Fraction(numerator + need, denominator + need))
    return ErrorBudget(successes=need if exact else need + 1)


def _most_failures(target: Target, numerator: int, denominator: int) -> int | None:
    limit = target.bounds[0].limit
    if limit == 0:
        return None
    most = math.floor(numerator / limit) - denominator
    return most if target.passes(Fraction(numerator, denominator + most)) else most - 1


def budget_of_count(target: Target, count: int) -> ErrorBudget:
    """Room of a running count, which can only grow: lost once past an upper limit, safe once past a lower one."""
    side = target.side(count)
    upper = [bound for bound in target.bounds if bound.op in ("<", "<=", "=")]
    if side > 0:
        return ErrorBudget(settled="已失守")
    if side < 0:
        need = next(bound for bound in target.bounds if bound.side(count) < 0)
        least = math.floor(need.limit) + 1 if need.op == ">" else math.ceil(need.limit)
        return ErrorBudget(successes=least - count) if target.passes(least) else ErrorBudget(settled="已失守")
    if not upper:
        return ErrorBudget(settled="已稳达")
    most = min(math.ceil(bound.limit) - 1 if bound.op == "<" else math.floor(bound.limit) for bound in upper)
    return ErrorBudget(failures=most - count)


def budget_of_plan(
    target: Target, numerator: Fraction, planned: Fraction, subset: bool, failed: Fraction
) -> ErrorBudget:
    """Room where the whole period's denominator is `planned`: safe once reached, lost once too many have `failed`."""
    bound = target.bounds[0]
    if not planned or len(target.bounds) > 1 or bound.op not in (">=", ">"):
        return ErrorBudget()
    if target.passes(numerator / planned):
        return ErrorBudget(settled="已稳达", planned=str(planned))
    if subset and not target.passes((planned - failed) / planned):
        return ErrorBudget(settled="已失守", planned=str(planned))
    need = math.ceil(bound.limit * planned - numerator)
    reached = target.passes((numerator + need) / planned)
    return ErrorBudget(successes=need if reached else need + 1, planned=str(planned))


# ---- what if so many more come


def what_if_of_ratio(target: Target, numerator: int, denominator: int, further: int) -> WhatIf:
    """How many of the next `further` counted rows must or may be successes for a running share of them to hold then."""
    return _outlook(target, numerator, denominator + further, further)


def what_if_of_count(target: Target, count: int, further: int) -> WhatIf:
    """How many of `further` chances must or may occur for a running count to hold then."""
    return _outlook(target, count, 1, further)


def _outlook(target: Target, numerator: int, denominator: int, further: int) -> WhatIf:
    least, most = 0, further
    for bound in target.bounds:
        # what the successes are compared with: (numerator + s) / denominator against the limit
        edge = bound.limit * denominator - numerator
        if bound.op in (">=", "="):
            least = max(least, math.ceil(edge))
        if bound.op == ">":
            least = max(least, math.floor(edge) + 1)
        if bound.op in ("<=", "="):
            most = min(most, math.floor(edge))
        if bound.op == "<":
            most = min(most, math.ceil(edge) - 1)
    return WhatIf(further, least, most) if least <= most else WhatIf(further)
