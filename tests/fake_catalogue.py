"""A small catalogue as a search would leave it, for tests of everything that shows catalogues."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import CatalogueTables, Fold
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.data.stage_record import Outcome, StageRecord
from fastpipe.data.tables import (
    CANDIDATE_COLUMNS,
    DETECTION_COLUMNS,
    OBSERVATION_COLUMNS,
    PLAN_COLUMNS,
    Fate,
    Table,
    empty_table,
)
from fastpipe.pipeline.cost_table import cost_table

TOBS_S = 120.0
FREQS_HZ = (6.1078, 3.0539, 17.431)
DMS = (112.4, 112.5, 310.0)
FEATURES = {
    "snr": 24.8,
    "width_phase": 0.05,
    "subint_persistence": 0.97,
    "subband_persistence": 0.94,
    "dm": 112.4,
    "dm_err": 0.4,
    "dm_fit": 0.97,
    "dm0_ratio": 0.03,
    "dm0_expected": 0.02,
    "peaks_a_turn": 1.0,
}


def fake_fold(*, is_series: bool = False, seed: int = 1) -> Fold:
    """Fold of a pulsar of S/N about 25, with one masked sub-band."""
    rng = np.random.default_rng(seed)
    nsubints, nsubbands, nbins = 32, 1 if is_series else 32, 64
    phase = (np.arange(nbins) + 0.5) / nbins
    pulse = np.exp(-0.5 * ((phase - 0.4) / 0.03) ** 2)
    counts = np.full((nsubints, nsubbands, nbins), 1000.0, np.float32)
    noise = np.sqrt(counts)
    cube = (noise * (rng.standard_normal(counts.shape) + 0.35 * (32 / nsubbands) ** 0.5 * pulse)).astype(np.float32)
    if not is_series:
        cube[:, 5] = counts[:, 5] = 0.0
    total, weight = cube.sum(axis=(0, 1)), counts.sum(axis=(0, 1))
    dms = np.linspace(80, 145, 1 if is_series else 101)
    freq_offsets, fdot_offsets = np.linspace(-0.0125, 0.0125, 49), np.linspace(-4e-4, 4e-4, 33)
    grid = 25 * np.exp(-((freq_offsets / 0.003) ** 2) - (fdot_offsets[:, None] / 1e-4) ** 2)
    return Fold(
        cube=FoldedCube(
            cube=cube,
            counts=counts,
            subint_mid_s=(np.arange(nsubints) + 0.5) * TOBS_S / nsubints - TOBS_S / 2,
            subband_freqs_mhz=np.linspace(1443.75, 1056.25, nsubbands),
            freq_hz=FREQS_HZ[0],
            fdot_hz_s=0.0,
            dm=DMS[0],
            reference_mhz=1450.0,
        ),
        profile=((total - np.median(total)) / np.sqrt(weight)).astype(np.float32),
        dm_curve=np.stack([dms, 25 * np.exp(-(((dms - 112.4) / 9) ** 2))]).astype(np.float32),
        period_fdot_grid=(grid + rng.standard_normal(grid.shape)).astype(np.float32),
        freq_offsets_hz=freq_offsets,
        fdot_offsets_hz_s=fdot_offsets,
        features=FEATURES,
    )


def _candidates() -> Table:
    table = empty_table(CANDIDATE_COLUMNS, len(FREQS_HZ))
    table["cand_id"] = 1 + np.arange(len(table))
    table["obs_id"] = 1
    table["search"] = b"fft"
    table["freq_hz"] = FREQS_HZ
    table["period_s"] = table["topocentric_period_s"] = 1 / np.array(FREQS_HZ)
    table["period_err_s"] = 1.2e-7
    table["epoch_mjd"] = 58000.5
    table["dm"], table["dm_err"] = DMS, 0.4
    table["snr"], table["sigma"], table["log10_fap"] = (24.8, 12.1, 7.0), (22.0, 10.0, 5.6), (-98.2, -15.0, -0.3)
    table["nharm"], table["width_phase"], table["score"] = (16, 32, 2), (0.05, 0.03, 0.3), (0.97, 0.6, 0.08)
    table["ndetections"] = (3, 1, 1)
    return table


def _detections() -> Table:
    rows: list[tuple[float, float, float, Fate, int]] = [
        (FREQS_HZ[0], DMS[0], 22.0, Fate.KEPT, 1),
        (FREQS_HZ[0], 113.0, 21.0, Fate.DUPLICATE, 1),
        (2 * FREQS_HZ[0], 112.4, 15.0, Fate.HARMONIC, 1),
        (2 * FREQS_HZ[0], 112.9, 14.0, Fate.DUPLICATE, 3),
        (FREQS_HZ[1], DMS[1], 10.0, Fate.KEPT, 2),
        (50.0, 0.0, 30.0, Fate.LOW_DM, 0),
        (FREQS_HZ[2], DMS[2], 7.0, Fate.KEPT, 3),
        (99.0, 400.0, 5.1, Fate.FAINT, 0),
        (81.0, 20.0, 6.1, Fate.FEW_DMS, 0),
        (200.0, 444.0, 5.9, Fate.NOT_FOLDED, 0),
    ]
    table = empty_table(DETECTION_COLUMNS, len(rows))
    table["det_id"] = 1 + np.arange(len(rows))
    table["obs_id"], table["search"], table["nharm"] = 1, b"fft", 8
    for name, values in zip(("freq_hz", "dm", "sigma", "fate", "related_id"), zip(*rows, strict=True), strict=True):
        table[name] = values
    return table


def _observations(nchans: int) -> Table:
    table = empty_table(OBSERVATION_COLUMNS, 1)
    table["obs_id"], table["source"], table["telescope"], table["files"] = 1, b"J0000+0000", b"FAST", b"fake.fil"
    table["tobs_s"], table["tsamp_s"], table["nchans"], table["nbits"] = TOBS_S, 49.152e-6, nchans, 8
    table["tstart_mjd"], table["fch1_mhz"], table["foff_mhz"] = 58000.0, 1449.0, -400.0 / nchans
    table["ra_deg"], table["dec_deg"] = np.nan, np.nan
    return table


def fake_statistics(nchans: int) -> tuple[ChannelStatistics, NDArray[np.bool_]]:
    """Bandpass with edges that fall off, wild channels, and which channels are bad."""
    x = np.linspace(-1, 1, nchans)
    rng = np.random.default_rng(3)
    mean = 96 * (1 - x**8) * (1 + 0.05 * np.sin(9 * x)) + rng.normal(0, 0.4, nchans)
    is_bad = np.zeros(nchans, np.bool_)
    is_bad[nchans // 3 : nchans // 3 + 6] = is_bad[-3:] = True
    std = np.abs(mean) / 6 * np.where(is_bad, 2.0, 1.0)
    return ChannelStatistics(mean, std, 10_000), is_bad


def fake_record(
    stage: str, start_s: float, wall_s: float, *, nthreads: int = 2, host: str = "node1", outcome: Outcome = "done"
) -> StageRecord:
    """Return what a stage took that began so long after midnight, used half of its threads and read a GiB."""
    return StageRecord(
        stage=stage,
        host=host,
        pid=7,
        nthreads=nthreads,
        start_unix_s=(58000 - 40587) * 86400 + start_s,
        wall_s=wall_s,
        cpu_s=0.5 * nthreads * wall_s,
        ntasks=10,
        read_bytes=2**30,
        peak_bytes=3 * 2**29,
        outcome=outcome,
    )


def fake_costs(obs_id: int = 1) -> Table:
    """Return the costs of a search of 60 s wall time and 120 core-seconds, interrupted once, twice as fast as real time."""
    return cost_table(
        [
            fake_record("channel statistics", 0.0, 10.0),
            fake_record("Fourier search", 10.0, 20.0, outcome="interrupted"),
            fake_record("Fourier search", 5000.0, 30.0),
        ],
        obs_id,
    )


def fake_tables(*, is_empty: bool = False) -> CatalogueTables:
    """Three candidates (the second at half the frequency of the first) and ten detections; or nothing found."""
    nchans = 256
    statistics, is_bad = fake_statistics(nchans)
    plan = empty_table(PLAN_COLUMNS, 1)
    plan["dm_step"], plan["ntrials"], plan["downsample"] = 0.5, 1000, 1
    return CatalogueTables(
        observations=_observations(nchans),
        candidates=empty_table(CANDIDATE_COLUMNS) if is_empty else _candidates(),
        detections=empty_table(DETECTION_COLUMNS) if is_empty else _detections(),
        plans={1: plan},
        masks={1: RFIMask(np.where(is_bad, Reason.SPREAD, 0).astype(np.uint16)[None, :], 10_000, 10_000)},
        statistics={1: statistics},
        folds={} if is_empty else {1: fake_fold(), 2: fake_fold(seed=2), 3: fake_fold(seed=3)},
        provenance={"configuration": "", "fastpipe_version": "0"},
    )
