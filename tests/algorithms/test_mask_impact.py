"""A mask that beats with a candidate is told from one that does not."""

from typing import Any

import numpy as np
import pytest

from fastpipe.algorithms.fold_counts import count_samples
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import plan_fold
from fastpipe.algorithms.fold_resolution import make_fold_spec
from fastpipe.algorithms.mask_impact import is_periodic, mask_warning, masked_fraction, on_pulse
from fastpipe.data.presence import presence_of_all, presence_of_mask
from fastpipe.data.rfi_mask import RFIMask

NSAMPLES, TSAMP, NCHANS = 40_000, 1e-3, 16


def folded(mask: RFIMask, freq_hz: float, dm: float = 20.0) -> tuple[Any, Any]:
    """Recorded and present samples, shape [nsubints, nbins]."""
    geometry = FoldGeometry(NSAMPLES, TSAMP, np.linspace(1450.0, 1050.0, NCHANS), np.ones(NCHANS, bool))
    plan = plan_fold(make_fold_spec(freq_hz, 0.0, dm, geometry), geometry)
    presences = [presence_of_all(NSAMPLES, NCHANS), presence_of_mask(mask, (), is_ascending=False)]
    recorded, present = count_samples(plan, presences)
    return recorded.sum(axis=1), present.sum(axis=1)


def spikes(starts: Any, length: int) -> RFIMask:
    starts = np.asarray(starts, np.int64)
    return RFIMask(np.zeros((1, NCHANS), np.uint16), NSAMPLES, NSAMPLES, np.stack((starts, starts + length), axis=1))


@pytest.mark.parametrize("kind", ["cells", "intervals", "spikes", "one long stretch", "nothing"])
def test_random_masks_are_not_periodic(kind: str) -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(25):
        for freq_hz in (0.31, 2.3, 17.7):
            cells = np.zeros((40, NCHANS), np.uint16)
            mask = RFIMask(cells, 1000, NSAMPLES)
            if kind == "cells":
                mask = RFIMask((rng.random((40, NCHANS)) < 0.3).astype(np.uint16), 1000, NSAMPLES)
            elif kind == "intervals":
                mask = RFIMask(np.tile(rng.random((40, 1)) < 0.3, NCHANS).astype(np.uint16), 1000, NSAMPLES)
            elif kind == "spikes":
                mask = spikes(np.sort(rng.choice(NSAMPLES // 100, 60, replace=False)) * 100, 90)
            elif kind == "one long stretch":
                mask = spikes([int(rng.integers(0, 20_000))], 15_000)
            found.append(is_periodic(*folded(mask, freq_hz * rng.uniform(0.9, 1.1))))
    assert not any(found)


@pytest.mark.parametrize(("period_samples", "length"), [(500, 50), (200, 100), (97, 12)])
def test_a_periodic_mask_is_found_at_its_period_alone(period_samples: int, length: int) -> None:
    mask = spikes(np.arange(40, NSAMPLES - length, period_samples), length)
    freq_hz = 1.0 / (period_samples * TSAMP)
    assert is_periodic(*folded(mask, freq_hz))
    assert is_periodic(*folded(mask, freq_hz / 2))
    assert not is_periodic(*folded(mask, freq_hz * 1.137))


def test_the_mask_is_told_from_the_pulse() -> None:
    recorded, present = folded(spikes(np.arange(40, NSAMPLES - 50, 500), 50), 2.0, dm=0.0)
    most = (1.0 - present.sum(axis=0) / recorded.sum(axis=0)).argmax()
    nbins = recorded.shape[1]
    eaten, beside = np.arange(nbins) == most, np.arange(nbins) == (most + nbins // 2) % nbins
    assert mask_warning(recorded, present, eaten, snr=20.0, snr_unmasked=19.0) == "mask follows the pulse"
    assert mask_warning(recorded, present, beside, snr=20.0, snr_unmasked=20.0) == "mask has the period of the candidate"
    assert mask_warning(recorded, present, eaten, snr=20.0, snr_unmasked=300.0) == (
        "mask follows the pulse; stronger without the mask"
    )
    assert masked_fraction(recorded, present, eaten) == pytest.approx(1.0, abs=0.1)
    assert masked_fraction(recorded, present, beside) == 0.0


@pytest.mark.parametrize(("snr_unmasked", "text"), [(np.nan, ""), (8.9, ""), (11.0, "stronger without the mask"), (2.0, "")])
def test_signal_that_the_mask_takes_away(snr_unmasked: float, text: str) -> None:
    whole = np.full((8, 16), 100.0)
    assert mask_warning(whole, whole, np.arange(16) < 2, snr=8.0, snr_unmasked=snr_unmasked) == text


def test_empty_folds_do_no_harm() -> None:
    nothing = np.zeros((4, 16))
    assert not is_periodic(nothing, nothing)
    assert masked_fraction(nothing, nothing, on_pulse(np.zeros(16))) == 0.0
