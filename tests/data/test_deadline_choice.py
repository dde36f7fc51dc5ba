"""What a deadline costs, in words."""

import pytest

from fastpipe.data.deadline_choice import DeadlineChoice, PlanChoice


def choice(**changes: float) -> DeadlineChoice:
    asked = {"smearing_tolerance": 1.0, "min_downsample": 1, "ntrials": 300, "wall_s": 9.0, "snr_kept": 0.9371}
    return DeadlineChoice(deadline_s=8.0, asked=PlanChoice(**asked), chosen=PlanChoice(**asked | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("snr_kept", "cost"),
    [
        (0.93, "keep 0.930 instead of 0.937 of their S/N on average"),
        (0.937, "keep 0.937, as before, of their S/N on average"),
    ],
)
def test_what_was_given_up_is_said(snr_kept: float, cost: str) -> None:
    sentence = choice(min_downsample=2, ntrials=200, wall_s=7.0, snr_kept=snr_kept).sentence()
    start = "deadline of 8 s: with min_downsample = 2 instead of 1, 200 instead of 300 DM trials and 7 s instead of 9 s"
    assert sentence == f"{start} predicted, pulses of 1 ms {cost}"


def test_nothing_given_up_is_said_too() -> None:
    assert choice().sentence() == "deadline of 8 s: nothing is given up, for 9 s are predicted"
