"""Real PSRFITS recordings against astropy, the definition, and the same recordings in SIGPROC files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.io.psrfits import PsrfitsRecording
from fastpipe.io.recordings import open_recording
from tests.references import psrfits as reference

pytestmark = pytest.mark.real_data

# nchans, nsamples, nbits, nifs, tsamp, fch1, foff
HEADERS = {
    "b0950_vla_iquv.fits": (512, 200, 8, 4, 2.048e-5, 1780.0, -1.5625),
    "frb180417_askap.fits": (336, 5120, 8, 1, 1.26646875e-3, 1465.0, -1.0),
    "parkes_4bit.sf": (416, 4096, 4, 4, 512e-6, 4028.0, -8.0),
    "small.fits": (336, 10, 8, 1, 1.26646875e-3, 1465.0, -1.0),
}


@pytest.mark.parametrize("name", HEADERS)
def test_header(test_data: Path, name: str) -> None:
    header = PsrfitsRecording.open([test_data / "recordings" / name]).header
    found = (header.nchans, header.nsamples, header.nbits, header.nifs, header.tsamp, header.fch1, header.foff)
    assert found == HEADERS[name]


def test_header_of_parkes(test_data: Path) -> None:
    header = PsrfitsRecording.open([test_data / "recordings/parkes_4bit.sf"]).header
    assert (header.source_name, header.telescope, header.machine, header.ibeam) == ("J0534+2200", "Parkes", "Medusa", 1)
    assert header.tstart == pytest.approx(58543 + (28543 + 0.3605) / 86_400, abs=1e-11)
    assert (header.ra_deg, header.dec_deg) == pytest.approx((83.632917, 22.014444), abs=1e-6)


@pytest.mark.parametrize("name", ["b0950_vla_iquv.fits", "frb180417_askap.fits", "small.fits"])
def test_samples_equal_astropys(test_data: Path, name: str) -> None:
    path = test_data / "recordings" / name
    recording = PsrfitsRecording.open([path])
    found = recording.read(0, recording.header.nsamples)
    assert found.dtype == np.uint8
    stored = reference.stored_samples(path)
    np.testing.assert_array_equal(found, stored[: len(found), 0])
    # What is left out at the end was never recorded.
    assert not stored[len(found) :].any()


def test_scaled_samples_equal_the_definition(test_data: Path) -> None:
    path = test_data / "recordings/parkes_4bit.sf"
    found = PsrfitsRecording.open([path]).read(0, 4096)
    values = reference.intensities(path)[:, :2]
    spreads = [np.median(values[:, feed].std(axis=0)) for feed in (0, 1)]
    first = 2.0 * spreads[1] / (spreads[0] + spreads[1])
    # The reader measures the spreads on a stretch.
    np.testing.assert_allclose(found, first * values[:, 0] + (2.0 - first) * values[:, 1], rtol=0.05, atol=1e6)
    whole = np.linalg.lstsq(values.swapaxes(1, 2).reshape(-1, 2), found.astype(np.float64).ravel())
    assert whole[0].sum() == pytest.approx(2.0, rel=1e-6)
    assert np.sqrt(whole[1][0] / found.size) < 1e-6 * found.std()


@pytest.mark.parametrize("name", ["frb180417_askap", "small"])
def test_equal_in_both_formats(test_data: Path, name: str) -> None:
    one, two = (open_recording([test_data / "recordings" / f"{name}{suffix}"]) for suffix in (".fits", ".fil"))
    assert one.header.nsamples == two.header.nsamples
    np.testing.assert_array_equal(one.read(0, one.header.nsamples), two.read(0, two.header.nsamples))
    for attribute in ("nchans", "tsamp", "fch1", "foff", "nbits"):
        assert getattr(one.header, attribute) == getattr(two.header, attribute)
    assert one.header.tstart == pytest.approx(two.header.tstart, abs=1e-10)


def redness(samples: NDArray[Any]) -> NDArray[np.float64]:
    """Correlation of each channel with itself one sample later."""
    centred = samples - samples.mean(axis=0, dtype=np.float64)
    return np.asarray((centred[1:] * centred[:-1]).sum(axis=0) / (np.square(centred).sum(axis=0) + 1e-9))


def test_order_of_bits(test_data: Path) -> None:
    # The filterbank file starts where the PSRFITS file ends, and its interference is in the same channels of half the
    # width. With the order of bits reversed neighbours would change places.
    recording = PsrfitsRecording.open([test_data / "recordings/parkes_4bit.sf"])
    following = open_recording([test_data / "recordings/parkes_8bit_1.fil"])
    end = recording.header.tstart + recording.header.tobs_s / 86_400
    assert following.header.tstart == pytest.approx(end, abs=1e-9)
    stored = reference.stored_samples(test_data / "recordings/parkes_4bit.sf")[:, :2].sum(axis=1, dtype=np.float64)
    expected = redness(following.read(0, 4096)).reshape(416, 2).mean(axis=1)
    swapped = redness(stored).reshape(208, 2)[:, ::-1].ravel()
    ranks = [np.argsort(np.argsort(values)) for values in (expected, redness(stored), swapped)]
    assert np.corrcoef(ranks[0], ranks[1])[0, 1] > np.corrcoef(ranks[0], ranks[2])[0, 1] + 0.1
