"""Every real recording opens, and agrees sample for sample with a plain definition of its format."""

from pathlib import Path

import numpy as np
import pytest

from fastpipe.io.recordings import open_recording
from tests.references import sigproc as reference

pytestmark = pytest.mark.real_data

FILTERBANKS = {
    "b0329_portrait_611mhz.fil": (40, 120_000, 8, 1e-3),
    "frb180417_askap.fil": (336, 5120, 8, 1.26646875e-3),
    "parkes_1bit.fil": (832, 4096, 1, 512e-6),
    "parkes_2bit.fil": (832, 4096, 2, 512e-6),
    "parkes_4bit.fil": (832, 4096, 4, 512e-6),
    "parkes_8bit_1.fil": (832, 4096, 8, 512e-6),
    "parkes_8bit_2.fil": (832, 4096, 8, 512e-6),
    "simulated_burst_dm1000.fil": (128, 20_480, 8, 1.31072e-3),
    "small.fil": (336, 10, 8, 1.26646875e-3),
    "tutorial_2bit.fil": (64, 187_520, 2, 320e-6),
}
SERIES = {"B0329+54_lovell": (57_344, 26.76), "B1929+10_lovell": (32_768, 3.18), "J1807-0847_gbt": (131_072, 112.3802)}


@pytest.mark.parametrize("name", FILTERBANKS)
def test_filterbank(test_data: Path, name: str) -> None:
    path = test_data / "recordings" / name
    recording = open_recording([path])
    header = recording.header
    assert (header.nchans, header.nsamples, header.nbits, header.tsamp) == FILTERBANKS[name]
    assert (recording.gaps, recording.oddities) == ((), ())
    expected = reference.read_samples(path.read_bytes())[:, 0]
    np.testing.assert_array_equal(recording.read(0, header.nsamples), expected)


@pytest.mark.parametrize("name", SERIES)
def test_series(test_data: Path, name: str) -> None:
    recording = open_recording([test_data / "series" / f"{name}.dat"])
    header = recording.header
    assert (header.nsamples, header.dm) == SERIES[name]
    samples = recording.read(0, header.nsamples)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()


def test_sigproc_series_of_the_same_recording(test_data: Path) -> None:
    presto, sigproc = (open_recording([test_data / f"series/J1807-0847_gbt.{suffix}"]) for suffix in ("dat", "tim"))
    for name in ("dm", "tsamp", "source_name", "telescope", "nchans", "nbits"):
        assert getattr(sigproc.header, name) == getattr(presto.header, name)
    assert sigproc.header.tstart == pytest.approx(presto.header.tstart, abs=1e-10)
    assert sigproc.header.ra_deg == pytest.approx(presto.header.ra_deg, abs=1e-6)
    # Two programs dedispersed one recording and treated its baseline differently: the pulse is the same.
    bins = (np.arange(131_072) * presto.header.tsamp / 0.163723 % 1.0 * 64).astype(int)
    profiles = []
    for series in (presto, sigproc):
        samples = series.read(0, 131_072)[:, 0].astype(np.float64).reshape(-1, 1024)
        flat = (samples - np.median(samples, axis=1, keepdims=True)).ravel()
        profiles.append(np.bincount(bins, flat) / np.bincount(bins))
    assert np.corrcoef(*profiles)[0, 1] > 0.99
    content = sigproc.paths[0].read_bytes()
    np.testing.assert_array_equal(sigproc.read(0, sigproc.header.nsamples), reference.read_samples(content)[:, 0])


def test_depths_of_one_recording_agree(test_data: Path) -> None:
    eight = open_recording([test_data / "recordings/parkes_8bit_1.fil"]).read(0, 512).astype(np.float64)
    for nbits in (1, 2, 4):
        fewer = open_recording([test_data / f"recordings/parkes_{nbits}bit.fil"]).read(0, 512)
        assert fewer.max() < 2**nbits
        assert np.corrcoef(eight.ravel(), fewer.ravel())[0, 1] > 0.7


def test_two_files_are_contiguous(test_data: Path) -> None:
    names = ("parkes_8bit_2.fil", "parkes_8bit_1.fil")
    recording = open_recording([test_data / "recordings" / name for name in names])
    assert [path.name for path in recording.paths] == ["parkes_8bit_1.fil", "parkes_8bit_2.fil"]
    assert recording.gaps == ()
    across = recording.read(4000, 4200)
    np.testing.assert_array_equal(across[96:], open_recording([recording.paths[1]]).read(0, 104))
