"""Masks that are given: by frequency, by channel, by a file."""

import dataclasses
from pathlib import Path

import numpy as np

from fastpipe.config import CleaningConfig
from fastpipe.data.header import Header
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.io.rfi_mask_file import write_rfi_mask
from fastpipe.pipeline.given_mask import given_mask

# Channel centres 1080, 1081 ... 1111 MHz.
HEADER = Header(nchans=32, nsamples=95, tsamp=0.1, fch1=1080.0, foff=1.0, nbits=8, telescope="FAST")


def channels_of(header: Header, config: CleaningConfig) -> list[int]:
    mask = given_mask(header, config, 10)
    assert mask.reasons.shape == (10, header.nchans)
    assert (mask.interval_samples, mask.nsamples) == (10, header.nsamples)
    assert set(np.unique(mask.reasons)) <= {0, int(Reason.GIVEN)}
    np.testing.assert_array_equal(mask.mask.any(axis=0), mask.bad_channels)
    return np.flatnonzero(mask.bad_channels).tolist()


def test_the_telescope_says_what_is_never_free() -> None:
    assert channels_of(HEADER, CleaningConfig()) == list(range(3, 20))
    descending = dataclasses.replace(HEADER, fch1=1111.0, foff=-1.0)
    assert channels_of(descending, CleaningConfig()) == list(range(12, 29))
    assert channels_of(dataclasses.replace(HEADER, telescope="Parkes"), CleaningConfig()) == []
    assert channels_of(dataclasses.replace(HEADER, telescope="Backyard"), CleaningConfig()) == []


def test_ranges_of_the_configuration_take_its_place() -> None:
    assert channels_of(HEADER, CleaningConfig(mask_mhz=())) == []
    # Only channels whose centre is inside.
    assert channels_of(HEADER, CleaningConfig(mask_mhz=((1080.6, 1082.4), (1111.0, 1300.0)))) == [1, 2, 31]


def test_channels_by_number() -> None:
    assert channels_of(HEADER, CleaningConfig(mask_mhz=(), mask_channels="0:2,30")) == [0, 1, 2, 30]


def test_a_file_adds_to_the_rest(tmp_path: Path) -> None:
    reasons = np.zeros((4, 32), np.uint16)
    reasons[1, 7] = Reason.LEVEL | Reason.SHAPE
    write_rfi_mask(tmp_path / "mask.h5", HEADER, RFIMask(reasons, 25, 95, np.array([[3, 5]])))
    config = CleaningConfig(mask_mhz=(), mask_channels="5", mask_file=str(tmp_path / "mask.h5"))
    mask = given_mask(HEADER, config, 10)
    expected = np.zeros((10, 32), np.uint16)
    expected[:, 5] = Reason.GIVEN
    expected[2:5, 7] = Reason.GIVEN  # samples 25 to 49
    np.testing.assert_array_equal(mask.reasons, expected)
    np.testing.assert_array_equal(mask.bad_samples, [[3, 5]])
