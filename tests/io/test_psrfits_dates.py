"""Times of PSRFITS: what is a little wrong in every row or file, and dates that are written."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from fastpipe.errors import ConfigError
from fastpipe.io.psrfits import PsrfitsRecording
from tests.io.psrfits_files import NSBLK, edit, write_scan


@pytest.mark.parametrize("step", [0.995, 1.005])
def test_rows_that_drift_are_said(tmp_path: Path, step: float) -> None:
    paths, _ = write_scan(tmp_path, nsamples=60 * NSBLK)
    edit(paths[0], columns={"OFFS_SUB": (np.arange(60) + 0.5) * NSBLK * 1e-3 * step})
    recording = PsrfitsRecording.open(paths)
    assert recording.header.nsamples == 60 * NSBLK
    assert sum("found times that run away from TBIN by" in oddity for oddity in recording.oddities) == 1


def test_files_that_drift_are_said(tmp_path: Path) -> None:
    paths, _ = write_scan(tmp_path, rows_per_file=1)
    for number, path in enumerate(paths):
        start_s = number * (NSBLK + 0.4) * 1e-3
        edit(path, primary={"STT_OFFS": start_s}, subint={"NSUBOFFS": 0}, columns={"OFFS_SUB": [NSBLK / 2 * 1e-3]})
    oddities = PsrfitsRecording.open(paths).oddities
    assert sum("found times that run away from TBIN by 2 in 80 samples" in oddity for oddity in oddities) == 1


def test_rounded_tsubint_costs_no_samples(tmp_path: Path) -> None:
    paths, samples = write_scan(tmp_path, nsblk=256, nsamples=6 * 256, rows_per_file=2)
    for path in paths:
        edit(path, columns={"TSUBINT": np.full(2, 0.255)})
    np.testing.assert_array_equal(PsrfitsRecording.open(paths).read(0, 6 * 256), samples[:, 0])


@pytest.mark.parametrize(("second", "stt"), [(12345, (59000, 12345)), (86399.9999999, (59001, 0)), (0, (59000, 0))])
def test_whole_seconds_stay_whole(tmp_path: Path, second: float, stt: tuple[int, int]) -> None:
    paths, _ = write_scan(tmp_path, tstart=59000 + second / 86_400)
    primary = fits.getheader(paths[0])
    assert (primary["STT_IMJD"], primary["STT_SMJD"], primary["STT_OFFS"]) == (*stt, 0.0)


def test_barycentric_times_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found barycentric times, expected topocentric ones"):
        write_scan(tmp_path, is_barycentric=True)
