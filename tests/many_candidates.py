"""A catalogue as a large survey leaves it, for tests of everything that must stay quick with thousands of candidates."""

from dataclasses import replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import CatalogueTables, Fold
from fastpipe.data.tables import (
    CANDIDATE_COLUMNS,
    DETECTION_COLUMNS,
    OBSERVATION_COLUMNS,
    Fate,
    Table,
    empty_table,
)
from tests.fake_catalogue import fake_fold

NBEAMS = 19
TOBS_S = 300.0
_REJECTED = (Fate.LOW_DM, Fate.FEW_DMS, Fate.FAINT, Fate.NOT_FOLDED, Fate.BIRDIE, Fate.MULTI_BEAM)
_SHARES = (0.25, 0.15, 0.35, 0.1, 0.1, 0.05)
Rows = NDArray[np.int64]


def many_candidates(n: int = 10_000, seed: int = 1, *, nfolds: int = 40) -> CatalogueTables:
    """Return candidates of 19 beams of two pointings: noise, interference, pulsars of which some are known.

    Parameters
    ----------
    n
        Number of candidates.
    seed
        The same seed gives the same catalogue.
    nfolds
        Number of the most significant candidates that have a fold; the others were not folded.
    """
    rng = np.random.default_rng(seed)
    candidates = _candidates(n, rng)
    return CatalogueTables(
        observations=_observations(),
        candidates=candidates,
        detections=_detections(candidates, rng),
        folds={int(row["cand_id"]): _fold(row) for row in candidates[:nfolds]},
        provenance={"configuration": "", "fastpipe_version": "0"},
    )


def _observations() -> Table:
    table = empty_table(OBSERVATION_COLUMNS, 2 * NBEAMS)
    number = np.arange(len(table))
    table["obs_id"], table["beam"] = 1 + number, 1 + number % NBEAMS
    table["source"] = np.where(number < NBEAMS, b"J1900+0100", b"J1905+0400")
    table["telescope"], table["tobs_s"], table["tsamp_s"] = b"FAST", TOBS_S, 49.152e-6
    table["nchans"], table["nbits"], table["npol"] = 4096, 8, 1
    table["fch1_mhz"], table["foff_mhz"] = 1499.94, -0.1220703125
    table["tstart_mjd"] = 59000.5 + number // NBEAMS * 0.01
    table["ra_deg"], table["dec_deg"] = 285.0 + 0.05 * (number % 5), 1.0 + 0.05 * (number // 5 % 4)
    table["files"] = [f"beam{row['beam']:02d}_{row['obs_id']}.fil".encode() for row in table]
    table["digest"] = [f"{row['obs_id']:064x}".encode() for row in table]
    return table


def _candidates(n: int, rng: np.random.Generator) -> Table:
    table = empty_table(CANDIDATE_COLUMNS, n)
    kind = rng.choice(3, n, p=(0.85, 0.12, 0.03))
    is_noise, is_rfi, is_pulsar = (kind == number for number in range(3))
    table["obs_id"] = rng.integers(1, 2 * NBEAMS + 1, n)
    table["search"] = rng.choice([b"fft", b"accel"], n, p=(0.8, 0.2))
    period = 10.0 ** rng.uniform(-2.8, 0.9, n)
    period[is_rfi] = rng.integers(1, 60, is_rfi.sum()) / 50.0 * (1 + 1e-5 * rng.standard_normal(is_rfi.sum()))
    period[is_pulsar] = 10.0 ** rng.normal(np.where(rng.random(is_pulsar.sum()) < 0.25, -2.3, -0.3), 0.25)
    dm = np.where(is_rfi, rng.exponential(8.0, n), np.where(is_pulsar, rng.gamma(3.0, 90.0, n), rng.uniform(0.0, 1000.0, n)))
    snr = np.where(is_pulsar, 9.0 + rng.pareto(1.3, n) * 5.0, np.where(is_rfi, 8.0 + rng.exponential(9.0, n), 0.0))
    snr = np.where(is_noise, rng.normal(6.8, 0.5, n), np.minimum(snr, 900.0))
    score = np.where(is_pulsar, rng.beta(9, 1.2, n), np.where(is_rfi, rng.beta(1.2, 9, n), rng.beta(1, 14, n)))
    table["period_s"] = table["topocentric_period_s"] = period
    table["freq_hz"], table["period_err_s"] = 1 / period, 1e-7 * period
    table["accel_m_s2"] = np.where(table["search"] == b"accel", rng.normal(0.0, 12.0, n), 0.0)
    table["dm"], table["dm_err"], table["snr"], table["score"] = dm, 0.3, snr, score
    table["sigma"], table["log10_fap"] = 0.9 * snr, 9.0 - 0.4343 * (0.9 * snr) ** 2 / 2
    table["snr_unmasked"], table["h_statistic"] = np.nan, snr**2
    table["nharm"], table["width_phase"] = 2 ** rng.integers(0, 6, n), rng.uniform(0.02, 0.3, n)
    table["epoch_mjd"], table["ndetections"] = 59000.51, 1 + rng.poisson(2.0, n)
    _name_known(table, np.flatnonzero(is_pulsar), rng)
    beams = NBEAMS // 2 if n else 0
    table["beams"] = [
        ",".join(map(str, range(1, beams))).encode() if rfi and wide else str(1 + (obs - 1) % NBEAMS).encode()
        for rfi, wide, obs in zip(is_rfi, rng.random(n) < 0.3, table["obs_id"], strict=True)
    ]
    table = table[np.argsort(table["log10_fap"], kind="stable")]
    table["cand_id"] = 1 + np.arange(n)
    # Only what was folded has a score and an S/N of a profile; all have one here, so that filters have work.
    return table


def _name_known(table: Table, pulsars: Rows, rng: np.random.Generator) -> None:
    for row in pulsars[rng.random(len(pulsars)) < 0.3].tolist():
        table["known_pulsar"][row] = f"J19{rng.integers(0, 10):02d}+{rng.integers(0, 500):04d}".encode()
        table["known_harmonic"][row] = rng.choice([b"1", b"2", b"1/2", b"3/2"], p=(0.85, 0.07, 0.05, 0.03))


def _detections(candidates: Table, rng: np.random.Generator) -> Table:
    """Return the kept detection and the duplicates of every candidate, and as many rejected ones as there are candidates."""
    counts = candidates["ndetections"].tolist()
    first = [0, *accumulate(counts)][:-1]
    of = np.repeat(np.arange(len(candidates)), counts)
    nrejected = len(candidates)
    table = empty_table(DETECTION_COLUMNS, len(of) + nrejected)
    table["det_id"], table["nharm"], table["search"] = 1 + np.arange(len(table)), 8, b"fft"
    family, rejected = table[: len(of)], table[len(of) :]
    is_first = np.zeros(len(of), bool)
    is_first[first] = True
    is_harmonic = ~is_first & (rng.random(len(of)) < 0.2)
    for name in ("obs_id", "freq_hz", "dm", "sigma", "log10_fap"):
        family[name] = candidates[name][of]
    family["freq_hz"] *= np.where(is_harmonic, 2.0, 1.0)
    family["sigma"] *= np.where(is_first, 1.0, 0.9)
    family["dm"] += np.where(is_first, 0.0, rng.normal(0.0, 2.0, len(of)))
    family["fate"] = np.where(is_first, Fate.KEPT, np.where(is_harmonic, Fate.HARMONIC, Fate.DUPLICATE))
    family["related_id"] = np.where(is_first, candidates["cand_id"][of], 1 + np.array(first, np.int64)[of])
    rejected["obs_id"] = rng.integers(1, 2 * NBEAMS + 1, nrejected)
    rejected["freq_hz"], rejected["dm"] = 10.0 ** rng.uniform(-0.9, 2.8, nrejected), rng.uniform(0.0, 1000.0, nrejected)
    rejected["sigma"], rejected["fate"] = 5.0 + rng.exponential(1.0, nrejected), rng.choice(_REJECTED, nrejected, p=_SHARES)
    rejected["dm"] *= np.where(rejected["fate"] == Fate.LOW_DM, 0.002, 1.0)
    is_linked = np.isin(rejected["fate"], (Fate.MULTI_BEAM, Fate.BIRDIE))
    rejected["related_id"] = np.where(is_linked, rng.integers(1, 20, nrejected), 0)
    return table


def _fold(candidate: np.void) -> Fold:
    fold = fake_fold(seed=int(candidate["cand_id"]))
    cube = replace(fold.cube, freq_hz=float(candidate["freq_hz"]), dm=float(candidate["dm"]))
    dms = fold.dm_curve[0] - 112.4 + candidate["dm"]
    features = {**fold.features, "snr": float(candidate["snr"]), "dm": float(candidate["dm"])}
    return replace(fold, cube=cube, dm_curve=np.stack([dms, fold.dm_curve[1]]).astype(np.float32), features=features)
