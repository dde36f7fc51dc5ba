"""Names for candidates that outlive their numbers: the same in a search done again and in a merged catalogue."""

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.ledger import candidate_tobs_s
from fastpipe.data.tables import Table

_DIGEST_LENGTH: Final = 16
_FOURIER_BINS: Final = 1.0
_DM_ERRORS: Final = 3.0
_LEAST_DM: Final = 0.5
"""DMs in pc cm^-3 that agree so well are one, however small their uncertainties."""


class _Place(NamedTuple):
    """A key taken apart."""

    recording: str
    freq_hz: float
    dm: float


class _Candidates(NamedTuple):
    """Candidates of one recording, arrays of one length."""

    rows: NDArray[np.int64]
    """Positions in the catalogue."""
    freqs_hz: NDArray[np.float64]
    """Frequencies at the telescope in Hz."""
    tobs_s: NDArray[np.float64]
    """Length of the recording in s."""
    dms: NDArray[np.float64]
    """DMs in pc cm^-3."""
    dm_ranges: NDArray[np.float64]
    """By how much another DM in pc cm^-3 may differ to be the same."""


def candidate_key(tables: CatalogueTables, row: int) -> str:
    """Name a candidate by what it is instead of by its number.

    The name is made of the recording (begin of the digest over its bytes), the frequency at the telescope to a
    microhertz, and the DM to a hundredth. It is the same in a search done again and in a merged catalogue. A search with
    other settings may refine to slightly other values: `match_keys` bridges differences up to the uncertainties. A
    candidate that another search finds at half or twice the frequency has another name, and its labels stay with the first.

    Parameters
    ----------
    tables
        The catalogue.
    row
        Position of the candidate in it.

    Returns
    -------
    str
        Such as ``3f2a9c0d11223344:16.430100Hz:62.40``.
    """
    return candidate_keys(tables, [row])[0]


def candidate_keys(tables: CatalogueTables, rows: Iterable[int] | None = None) -> list[str]:
    """Return the keys of candidates, as `candidate_key` makes them.

    Parameters
    ----------
    tables
        The catalogue.
    rows
        Positions of the candidates; None for all.

    Returns
    -------
    list of str
        One key for each.
    """
    recordings = {int(row["obs_id"]): _recording_name(row) for row in tables.observations}
    candidates = tables.candidates if rows is None else tables.candidates[list(rows)]
    values = zip(
        candidates["obs_id"].tolist(), _telescope_freqs_hz(candidates).tolist(), candidates["dm"].tolist(), strict=True
    )
    # Adding zero makes -0.00 the same as 0.00.
    return [f"{recordings[obs_id]}:{freq_hz:.6f}Hz:{round(dm, 2) + 0.0:.2f}" for obs_id, freq_hz, dm in values]


def match_keys(tables: CatalogueTables, keys: Iterable[str]) -> dict[str, str]:
    """Find the candidates of a catalogue that keys from elsewhere mean.

    Parameters
    ----------
    tables
        The catalogue.
    keys
        Keys of candidates, from this catalogue or another one.

    Returns
    -------
    dict
        The key in this catalogue for each of `keys` that has one: itself, or that of the nearest candidate of the same
        recording within one Fourier bin and three uncertainties of the DM. Keys without a candidate here are left out.
    """
    here = candidate_keys(tables)
    known, of_recordings = set(here), _by_recording(tables, here)
    matches = {}
    for key in dict.fromkeys(keys):
        place = _take_apart(key)
        if key in known:
            matches[key] = key
        elif place is not None and place.recording in of_recordings:
            row = _nearest(of_recordings[place.recording], place)
            matches |= {} if row is None else {key: here[row]}
    return matches


def _by_recording(tables: CatalogueTables, keys: list[str]) -> dict[str, _Candidates]:
    """Return where the candidates of every recording are."""
    rows_of: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows_of.setdefault(key.partition(":")[0], []).append(row)
    candidates = tables.candidates
    dm_errs = np.nan_to_num(candidates["dm_err"], nan=0.0, posinf=0.0)
    freqs_hz, tobs_s = _telescope_freqs_hz(candidates), candidate_tobs_s(tables.observations, candidates)
    dms, dm_ranges = candidates["dm"], np.maximum(_DM_ERRORS * dm_errs, _LEAST_DM)
    return {
        recording: _Candidates(np.array(rows), freqs_hz[rows], tobs_s[rows], dms[rows], dm_ranges[rows])
        for recording, rows in rows_of.items()
    }


def _recording_name(observation: np.void) -> str:
    digest = str(observation["digest"].item().decode("ascii", "replace"))
    if not digest:
        # A fold by hand of a file that is not read whole has no digest.
        text = observation["files"].item() + repr(float(observation["tstart_mjd"])).encode()
        digest = hashlib.sha256(text).hexdigest()
    return digest[:_DIGEST_LENGTH]


def _telescope_freqs_hz(candidates: Table) -> NDArray[np.float64]:
    # That at the telescope does not depend on the frame of the search.
    periods_s = candidates["topocentric_period_s"]
    is_known = np.isfinite(periods_s) & (periods_s > 0)
    return np.asarray(np.where(is_known, 1.0 / np.where(is_known, periods_s, 1.0), candidates["freq_hz"]), np.float64)


def _take_apart(key: str) -> _Place | None:
    """Return the parts of a key; None for one that this version cannot read."""
    recording, _, rest = key.partition(":")
    freq, _, dm = rest.partition("Hz:")
    try:
        return _Place(recording, float(freq), float(dm))
    except ValueError:
        return None


def _nearest(candidates: _Candidates, place: _Place) -> int | None:
    """Return the row of the candidate of one recording that a key means; None where none is near enough."""
    bins = np.abs(candidates.freqs_hz - place.freq_hz) * candidates.tobs_s
    dm_offsets = np.abs(candidates.dms - place.dm)
    is_near = (bins <= _FOURIER_BINS) & (dm_offsets <= candidates.dm_ranges)
    if not is_near.any():
        return None
    distances = bins / _FOURIER_BINS + dm_offsets / candidates.dm_ranges
    return int(candidates.rows[np.where(is_near, distances, np.inf).argmin()])
