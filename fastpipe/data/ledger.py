"""What became of the detections of a catalogue, and how its candidates relate."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.tables import Fate, Table
from fastpipe.errors import ConfigError

_LARGEST_MULTIPLE = 16
_LARGEST_OF_FRACTION = 4
_DRIFT_BINS = 1.0
_DM_ERRORS = 3.0


def fate_counts(detections: Table) -> dict[Fate, int]:
    """Count the detections by what became of them; the counts add up to all of them.

    Parameters
    ----------
    detections
        Table with the columns of `DETECTION_COLUMNS`.

    Returns
    -------
    dict
        Number of detections of every fate, in the order of `Fate`.
    """
    return {fate: int(np.count_nonzero(detections["fate"] == fate.value)) for fate in Fate}


def relatives(detections: Table, cand_id: int) -> Table:
    """Return the detections that lead to one candidate: the one it was made from, its duplicates and its harmonics.

    Parameters
    ----------
    detections
        Table with the columns of `DETECTION_COLUMNS`.
    cand_id
        Number of the candidate.

    Returns
    -------
    Table
        Rows of `detections`, the most significant first.
    """
    is_kept = (detections["fate"] == Fate.KEPT) & (detections["related_id"] == cand_id)
    family = set(detections["det_id"][is_kept].tolist())
    is_merged = np.isin(detections["fate"], (Fate.DUPLICATE, Fate.HARMONIC))
    is_relative = is_kept.copy()
    # A duplicate may point to a harmonic that points to the kept detection: follow the links until nothing is new.
    while True:
        found = is_merged & ~is_relative & np.isin(detections["related_id"], list(family))
        if not found.any():
            break
        is_relative |= found
        family.update(detections["det_id"][found].tolist())
    rows = detections[is_relative]
    return _by_significance(rows)


def rejected_detections(detections: Table) -> Table:
    """Return the detections that did not become candidates, the most significant first."""
    return _by_significance(detections[detections["fate"] != Fate.KEPT])


def _by_significance(detections: Table) -> Table:
    ordered: Table = detections[np.lexsort((detections["det_id"], -detections["sigma"]))]
    return ordered


def simple_ratio(
    freq_hz: float, reference_hz: float, tobs_s: float, largest_of_fraction: int = _LARGEST_OF_FRACTION
) -> Fraction | None:
    """Find the simple fraction of another frequency that a frequency is.

    Parameters
    ----------
    freq_hz, reference_hz
        Frequencies in Hz.
    tobs_s
        Length of the observation in s, which sets how well frequencies are known.
    largest_of_fraction
        Largest number in a fraction that is neither a multiple nor one over a multiple.

    Returns
    -------
    Fraction or None
        1/16 to 16, or a fraction of two numbers up to `largest_of_fraction`, if it fits within one Fourier bin;
        None otherwise.

    Examples
    --------
    >>> simple_ratio(3.0001, 2.0, 100.0)
    Fraction(3, 2)
    """
    ratio = Fraction(freq_hz / reference_hz).limit_denominator(_LARGEST_MULTIPLE)
    low, high = sorted((ratio.numerator, ratio.denominator))
    if low < 1 or high > (_LARGEST_MULTIPLE if low == 1 else largest_of_fraction):
        return None
    offset_bins = abs(freq_hz * ratio.denominator - reference_hz * ratio.numerator) * tobs_s
    return ratio if offset_bins <= _DRIFT_BINS * high else None


def harmonic_notes(candidates: Table, tobs_s: NDArray[np.float64]) -> list[str]:
    """Say for every candidate of which better one it may be a harmonic.

    Many fractions of larger numbers fit some frequency by chance, so they count only where the DMs agree too.

    Parameters
    ----------
    candidates
        Table with the columns of `CANDIDATE_COLUMNS`, best first.
    tobs_s
        Length of the observation of each candidate in s, shape [ncandidates].

    Returns
    -------
    list of str
        Such as "harmonic 2 of 1" (twice the frequency of candidate 1); empty where there is no such relation.
    """
    notes = []
    for row in range(len(candidates)):
        note = ""
        for better in _possible_fundamentals(candidates[: row + 1], float(tobs_s[row])):
            limit = _LARGEST_MULTIPLE if _have_one_dm(candidates[row], candidates[better]) else _LARGEST_OF_FRACTION
            freqs_hz = float(candidates["freq_hz"][row]), float(candidates["freq_hz"][better])
            ratio = simple_ratio(*freqs_hz, float(tobs_s[row]), limit)
            if ratio is not None:
                relation = "same period as" if ratio == 1 else f"harmonic {ratio} of"
                note = f"{relation} {candidates['cand_id'][better]}"
                break
        notes.append(note)
    return notes


def _possible_fundamentals(candidates: Table, tobs_s: float) -> list[int]:
    """Return which candidates the last one may be a harmonic of: those of its observation with some simple ratio."""
    better = np.flatnonzero(candidates["obs_id"][:-1] == candidates["obs_id"][-1])
    reference_hz, freq_hz = candidates["freq_hz"][better], float(candidates["freq_hz"][-1])
    is_possible = np.zeros(len(better), bool)
    for denominator in range(1, _LARGEST_MULTIPLE + 1):
        numerator = np.rint(freq_hz * denominator / reference_hz)
        offset_bins = np.abs(freq_hz * denominator - reference_hz * numerator) * tobs_s
        is_possible |= (numerator <= _LARGEST_MULTIPLE) & (offset_bins <= _DRIFT_BINS * np.maximum(numerator, denominator))
    return [int(place) for place in better[is_possible]]


def _have_one_dm(first: np.void, second: np.void) -> bool:
    # A DM without uncertainty was not measured: that two of them agree says nothing.
    errors = first["dm_err"], second["dm_err"]
    return bool(min(errors) > 0 and abs(first["dm"] - second["dm"]) <= _DM_ERRORS * np.hypot(*errors))


def candidate_tobs_s(observations: Table, candidates: Table) -> NDArray[np.float64]:
    """Return the length in s of the observation of each candidate, shape [ncandidates]."""
    lengths = dict(zip(observations["obs_id"].tolist(), observations["tobs_s"].tolist(), strict=True))
    return np.array([lengths[obs_id] for obs_id in candidates["obs_id"].tolist()], np.float64)


def observation_of(observations: Table, candidate: np.void) -> np.void:
    """Return the row of the observation in which a candidate was found."""
    row: np.void = observations[observations["obs_id"].tolist().index(candidate["obs_id"])]
    return row


def plain_row(row: np.void) -> dict[str, object]:
    """Turn a row of a table into plain Python values: texts, numbers, and None for not-a-number.

    Examples
    --------
    >>> plain_row(np.array([(b"fft", float("nan"))], [("search", "S3"), ("accel", "f8")])[0])
    {'search': 'fft', 'accel': None}
    """
    plain: dict[str, object] = {}
    for name in row.dtype.names or ():
        value = row[name].item()
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        plain[name] = None if isinstance(value, float) and not np.isfinite(value) else value
    return plain


def candidate_row(candidates: Table, cand_id: int) -> int:
    """Find a candidate by its number.

    Parameters
    ----------
    candidates
        Table with the columns of `CANDIDATE_COLUMNS`.
    cand_id
        Number of the candidate.

    Returns
    -------
    int
        Its position in the table.

    Raises
    ------
    ConfigError
        If there is no candidate of this number.
    """
    numbers = candidates["cand_id"].tolist()
    if cand_id not in numbers:
        there = f"1 to {max(numbers)}" if numbers else "none, because the catalogue has no candidates"
        raise ConfigError(f"found no candidate {cand_id}, expected {there}; run fastpipe show without a number to list them")
    return int(numbers.index(cand_id))
