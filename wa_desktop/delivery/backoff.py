"""How long to wait before a message is sent again. Seconds in, seconds out, no clock.

The random source is handed in, so that a test (or a repeated run) can fix it.
"""

import random

from wa_desktop.error_table import ErrorRule

_HIGHEST_POWER = 64
_PAIR_JITTER = 0.25


def exponential(
    attempt: int, rng: random.Random, *, base: float = 2.0, cap: float = 300.0
) -> float:
    """Full jitter: anything from 0 to ``base * 2 ** (attempt - 1)``, at most ``cap``.

    ``attempt`` counts from 1. Spread over the whole span, messages that failed together do
    not come back together.
    """
    return rng.uniform(0.0, ceiling(attempt, base=base, factor=2.0, cap=cap))


def pair_rate(tries: int, rng: random.Random, *, cap: float = 4096.0) -> float:
    """At least ``4 ** tries`` (0, 1, 2, …), at most ``cap``, and up to a quarter more.

    For too many messages to one recipient; the provider asks for 4^X and no less (Cloud
    API, pair rate limit, 2025-12), so the jitter only adds.
    """
    floor = ceiling(tries + 1, base=1.0, factor=4.0, cap=cap)
    return floor + rng.uniform(0.0, floor * _PAIR_JITTER)


def wait_before_retry(
    rule: ErrorRule, attempt: int, rng: random.Random, asked: float | None = None
) -> float:
    """The wait a rule sets after its ``attempt``-th refusal (from 1) of a message.

    What the provider ``asked`` for is the least; it is not cut by the rule's cap. Rules
    that grow by two get full jitter over their span, from half of ``wait_first`` up; the others
    (a set hour, 4^X) wait at least what they say.
    """
    span = ceiling(attempt, base=rule.wait_first, factor=rule.wait_factor, cap=rule.wait_cap)
    if rule.wait_factor == 2.0:
        wait = max(rng.uniform(0.0, span), rule.wait_first / 2)
    else:
        wait = span + rng.uniform(0.0, span * _PAIR_JITTER)
    return max(wait, asked or 0.0)


def ceiling(attempt: int, *, base: float, factor: float, cap: float) -> float:
    """``base * factor ** (attempt - 1)``, at most ``cap``; any attempt from 1 up is fine."""
    if attempt < 1:
        raise ValueError("attempts count from 1")
    return min(cap, base * factor ** min(attempt - 1, _HIGHEST_POWER))
