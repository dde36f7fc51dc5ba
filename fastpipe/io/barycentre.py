"""How the motion of the telescope shifts the frequency of a distant source."""

import warnings

from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.header import Header
from fastpipe.errors import ConfigError
from fastpipe.io.telescopes import telescope_of_name


def topocentric_over_barycentric(header: Header) -> float:
    """Return the frequency of a distant source at the telescope over that at the barycentre of the Solar System.

    It is above 1 where the telescope moves towards the source. It is taken at the middle of the recording; within an hour
    it changes by about 1e-7. The ephemeris and the orientation of the Earth are those that astropy carries, so nothing is
    ever downloaded; the error is below 1e-8.

    Parameters
    ----------
    header
        Of a recording with a known telescope, position and start.

    Returns
    -------
    float
        The ratio, between 1 - 1.01e-4 and 1 + 1.01e-4.

    Raises
    ------
    ConfigError
        If the telescope, where it stands, or the position of the source is not known.

    References
    ----------
    Wright & Eastman 2014, PASP 126, 838 (barycentric corrections of Doppler shifts).
    """
    telescope = telescope_of_name(header.telescope)
    if telescope is None or telescope.itrf_xyz_m is None:
        raise ConfigError(
            f"found telescope {header.telescope!r}, whose place on the Earth is not known, expected a known one to convert "
            "barycentric frequencies; add it to telescopes.toml, or give topocentric frequencies"
        )
    if header.ra_deg is None or header.dec_deg is None:
        raise ConfigError(
            "found no position of the source in the header, expected one to convert barycentric frequencies; "
            "give topocentric frequencies"
        )
    return 1.0 + _velocity_m_s(header.ra_deg, header.dec_deg, telescope.itrf_xyz_m, header.mid_mjd) / SPEED_OF_LIGHT_M_S


def _velocity_m_s(ra_deg: float, dec_deg: float, itrf_xyz_m: tuple[float, float, float], mjd: float) -> float:
    """Return the velocity of the telescope towards the source in m s^-1, with the relativistic terms."""
    from astropy import units
    from astropy.coordinates import EarthLocation, SkyCoord, solar_system_ephemeris
    from astropy.time import Time
    from astropy.utils.iers import IERS_B, conf, earth_orientation_table

    place = EarthLocation.from_geocentric(*itrf_xyz_m, unit=units.m)
    source = SkyCoord(ra_deg * units.deg, dec_deg * units.deg, frame="icrs")
    # Beyond the end of the table the rotation of the Earth is off by less than a second: 1e-10 in the ratio.
    with (
        conf.set_temp("auto_download", False),
        conf.set_temp("iers_degraded_accuracy", "ignore"),
        earth_orientation_table.set(IERS_B.open()),
        solar_system_ephemeris.set("builtin"),
        warnings.catch_warnings(),
    ):
        # They say that leap seconds and poles of years to come are not known.
        warnings.simplefilter("ignore")
        time = Time(mjd, format="mjd", scale="utc", location=place)
        return float(source.radial_velocity_correction("barycentric", obstime=time).to_value(units.m / units.s))
