"""The names of known pulsars among the candidates."""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from fastpipe.algorithms.known_pulsars import SkyBeam, match_known_pulsars
from fastpipe.config import KnownPulsarsConfig
from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.beams import NBEAMS, beam_offsets_arcmin
from fastpipe.data.header import Header
from fastpipe.data.known_pulsars import KnownPulsars
from fastpipe.data.tables import Table
from fastpipe.io.telescopes import telescope_of_name

# Speed of the Earth over that of light: 30.3 km/s on its orbit at perihelion, 0.5 km/s of its rotation, some room.
_EARTH_DOPPLER: Final = 1.05e-4
# The full width of a beam at half of its maximum is this many times wavelength over diameter.
_WIDTH_OF_DISH: Final = 1.1
# What the dish of FAST sees in a minute; others see as much less as their area is smaller.
_FAST_LIMIT_MJY: Final = 0.02
_FAST_DISH_M: Final = 300.0


def name_known_pulsars(
    candidates: Table, known: KnownPulsars, header: Header, is_barycentric: bool, config: KnownPulsarsConfig
) -> Table:
    """Fill `known_pulsar` and `known_harmonic` of the candidates of one observation.

    Parameters
    ----------
    candidates
        Columns CANDIDATE_COLUMNS.
    known
        The pulsars to compare with.
    header
        Of the recording, with the position that counts.
    is_barycentric
        Whether the frequencies are those at the barycentre; those at the telescope differ by the motion of the Earth.
    config
        How far from the beam pulsars are looked for.

    Returns
    -------
    Table
        The same candidates, as many as before.
    """
    doppler = 0.0 if is_barycentric else _EARTH_DOPPLER
    beam = _sky_beam(header, config.radius_arcmin)
    compared, named = candidates.copy(), candidates.copy()
    if header.is_series and math.isnan(beam.ra_deg):
        # Nothing measures the DM of a series, yet somebody chose it; it must stand in for the position.
        compared["dm_err"] = 0.0
    matches = match_known_pulsars(compared, known.table, beam, header.tobs_s, doppler)
    for row, match in zip(named, matches, strict=True):
        if match is not None:
            row["known_pulsar"] = known.table["name"][match.row]
            row["known_harmonic"] = str(match.ratio).encode()
    return named


def telescope_beam(telescope_name: str, fcenter_mhz: float, radius_arcmin: float = 0.0) -> SkyBeam:
    """Describe the beam of a telescope, wherever it looks.

    Parameters
    ----------
    telescope_name
        Name of the telescope; the beam of one without a known dish may be a degree wide.
    fcenter_mhz
        Centre of the band in MHz.
    radius_arcmin
        Distance at which pulsars are expected in arcmin; 0 for the full width of the beam.

    Returns
    -------
    SkyBeam
        Without a position.
    """
    telescope = telescope_of_name(telescope_name)
    beam = SkyBeam()
    if telescope is not None and telescope.dish_m is not None:
        wavelength_m = SPEED_OF_LIGHT_M_S / (1e6 * fcenter_mhz)
        width_arcmin = 60.0 * math.degrees(_WIDTH_OF_DISH * wavelength_m / telescope.dish_m)
        limit_mjy = _FAST_LIMIT_MJY * (_FAST_DISH_M / telescope.dish_m) ** 2
        beam = replace(beam, radius_arcmin=width_arcmin, flux_limit_mjy=limit_mjy)
    return replace(beam, radius_arcmin=radius_arcmin) if radius_arcmin > 0 else beam


def _sky_beam(header: Header, radius_arcmin: float) -> SkyBeam:
    """Describe the beam of a recording."""
    beam = telescope_beam(header.telescope, header.fcenter_mhz, radius_arcmin)
    telescope = telescope_of_name(header.telescope)
    if telescope is not None and telescope.name == "FAST" and 1 <= header.ibeam <= NBEAMS:
        # Files of all beams may say where beam 1 looked, and not how the receiver was rotated.
        offset = float(np.hypot(*beam_offsets_arcmin()[header.ibeam - 1]))
        beam = replace(beam, offset_arcmin=offset)
    if header.ra_deg is None or header.dec_deg is None:
        return beam
    return replace(beam, ra_deg=header.ra_deg, dec_deg=header.dec_deg)
