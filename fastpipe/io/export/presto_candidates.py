"""Candidates as PRESTO's script ACCEL_sift lists them, for what people wrote to read such lists."""

import math
from pathlib import Path

import numpy as np

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.ledger import observation_of, relatives
from fastpipe.data.tables import Table
from fastpipe.io.atomic import replacing

_NAME_WIDTH = 66
_WIDTHS = {"DM": 9, "SNR": 8, "sigma": 8, "numharm": 9, "ipow": 9, "cpow": 9, "P(ms)": 14, "r": 12, "z": 8, "numhits": 9}
_SIGMA_A_STAR = 3.0


def write_presto_candidates(path: Path, tables: CatalogueTables, candidates: Table) -> None:
    """Write candidates as the list of PRESTO's ACCEL_sift.

    A line holds a candidate: name of the series and number of the candidate, DM in pc cm^-3, S/N, sigma, harmonics summed,
    incoherent and coherent power, period in ms, frequency `r` and drift `z` in Fourier bins, and in brackets how many DM
    trials saw it. Below come these trials. As in PRESTO, frequency and period are those in the middle of the observation,
    and `z` is fdot T^2, positive where the frequency rises: the opposite sign of `accel_m_s2`. The series has the name that
    PRESTO would give it. Coherent powers and the S/N of
    single trials are ``nan``: fastpipe has none.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    tables
        The catalogue.
    candidates
        Rows of it to write.

    Raises
    ------
    ResourceError, ConfigError
        If the file cannot be written.
    """
    lines = ["#" + "file:candnum".center(_NAME_WIDTH) + "".join(name.center(width) for name, width in _WIDTHS.items())]
    for candidate in candidates:
        lines += _lines_of(tables, candidate)
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", "utf-8")


def _lines_of(tables: CatalogueTables, candidate: np.void) -> list[str]:
    observation = observation_of(tables.observations, candidate)
    tobs_s = float(observation["tobs_s"])
    hits = _trials(relatives(tables.detections, int(candidate["cand_id"])), candidate)
    kept = hits[int(hits["sigma"].argmax())] if len(hits) else None
    numbers = {
        "DM": f"{candidate['dm']:.2f}",
        "SNR": f"{candidate['snr']:.2f}",
        "sigma": f"{candidate['sigma']:.2f}",
        "numharm": f"{max(int(candidate['nharm']), 1)}",
        "ipow": f"{math.nan if kept is None else kept['power']:.2f}",
        "cpow": f"{math.nan:.2f}",
        "P(ms)": f"{1e3 * candidate['period_s']:.9g}",
        "r": f"{candidate['freq_hz'] * tobs_s:.2f}",
        "z": f"{candidate['fdot_hz_s'] * tobs_s**2 + 0.0:.2f}",
    }
    name = f"{series_name(observation, float(candidate['dm']))}:{candidate['cand_id']}"
    # A blank before every column, so that wide numbers stay apart.
    cells = "".join(" " + text.rjust(_WIDTHS[column] - 1) for column, text in numbers.items())
    lines = [f"{name:<{_NAME_WIDTH}}{cells} ({max(len(hits), 1)})"]
    return lines + [_hit_line(hit) for hit in hits] * (len(hits) > 1)


def _trials(detections: Table, candidate: np.void) -> Table:
    """Return the best detection of every DM at the frequency of a candidate, the lowest DM first."""
    own = detections[np.abs(detections["freq_hz"] / candidate["freq_hz"] - 1.0) < 0.01]
    _, best = np.unique(own["dm"], return_index=True)
    trials: Table = own[best]
    return trials


def _hit_line(hit: np.void) -> str:
    # Only the fold has an S/N.
    stars = "*" * int(hit["sigma"] / _SIGMA_A_STAR)
    return f"  DM={hit['dm']:6.2f} SNR={math.nan:5.2f} Sigma={hit['sigma']:5.2f}   {stars}"


def series_name(observation: np.void, dm: float) -> str:
    """Return what a dedispersed series of an observation is called, without ending, such as ``M01_0001_DM62.40``."""
    first = str(observation["files"].item().decode("utf-8", "replace")).partition(";")[0]
    return f"{Path(first).stem or 'observation'}_DM{dm:.2f}"
