"""Masks of real recordings."""

from pathlib import Path

import numpy as np
import pytest

from fastpipe.algorithms.rfi_masking import MaskingRules, find_mask
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.io.recordings import open_recording
from tests.algorithms.interval_recordings import statistics_of

pytestmark = pytest.mark.real_data


def mask_of(test_data: Path, *names: str) -> RFIMask:
    recording = open_recording([test_data / "recordings" / name for name in names])
    header = recording.header
    statistics = statistics_of(recording.read(0, header.nsamples), round(1.0 / header.tsamp), header.nbits)
    return find_mask(statistics, MaskingRules())


def test_parkes_has_some_60_channels_that_do_harm(test_data: Path) -> None:
    both = mask_of(test_data, "parkes_8bit_1.fil", "parkes_8bit_2.fil")
    first = mask_of(test_data, "parkes_8bit_1.fil")
    # 95 are called bad elsewhere; the others have impulses that vanish in the sum, a kurtosis of 2 to 6.
    assert 50 <= np.count_nonzero(both.bad_channels) <= 105
    assert both.masked_fraction < 0.13
    # Two seconds tell nearly as much.
    assert np.count_nonzero(first.bad_channels & both.bad_channels) > 0.8 * np.count_nonzero(both.bad_channels)


def test_a_bright_pulsar_in_a_few_channels_is_kept(test_data: Path) -> None:
    mask = mask_of(test_data, "b0329_portrait_611mhz.fil")
    is_dead = (mask.reasons & Reason.DEAD) != 0
    assert np.count_nonzero(is_dead.all(axis=0)) == np.count_nonzero(mask.bad_channels) == 10
    assert np.mean(mask.mask & ~is_dead) < 0.002


def test_clean_recordings_stay_whole(test_data: Path) -> None:
    assert mask_of(test_data, "tutorial_2bit.fil").masked_fraction < 0.002
    assert mask_of(test_data, "frb180417_askap.fil").masked_fraction < 0.02
