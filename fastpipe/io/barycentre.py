"""Time and velocity of a telescope as seen from the barycentre of the Solar System, for the header of a recording."""

import math
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.header import Header
from fastpipe.errors import ConfigError, HeaderError
from fastpipe.io.solar_system import Sightline, barycentric_times
from fastpipe.io.telescopes import telescope_of_name

_NODE_S: Final = 60.0
"""Distance of the nodes of a model in s; accelerated by at most 0.04 m s^-2, time departs by 60 ns from their chords."""

_LONGEST_S: Final = 2.0 * SECONDS_PER_DAY
"""Longest recording that has a model in s; headers that say more are damaged."""


def barycentric_mjd(header: Header, mjd_utc: ArrayLike, ephemeris: Path | None = None) -> NDArray[np.float64]:
    """Return barycentric times (TDB) of topocentric times (UTC), at infinite frequency.

    Roemer and Einstein delay and the Shapiro delay of the Sun, for a source at infinite distance. The clock of the
    telescope is taken for UTC. PRESTO's times are 5 us away at most, half of it the rounding of the times compared.

    Parameters
    ----------
    header
        Says telescope and position; for another position, ``dataclasses.replace`` it.
    mjd_utc
        Times at the telescope as MJD, UTC, of any shape.
    ephemeris
        JPL ephemeris, a .bsp file; by default the one that astropy carries. See `fastpipe.io.solar_system` for how far they
        are apart.

    Returns
    -------
    ndarray
        Barycentric times as MJD, TDB, of the shape of `mjd_utc`.

    Raises
    ------
    ConfigError
        If the telescope, where it stands, or the position is not known, or the package jplephem is wanted and absent.
    HeaderError
        If a time is not within 1973 to 2100.
    InputMissingError
        If there is no such ephemeris.

    References
    ----------
    Hobbs, Edwards & Manchester 2006, MNRAS 369, 655.
    """
    mjd = np.asarray(mjd_utc, np.float64)
    return barycentric_times(_sightline(header, ephemeris), mjd, np.zeros(1))[0].reshape(mjd.shape)


def velocity_over_c(header: Header, mjd_utc: ArrayLike, ephemeris: Path | None = None) -> NDArray[np.float64]:
    """Return the velocity of the telescope away from the source over that of light.

    It is 1 less the barycentric time (TDB) that passes in a second of the telescope, so a topocentric frequency is the
    barycentric one times ``1 - velocity_over_c``. PRESTO's velocities are 3e-11 away at most.

    Parameters
    ----------
    header
        Says telescope and position.
    mjd_utc
        Times at the telescope as MJD, UTC, of any shape.
    ephemeris
        JPL ephemeris, a .bsp file; by default the one that astropy carries.

    Returns
    -------
    ndarray
        Velocities, positive away from the source, of the shape of `mjd_utc`.

    Raises
    ------
    ConfigError, HeaderError, InputMissingError
        As `barycentric_mjd`.
    """
    mjd = np.asarray(mjd_utc, np.float64)
    # The third derivative of the path of a telescope makes this difference wrong by 1e-12.
    half_s = _NODE_S / 2.0
    offsets_s = np.array([[-half_s], [half_s]])
    _, since_first_s = barycentric_times(_sightline(header, ephemeris), mjd.reshape(1, -1), offsets_s)
    return (1.0 - np.diff(since_first_s, axis=0) / _NODE_S).reshape(mjd.shape)


def barycentric_model(header: Header, ephemeris: Path | None = None) -> BarycentricModel:
    """Return barycentric time over a whole recording, as nodes with linear pieces between them.

    The pieces are wrong by at most 60 ns, the nodes by what `barycentric_mjd` says. Nodes are a minute apart, so an hour
    takes some 20 ms, the first call in a process a second more.

    Parameters
    ----------
    header
        Of a topocentric recording with a known telescope, position and start.
    ephemeris
        JPL ephemeris, a .bsp file; by default the one that astropy carries.

    Returns
    -------
    BarycentricModel
        From at least the first sample to at least the end of the last.

    Raises
    ------
    ConfigError
        As `barycentric_mjd`, and if the recording is barycentric already.
    HeaderError
        As `barycentric_mjd`, and if the recording is longer than two days.
    InputMissingError
        As `barycentric_mjd`.
    """
    if header.is_barycentric:
        raise ConfigError(
            "found barycentric times, expected topocentric ones to refer to the barycentre; use them as they are"
        )
    if header.tobs_s > _LONGEST_S:
        raise HeaderError(
            f"found a recording of {header.tobs_s:.6g} s, expected at most {_LONGEST_S:.0f} s to refer its times to the "
            "barycentre; repair tsamp or cut the recording"
        )
    # An odd number of stretches: the middle of the recording is the middle of one of them.
    nstretches = max(1, math.ceil(header.tobs_s / _NODE_S)) | 1
    mid_s = header.tobs_s / 2.0
    topocentric_s = mid_s + _NODE_S * (np.arange(nstretches + 1) - nstretches / 2.0)
    times_s = np.concatenate([[0.0, mid_s], topocentric_s])
    mjd_tdb, since_start_s = barycentric_times(_sightline(header, ephemeris), np.array(header.tstart), times_s)
    return BarycentricModel(
        start_mjd_tdb=float(mjd_tdb[0]),
        mid_mjd_tdb=float(mjd_tdb[1]),
        topocentric_s=np.asarray(topocentric_s, np.float64),
        barycentric_s=since_start_s[2:],
    )


def topocentric_over_barycentric(header: Header) -> float:
    """Return the frequency of a distant source at the telescope over that at the barycentre of the Solar System.

    It is above 1 where the telescope moves towards the source. It is taken at the middle of the recording; within an hour
    it changes by about 1e-7.

    Parameters
    ----------
    header
        Of a recording with a known telescope, position and start.

    Returns
    -------
    float
        The ratio, between 1 - 1.01e-4 and 1 + 1.01e-4, to 1e-10.

    Raises
    ------
    ConfigError
        If the telescope, where it stands, or the position of the source is not known.
    HeaderError
        If the recording is not within 1973 to 2100.

    References
    ----------
    Wright & Eastman 2014, PASP 126, 838 (barycentric corrections of Doppler shifts).
    """
    mjd = header.mid_mjd
    if header.is_barycentric:
        # Light takes up to 500 s from here to the barycentre; that the way changes meanwhile makes 0.05 s.
        mjd -= float(barycentric_mjd(header, mjd)) - mjd
    return 1.0 - float(velocity_over_c(header, mjd))


def _sightline(header: Header, ephemeris: Path | None = None) -> Sightline:
    telescope = telescope_of_name(header.telescope)
    if telescope is None or telescope.itrf_xyz_m is None:
        raise ConfigError(
            f"found telescope {header.telescope!r}, whose place on the Earth is not known, expected a known one to refer "
            "times and frequencies to the barycentre; add it to ~/.config/fastpipe/telescopes.toml, or use topocentric ones"
        )
    if header.ra_deg is None or header.dec_deg is None:
        raise ConfigError(
            "found no position of the source in the header, expected one to refer times and frequencies to the barycentre; "
            "give a position, or use topocentric ones"
        )
    return Sightline(itrf_xyz_m=telescope.itrf_xyz_m, ra_deg=header.ra_deg, dec_deg=header.dec_deg, ephemeris=ephemeris)
