"""The motion of the telescope, against the velocities that PRESTO gives."""

from dataclasses import replace

import pytest

from fastpipe.data.header import Header
from fastpipe.errors import ConfigError
from fastpipe.io.barycentre import topocentric_over_barycentric

HEADER = Header(nchans=1, nsamples=1, tsamp=1e-3, fch1=1250.0, foff=-1.0, nbits=8, telescope="FAST", ra_deg=0.0, dec_deg=0.0)
# Telescope, right ascension and declination in degrees, MJD (UTC), velocity away from the source over that of light.
PRESTO = (
    ("FAST", 0, 0, 59000.1234567890, -9.072189e-05),
    ("FAST", 83.633208, 22.014472, 59000.1234567890, 2.40651e-05),
    ("FAST", 180, -10, 59000.1234567890, 8.69572e-05),
    ("FAST", 266.41667, -29.007778, 59000.1234567890, -2.845852e-05),
    ("FAST", 294.91067, 21.583083, 59000.1234567890, -5.632411e-05),
    ("FAST", 349.2885, 14.658694, 59000.1234567890, -8.82717e-05),
    ("FAST", 148.28879, 7.9266111, 59000.1234567890, 9.429307e-05),
    ("FAST", 270, 66.560556, 59000.1234567890, 4.219816e-07),
)


@pytest.mark.parametrize(("telescope", "ra_deg", "dec_deg", "mjd", "v_over_c"), PRESTO)
def test_ratio_is_that_of_presto(telescope: str, ra_deg: float, dec_deg: float, mjd: float, v_over_c: float) -> None:
    header = replace(HEADER, telescope=telescope, ra_deg=ra_deg, dec_deg=dec_deg, tstart=mjd)
    # Seen from a telescope that moves away, the frequency is lower. PRESTO leaves out relativity, some 1.5e-8.
    assert 1.0 / topocentric_over_barycentric(header) - 1.0 == pytest.approx(v_over_c, abs=3e-8)


def test_dates_beyond_the_tables_of_the_earth_need_no_download() -> None:
    assert abs(topocentric_over_barycentric(replace(HEADER, tstart=66_000.0)) - 1.0) < 1.1e-4


@pytest.mark.parametrize("telescope", ["unknown", "Fake"])
def test_unknown_telescopes_are_refused(telescope: str) -> None:
    with pytest.raises(ConfigError, match="whose place on the Earth is not known"):
        topocentric_over_barycentric(replace(HEADER, telescope=telescope))


def test_unknown_positions_are_refused() -> None:
    with pytest.raises(ConfigError, match="found no position of the source"):
        topocentric_over_barycentric(replace(HEADER, ra_deg=None))
