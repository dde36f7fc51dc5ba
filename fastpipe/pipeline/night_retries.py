"""What happens to an observation when its search ends: one table of exit codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastpipe.data.night_state import SearchStatus

TIME_LIMIT_CODE: Final = 124
"""Exit code of a search that was ended because its time was over, as of the command ``timeout``."""

_LONGEST_PAUSE: Final = 64.0
_MORE_PAUSE: Final = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryRule:
    """What to do after some exit codes."""

    codes: tuple[int, ...]
    """The codes; empty for all that no other rule has."""
    why: str
    """Why this is right."""
    ntimes: int | None = 0
    """Attempts after the first such end; None for the number that the user gives."""
    pause: float = 0.0
    """Pause before the first of them, in units of the user's; it doubles with every further one up to 64 units."""
    is_alone: bool = False
    """Whether nothing may run beside them."""
    end: SearchStatus = "failed"
    """What it is when no attempt is left."""


RETRY_RULES: Final = (
    RetryRule(codes=(0,), why="The catalogue is there.", end="done"),
    RetryRule(codes=(2,), why="The same options are wrong again."),
    RetryRule(codes=(3,), why="The files went away, or may not be read: the inbox says when they are back."),
    RetryRule(codes=(4,), why="The same bytes are corrupt again; a changed file is a new search.", end="quarantined"),
    RetryRule(codes=(5, 75), ntimes=6, pause=1.0, why="Files that arrive and busy disks are ready some time later."),
    RetryRule(codes=(6,), ntimes=1, is_alone=True, why="There is more memory and disk when nothing else runs."),
    RetryRule(codes=(137,), ntimes=None, pause=0.5, is_alone=True, why="The system kills what takes too much memory."),
    RetryRule(
        codes=(TIME_LIMIT_CODE, 129, 130, 143),
        ntimes=None,
        pause=0.1,
        why="What was ended from outside goes on where it stopped, so every attempt gets further.",
    ),
    RetryRule(codes=(), ntimes=1, pause=0.5, why="A stage that failed, or a crash: chance is ruled out by a second time."),
)
"""The rules, each code in one of them; the last one is for all other codes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an observation after an attempt."""

    status: SearchStatus
    """`pending` if it is tried again."""
    pause_s: float = 0.0
    """How long to wait before that, in s."""
    is_alone: bool = False
    """Whether nothing may run beside it."""


def judge_exits(exits: Sequence[int], retries: int, pause_s: float) -> Verdict:
    """Decide what becomes of an observation.

    Parameters
    ----------
    exits
        Exit codes of its attempts in their order; at least one.
    retries
        Further attempts for a search that was killed or ran out of time.
    pause_s
        Unit of all pauses in s.

    Returns
    -------
    Verdict
        The same for the same arguments.

    Examples
    --------
    >>> judge_exits([75, 75], retries=3, pause_s=10.0)
    Verdict(status='pending', pause_s=20.0, is_alone=False)
    >>> judge_exits([4], retries=3, pause_s=10.0).status
    'quarantined'
    """
    rule = _rule_of(exits[-1])
    nsuch = sum(_rule_of(code) is rule for code in exits)
    if nsuch > (retries if rule.ntimes is None else rule.ntimes):
        return Verdict(rule.end)
    pause = min(rule.pause * _MORE_PAUSE ** (nsuch - 1), _LONGEST_PAUSE)
    return Verdict("pending", pause * pause_s, rule.is_alone)


def _rule_of(code: int) -> RetryRule:
    return next((rule for rule in RETRY_RULES if code in rule.codes), RETRY_RULES[-1])
