"""Candidates as PulsarX folds them: the file of ``psrfold_fil --candfile``."""

from pathlib import Path

import numpy as np

from fastpipe.constants import SECONDS_PER_DAY, SPEED_OF_LIGHT_M_S
from fastpipe.data.tables import Table
from fastpipe.io.atomic import replacing

_HEADING = "#id dm acc F0 F1 F2 S/N"


def write_pulsarx_candidates(path: Path, candidates: Table) -> None:
    """Write candidates of one observation for ``psrfold_fil --candfile FILE --pepoch MJD``.

    PulsarX folds in the time of the recording, so F0 (Hz) is the spin frequency seen at the telescope in the middle of the
    observation: give `pulsarx_epoch_mjd` as ``--pepoch``. F1 (Hz s^-1) and F2 (Hz s^-2) say how it drifts; `acc` is 0, for
    it would count a second time. DM in pc cm^-3.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    candidates
        Rows of the catalogue, of one observation.

    Raises
    ------
    ResourceError, ConfigError
        If the file cannot be written.
    """
    lines = [_HEADING, *(_line(candidate) for candidate in candidates)]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", "utf-8")


def pulsarx_epoch_mjd(observation: np.void) -> float:
    """Return the epoch of the exported frequencies: the middle of the observation as MJD (UTC)."""
    return float(observation["tstart_mjd"] + observation["tobs_s"] / 2.0 / SECONDS_PER_DAY)


def _line(candidate: np.void) -> str:
    period_s, freq_hz = float(candidate["topocentric_period_s"]), float(candidate["freq_hz"])
    # Unknown where the recording itself is barycentric: then its own frequency is the right one.
    f0_hz = 1.0 / period_s if np.isfinite(period_s) and period_s > 0.0 else freq_hz
    f2_hz_s2 = -float(candidate["jerk_m_s3"]) * freq_hz / SPEED_OF_LIGHT_M_S + 0.0
    numbers = (f"{candidate['dm']:.4f}", "0", f"{f0_hz:.12f}", f"{candidate['fdot_hz_s'] + 0.0:.9e}", f"{f2_hz_s2:.9e}")
    snr = float(np.nan_to_num(candidate["snr"], nan=0.0))
    return " ".join([str(candidate["cand_id"]), *numbers, f"{snr:.2f}"])
