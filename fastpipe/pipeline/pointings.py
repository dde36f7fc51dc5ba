"""Beams that looked at the same time, and what their candidates have in common."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.beam_coincidence import BeamGroup, BeamSignals, find_coincidences
from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.beams import NBEAMS, beam_offsets_arcmin, offset_positions_deg
from fastpipe.data.tables import Table
from fastpipe.dispersion import dm_delay_s
from fastpipe.io.fast_names import parse_fast_name

_TELESCOPE: Final = b"FAST"
_SAME_START_S: Final = 1.0
# Folded S/N at which hardly any signal is missed by a search; a beam without it may hold up to this.
_LIMIT_SNR: Final = 8.0
_ERRORS: Final = 3.0
_ANGLE = re.compile(r"[+-]\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class SharedSignal:
    """Candidates of several beams of one pointing that are one signal."""

    rows: NDArray[np.intp]
    """Their rows in the table of candidates, the strongest first."""
    beams: tuple[int, ...]
    """Numbers of the beams, that of the strongest first."""
    is_interference: bool
    """True where no point of the sky explains them."""
    place: str
    """Where a point of the sky would be that explains them best, in words."""


def shared_signals(observations: Table, candidates: Table, rotation_deg: float | None = None) -> list[SharedSignal]:
    """Compare the candidates of all beams of FAST's 19-beam receiver that looked at the same time.

    Parameters
    ----------
    observations, candidates
        Tables of a catalogue.
    rotation_deg
        Rotation of the receiver in degrees, positive from east to north; None takes that in the names of the files, such
        as arcdrift+23.4, or none.

    Returns
    -------
    list of SharedSignal
        Signals in two beams or more.
    """
    shared = []
    for pointing in _pointings(observations):
        rotation = named_rotation_deg(pointing) if rotation_deg is None else rotation_deg
        offsets = beam_offsets_arcmin(rotation)[pointing["beam"] - 1]
        rows = np.flatnonzero(np.isin(candidates["obs_id"], pointing["obs_id"]))
        signals = _signals(candidates[rows], pointing)
        for group in find_coincidences(signals, offsets, float(pointing["tobs_s"].min()), _LIMIT_SNR):
            beams = dict.fromkeys(pointing["beam"][signals.beam[group.members]].tolist())
            place = _place(group, pointing)
            shared.append(SharedSignal(rows[group.members], tuple(beams), group.is_interference, place))
    return shared


def _pointings(observations: Table) -> list[Table]:
    """Return the observations of every pointing in which two beams or more started together."""
    is_beam = (observations["telescope"] == _TELESCOPE) & (observations["beam"] >= 1) & (observations["beam"] <= NBEAMS)
    beams = observations[is_beam]
    beams = beams[np.lexsort((beams["beam"], beams["tstart_mjd"]))]
    is_later = np.diff(beams["tstart_mjd"]) * SECONDS_PER_DAY > _SAME_START_S
    found = []
    for together in np.split(beams, np.flatnonzero(is_later) + 1):
        # Of a beam that was searched twice the first search counts.
        pointing = together[np.unique(together["beam"], return_index=True)[1]]
        if len(pointing) > 1:
            found.append(pointing)
    return found


def named_rotation_deg(pointing: Table) -> float:
    """Return the rotation of FAST's receiver that the names of the files give.

    Parameters
    ----------
    pointing
        Observations of one pointing; at least one.

    Returns
    -------
    float
        Rotation in degrees, positive from east to north; 0 where the names give none.
    """
    name = parse_fast_name(pointing["files"][0].decode("utf-8", "replace").partition(";")[0])
    angle = _ANGLE.search(name.mode) if name else None
    return float(angle[0]) if angle else 0.0


def _signals(candidates: Table, pointing: Table) -> BeamSignals:
    place = np.searchsorted(np.sort(pointing["obs_id"]), candidates["obs_id"])
    beam = np.argsort(pointing["obs_id"])[place]
    half_mhz = np.abs(pointing["foff_mhz"]) * pointing["nchans"] / 2.0
    centre_mhz = pointing["fch1_mhz"] + pointing["foff_mhz"] * (pointing["nchans"] - 1) / 2.0
    delay_s = np.array([dm_delay_s(1.0, c - h, c + h) for c, h in zip(centre_mhz, half_mhz, strict=True)])
    # A pulse stays where it is while the sweep of the band changes by less than its width.
    width_dm = candidates["width_phase"] * candidates["period_s"] / delay_s[beam]
    return BeamSignals(
        beam=beam,
        freq_hz=candidates["freq_hz"],
        fdot_hz_s=candidates["fdot_hz_s"],
        fdot_err_hz_s=candidates["fdot_err_hz_s"],
        dm=candidates["dm"],
        dm_reach=np.where(np.isnan(candidates["dm_err"]), np.inf, _ERRORS * candidates["dm_err"]) + width_dm,
        snr=candidates["snr"],
    )


def _place(group: BeamGroup, pointing: Table) -> str:
    """Say where the source would be, from beam 1 and, where the pointing of beam 1 is known, on the sky."""
    east, north = group.source.east_arcmin, group.source.north_arcmin
    place = f"{abs(east):.1f}' {'east' if east >= 0 else 'west'} and {abs(north):.1f}' {'north' if north >= 0 else 'south'}"
    central = pointing[pointing["beam"] == 1]
    if not len(central) or np.isnan(central["ra_deg"][0]):
        return f"{place} of beam 1"
    centre = float(central["ra_deg"][0]), float(central["dec_deg"][0])
    ra_deg, dec_deg = offset_positions_deg(*centre, np.array([[east, north]]))[0]
    return f"{place} of beam 1, at RA {ra_deg:.4f} and Dec {dec_deg:+.4f} deg"
