"""Our readers against others: skipped unless ``pip install --group oracle`` was run.

``pytest tests/oracles -W ignore`` runs them: the other readers leave files open, which is an error elsewhere in this suite.
"""

from pathlib import Path

import numpy as np
import pytest

from fastpipe.io.recordings import open_recording

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize(
    "name",
    [
        "parkes_8bit_1.fil",
        "frb180417_askap.fil",
        "frb180417_askap.fits",
        "simulated_burst_dm1000.fil",
        "small.fil",
        "small.fits",
    ],
)
def test_your_reads_the_same(test_data: Path, name: str) -> None:
    your = pytest.importorskip("your")
    path = test_data / "recordings" / name
    ours, theirs = open_recording([path]), your.Your(str(path))
    header, other = ours.header, theirs.your_header
    assert header.nchans == other.nchans
    assert header.tsamp == pytest.approx(other.tsamp)
    assert header.fch1 == pytest.approx(other.fch1)
    assert header.foff == pytest.approx(other.foff)
    assert header.tstart == pytest.approx(other.tstart, abs=1e-9)
    count = min(header.nsamples, 2000)
    expected = np.asarray(theirs.get_data(0, count), np.float64)
    np.testing.assert_allclose(ours.read(0, count), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["J1807-0847_gbt", "B1929+10_lovell", "B0329+54_lovell"])
def test_priwo_reads_the_same_series(test_data: Path, name: str) -> None:
    priwo = pytest.importorskip("priwo")
    path = test_data / "series" / f"{name}.dat"
    ours = open_recording([path])
    meta, values = priwo.readdat(str(path))
    assert ours.header.tsamp == pytest.approx(meta["samptime"])
    assert ours.header.tstart == pytest.approx(meta["mjd"])
    assert ours.header.dm == pytest.approx(meta["dm"])
    np.testing.assert_array_equal(ours.read(0, ours.header.nsamples)[:, 0], values)
