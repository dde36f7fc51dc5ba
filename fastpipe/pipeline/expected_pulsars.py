"""Known pulsars in the beams of a night: seen, or missed and why."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.known_pulsars import angular_distance_deg
from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.beams import NBEAMS, beam_offsets_arcmin, offset_positions_deg
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.known_pulsars import KnownPulsars
from fastpipe.data.night_summary import ExpectedPulsar
from fastpipe.data.tables import Fate, Table
from fastpipe.pipeline.known_pulsars import telescope_beam
from fastpipe.pipeline.pointings import named_rotation_deg
from fastpipe.plotting.candidate_text import FATE_WORDS

_SAME_START_S: Final = 1.0
# Flux limits are those of a minute.
_LIMIT_S: Final = 60.0
_MOSTLY: Final = 0.5
_LEAST_TURNS: Final = 4.0
# The motion of the Earth, and orbits.
_FREQ_TOLERANCE: Final = 1e-3
_DM_TOLERANCE: Final = 2.0
# So many times brighter than the limit is no accident.
_BRIGHT: Final = 3.0


@dataclass(frozen=True, slots=True)
class _Pointing:
    """Observations that began together, and where they looked."""

    observations: Table
    positions_deg: NDArray[np.float64]
    """Right ascension and declination in degrees, NaN where unknown, shape [nobservations, 2]."""


def expected_pulsars(
    tables: CatalogueTables, known: KnownPulsars, names: Mapping[int, str], radius_arcmin: float = 0.0
) -> tuple[ExpectedPulsar, ...]:
    """List the known pulsars within half a width of the beams, and say what became of them.

    Parameters
    ----------
    tables
        Catalogue of a night, with plans.
    known
        The pulsars.
    names
        Names of the observations by their numbers.
    radius_arcmin
        Full width of a beam in arcmin; 0 for that of the telescope.

    Returns
    -------
    tuple of ExpectedPulsar
        Each pulsar once a pointing, in the beam nearest to it, the brightest first.
    """
    found = []
    for pointing in _pointings(tables.observations):
        widths = np.array([_beam_of(row, radius_arcmin)[0] for row in pointing.observations])
        distances = 60.0 * np.stack([angular_distance_deg(known.table, ra, dec) for ra, dec in pointing.positions_deg])
        parts = np.where(np.isnan(distances), np.inf, distances) / widths[:, None]
        for column in np.flatnonzero((parts <= 0.5).any(axis=0)).tolist():
            row = int(np.argmin(parts[:, column]))
            found.append(
                _expected(tables, pointing, row, known.table[column], float(distances[row, column]), names, radius_arcmin)
            )
    return tuple(sorted(found, key=lambda pulsar: (not pulsar.is_alarm, -np.nan_to_num(pulsar.flux_1400_mjy), pulsar.name)))


def _pointings(observations: Table) -> list[_Pointing]:
    ordered = observations[np.lexsort((observations["beam"], observations["tstart_mjd"]))]
    is_later = np.diff(ordered["tstart_mjd"]) * SECONDS_PER_DAY > _SAME_START_S
    return [_Pointing(group, _positions(group)) for group in np.split(ordered, np.flatnonzero(is_later) + 1) if len(group)]


def _positions(group: Table) -> NDArray[np.float64]:
    """Return where the beams looked; files of all beams of FAST may say where beam 1 did."""
    positions = np.stack([group["ra_deg"], group["dec_deg"]], axis=1)
    is_beam = (group["telescope"] == b"FAST") & (group["beam"] >= 1) & (group["beam"] <= NBEAMS)
    if is_beam.all() and len(np.unique(group["beam"])) > 1 and (positions == positions[0]).all():
        offsets = beam_offsets_arcmin(named_rotation_deg(group))[group["beam"] - 1]
        positions = offset_positions_deg(float(positions[0, 0]), float(positions[0, 1]), offsets)
    return positions


def _beam_of(observation: np.void, radius_arcmin: float) -> tuple[float, float]:
    """Return the full width of a beam in arcmin, and the flux density in mJy that a minute shows in its middle."""
    fcenter_mhz = float(observation["fch1_mhz"] + observation["foff_mhz"] * (observation["nchans"] - 1) / 2.0)
    beam = telescope_beam(observation["telescope"].decode("utf-8", "replace"), fcenter_mhz, radius_arcmin)
    return beam.radius_arcmin, beam.flux_limit_mjy


def _expected(
    tables: CatalogueTables,
    pointing: _Pointing,
    row: int,
    pulsar: np.void,
    distance_arcmin: float,
    names: Mapping[int, str],
    radius_arcmin: float,
) -> ExpectedPulsar:
    observation = pointing.observations[row]
    candidates = tables.candidates
    is_here = np.isin(candidates["obs_id"], pointing.observations["obs_id"])
    seen = candidates[is_here & (candidates["known_pulsar"] == pulsar["name"])]
    if len(seen):
        reason, is_alarm = f"S/N {seen['snr'].max():.1f}", False
    else:
        width_arcmin, limit_mjy = _beam_of(observation, radius_arcmin)
        # What the beam leaves of its flux, and what this length of observation shows.
        response = 0.5 ** (4.0 * (distance_arcmin / width_arcmin) ** 2)
        limit_mjy *= math.sqrt(_LIMIT_S / max(float(observation["tobs_s"]), 1e-3)) / response
        reason, is_alarm = _reason(tables, observation, pulsar, limit_mjy)
    return ExpectedPulsar(
        name=pulsar["name"].decode("utf-8", "replace"),
        observation=names.get(int(observation["obs_id"]), ""),
        beam=int(observation["beam"]),
        distance_arcmin=distance_arcmin,
        period_s=1.0 / float(pulsar["freq_hz"]),
        dm=float(pulsar["dm"]),
        flux_1400_mjy=float(pulsar["flux_1400_mjy"]),
        is_seen=bool(len(seen)),
        is_alarm=is_alarm,
        reason=reason,
    )


def _reason(tables: CatalogueTables, observation: np.void, pulsar: np.void, limit_mjy: float) -> tuple[str, bool]:
    """Say why a pulsar may be missed, and whether that is nothing to be content with."""
    obs_id, flux_mjy = int(observation["obs_id"]), float(pulsar["flux_1400_mjy"])
    plan = tables.plans.get(obs_id)
    if plan is not None and len(plan):
        dm_max = float((plan["dm_min"] + plan["dm_step"] * (plan["ntrials"] - 1)).max())
        if not plan["dm_min"].min() - _DM_TOLERANCE <= pulsar["dm"] <= dm_max + _DM_TOLERANCE:
            return f"its DM is outside the search, which ends at {dm_max:.0f} pc/cm3", False
    turns = float(observation["tobs_s"] * pulsar["freq_hz"])
    if turns < _LEAST_TURNS:
        return f"the observation is only {turns:.1f} turns long", False
    fate = _fate_of(tables.detections[tables.detections["obs_id"] == obs_id], pulsar)
    if fate is not None:
        return f"detected, but {FATE_WORDS[fate]}", fate not in (Fate.DUPLICATE, Fate.FAINT)
    if observation["masked_fraction"] > _MOSTLY:
        return f"{100 * observation['masked_fraction']:.0f} % of the data is masked", True
    if math.isnan(flux_mjy):
        return "its flux density is not known", False
    if not math.isfinite(limit_mjy):
        return "how sensitive the telescope is is not known", False
    if flux_mjy < limit_mjy:
        return f"too faint: about {limit_mjy:.2g} mJy would be seen", False
    return f"should be seen: it is {flux_mjy / limit_mjy:.0f} times as bright as needed", flux_mjy > _BRIGHT * limit_mjy


def _fate_of(detections: Table, pulsar: np.void) -> Fate | None:
    """Return the fate of the strongest detection at the frequency and DM of a pulsar; None if there is none."""
    is_it = np.abs(detections["freq_hz"] / pulsar["freq_hz"] - 1.0) < _FREQ_TOLERANCE
    is_it &= ~(np.abs(detections["dm"] - pulsar["dm"]) > _DM_TOLERANCE)
    found = detections[is_it & (detections["fate"] != Fate.KEPT)]
    return Fate(int(found["fate"][np.argmax(found["sigma"])])) if len(found) else None
