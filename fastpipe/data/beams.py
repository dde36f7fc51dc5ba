"""Where on the sky the 19 beams of FAST's L-band receiver look."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.errors import ConfigError

NBEAMS: Final = 19
"""Number of beams of the receiver."""

# Offsets from beam 1 in arcmin at rotation 0: to the east (right ascension times the cosine of the declination) and to
# the north, beams 1 to 19. Source: table of Qian Lei, FAST User Workshop 2019.
_OFFSETS_ARCMIN: Final = (
    *((0.0, 0.0), (5.74, 0.00811), (2.88, -4.97), (-2.86, -4.98), (-5.74, -0.0127), (-2.88, 4.97), (2.86, 4.98)),
    *((11.5, 0.0116), (8.61, -4.96), (5.75, -9.93), (0.018, -9.94), (-5.71, -9.96), (-8.6, -4.99), (-11.5, -0.03)),
    *((-8.63, 4.95), (-5.77, 9.93), (-0.0181, 9.94), (5.73, 9.95), (8.61, 4.98)),
)


def beam_offsets_arcmin(rotation_deg: float = 0.0) -> NDArray[np.float64]:
    """Return how far each beam looks from the pointing of beam 1.

    Parameters
    ----------
    rotation_deg
        Rotation of the receiver in degrees, positive from east to north; a drift scan uses 23.4.

    Returns
    -------
    ndarray
        Offsets to the east and to the north in arcmin, beam 1 first, shape [19, 2].

    Examples
    --------
    >>> beam_offsets_arcmin(23.4)[1].round(2).tolist()
    [5.26, 2.29]
    """
    angle = np.deg2rad(rotation_deg)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(np.array(_OFFSETS_ARCMIN) @ rotation.T)


def beam_positions_deg(ra_deg: float, dec_deg: float, rotation_deg: float = 0.0) -> NDArray[np.float64]:
    """Return the position of each beam from the pointing of beam 1.

    The offsets lie in the plane that touches the sky at the pointing (gnomonic projection, Calabretta & Greisen 2002,
    A&A 395, 1077), so the positions are right at any declination.

    Parameters
    ----------
    ra_deg, dec_deg
        Pointing of beam 1 in degrees.
    rotation_deg
        Rotation of the receiver in degrees, positive from east to north.

    Returns
    -------
    ndarray
        Right ascension (0 to 360) and declination in degrees, beam 1 first, shape [19, 2].

    Raises
    ------
    ConfigError
        If the pointing or the rotation is not finite, or the declination is beyond a pole.

    Examples
    --------
    >>> beam_positions_deg(83.0, 0.0)[1].round(3).tolist()
    [83.096, 0.0]
    """
    if not (np.isfinite([ra_deg, rotation_deg]).all() and abs(dec_deg) <= 90.0):
        raise ConfigError(
            f"found a pointing at {ra_deg}, {dec_deg} degrees with rotation {rotation_deg}, expected a point of the sky; "
            "correct it"
        )
    return offset_positions_deg(ra_deg, dec_deg, beam_offsets_arcmin(rotation_deg))


def offset_positions_deg(ra_deg: float, dec_deg: float, offsets_arcmin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the positions at offsets from a point of the sky, in the plane that touches the sky there.

    Parameters
    ----------
    ra_deg, dec_deg
        The point in degrees.
    offsets_arcmin
        Offsets to the east and to the north in arcmin, shape [n, 2].

    Returns
    -------
    ndarray
        Right ascension (0 to 360) and declination in degrees, shape [n, 2].

    Examples
    --------
    >>> offset_positions_deg(83.0, 60.0, np.array([[3.0, 0.0]])).round(3).tolist()
    [[83.1, 60.0]]
    """
    east, north = np.deg2rad(offsets_arcmin / 60.0).T
    dec = np.deg2rad(dec_deg)
    # The pointing is the unit vector with y = 0; x and z follow the meridian, y points to the east.
    x, y, z = np.cos(dec) - north * np.sin(dec), east, np.sin(dec) + north * np.cos(dec)
    ra = ra_deg + np.rad2deg(np.arctan2(y, x))
    return np.stack([ra % 360.0, np.rad2deg(np.arctan2(z, np.hypot(x, y)))], axis=1)


def beam_position_deg(ra_deg: float, dec_deg: float, beam: int, rotation_deg: float = 0.0) -> tuple[float, float]:
    """Return the position of one beam from the pointing of beam 1.

    Parameters
    ----------
    ra_deg, dec_deg
        Pointing of beam 1 in degrees.
    beam
        Number of the beam, 1 to 19.
    rotation_deg
        Rotation of the receiver in degrees, positive from east to north.

    Returns
    -------
    tuple of float
        Right ascension and declination in degrees.

    Raises
    ------
    ConfigError
        If there is no such beam, or the pointing is no point of the sky.
    """
    if not 1 <= beam <= NBEAMS:
        raise ConfigError(f"found beam {beam}, expected 1 to {NBEAMS}; correct it")
    ra, dec = beam_positions_deg(ra_deg, dec_deg, rotation_deg)[beam - 1].tolist()
    return ra, dec
