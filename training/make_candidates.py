"""Candidates with known answers, made by the code of the search itself.

``python -m training.make_candidates -o set.h5 --recordings 1050 --seed 1 --jobs 2`` simulates recordings with pulsars, noise
and interference, searches each with a low threshold, folds what was found and what was injected, and writes the features of
all folds. Every other recording has pulsars; what is no pulsar comes from the recordings without, so that no pulsar hides
among it. With ``--real FOLDER`` pulsars are also injected into the real recordings of that folder, in turn.
"""

import argparse
import logging
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from fastpipe.config import SearchConfig, override
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.tables import Fate
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import PROGRAM_BYTES, Budget
from fastpipe.pipeline.fold_candidates import FoldSource, FoldTarget, fold_candidates, fold_source
from fastpipe.pipeline.mask_impact import measure_impact
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.pipeline.scoring import all_features
from fastpipe.pipeline.search import search_recording
from fastpipe.pipeline.series import read_series
from tests.pipeline.rfi_searches import NO_CLEANING
from training.draw_recordings import REAL_RECORDINGS, DrawnRecording, draw_real, draw_recording
from training.draw_sources import DrawnPulsar, log_uniform
from training.fold_set import FoldSet, LabelledFold, collect, write_folds
from training.truth import Truth

_FOLDED: Final = 14
"""Candidates of each search that are folded."""
_EXTRA: Final = 5
"""Detections that sifting rejected, and random periods, that are folded of each recording."""
_FAP_MAX: Final = 2.5
"""log10_fap of the faintest detections: noise gives 300 such in a search."""
_UNCLEANED_SHARE: Final = 0.15
"""Part of the recordings with interference that is not cleaned."""
_REAL_EVERY: Final = 16
"""Two recordings in as many are real ones, where these are at hand."""
_REJECTED: Final = (Fate.LOW_DM, Fate.BIRDIE, Fate.FEW_DMS, Fate.FAINT)


def make_folds(number: int, seed: int, real: Path | None) -> list[LabelledFold]:
    """Draw a recording, search it, and return labelled folds.

    Parameters
    ----------
    number
        Number of the recording; it and the seed decide everything.
    seed
        Start of the random numbers.
    real
        Folder of real recordings, or None.
    """
    rng = np.random.default_rng([seed, number])
    npulsars = int(rng.integers(1, 5)) if number % 2 else 0
    is_real = real is not None and number % _REAL_EVERY < 2
    if real is not None and is_real:
        names = list(REAL_RECORDINGS)
        drawn = draw_real(rng, npulsars, real / names[number // _REAL_EVERY % len(names)])
    else:
        drawn = draw_recording(rng, npulsars)
    truth, config = Truth(drawn), override(SearchConfig(), **_options(rng, drawn))
    executor = SerialExecutor(SilentProgress(), StageLedger())
    tables = search_recording(drawn.recording, config, Budget(PROGRAM_BYTES + 2**30, 1, 2**25), executor)
    labelled = partial(_labelled, recording=number, population=drawn.population)
    folds, found = [], []
    for row in tables.candidates:
        pulsar = truth.pulsar_at(float(row["freq_hz"]), float(row["dm"]))
        found.append(pulsar)
        if pulsar is not None or truth.is_empty_at(float(row["freq_hz"])):
            folds.append(labelled(tables.folds[int(row["cand_id"])].features, pulsar, truth.other_kind))
    missed = [pulsar for pulsar in drawn.pulsars if pulsar not in found]
    negatives = [(target, truth.other_kind) for target in _rejected(rng, tables)]
    negatives += [(target, "random") for target in _random_targets(rng, truth)]
    negatives = [(target, kind) for target, kind in negatives if truth.is_empty_at(target.freq_hz)]
    targets = [_near(rng, pulsar, truth) for pulsar in missed] + [target for target, _ in negatives]
    features = _fold(_source(drawn, tables, config, executor), targets, config, executor)
    labels = [(pulsar, "pulsar") for pulsar in missed] + [(None, kind) for _, kind in negatives]
    return folds + [labelled(one, pulsar, kind) for one, (pulsar, kind) in zip(features, labels, strict=True)]


def _labelled(
    features: Mapping[str, float], pulsar: DrawnPulsar | None, other: str, *, recording: int, population: str
) -> LabelledFold:
    if pulsar is None:
        return LabelledFold(dict(features), other, recording, population=population)
    return LabelledFold(dict(features), "pulsar", recording, pulsar.pulsar.snr, pulsar.habit, population)


def _options(rng: np.random.Generator, drawn: DrawnRecording) -> dict[str, Any]:
    """Options of the search: a low threshold, DMs up to that of the pulsars but 300 at most, sometimes nothing cleaned."""
    dms = [pulsar.pulsar.dm for pulsar in drawn.pulsars]
    dm_max = 1.1 * max(20.0, *dms) if dms else log_uniform(rng, 20.0, 300.0)
    options = {"log10_fap_max": _FAP_MAX, "max_candidates": _FOLDED, "dm_max": min(dm_max, 300.0), "frame": "topocentric"}
    if drawn.has_interference and not drawn.recording.header.is_series and rng.random() < _UNCLEANED_SHARE:
        options |= NO_CLEANING
    return options


def _source(drawn: DrawnRecording, tables: CatalogueTables, config: SearchConfig, executor: SerialExecutor) -> FoldSource:
    """Return the samples from which the search folded."""
    header, birdies = drawn.recording.header, tables.birdies[1]
    if header.is_series:
        return fold_source(header, read_series(drawn.recording), birdies)
    findings = find_rfi(drawn.recording, config.cleaning, executor)
    return fold_source(header, prepare(drawn.recording, findings, config.cleaning, executor), birdies)


def _near(rng: np.random.Generator, pulsar: DrawnPulsar, truth: Truth) -> FoldTarget:
    """Return spin and DM of a pulsar, as far off as a search leaves them."""
    width_dm = truth.dm_width(pulsar)
    dm = pulsar.pulsar.dm + (0.3 * width_dm * rng.standard_normal() if np.isfinite(width_dm) else 0.0)
    freq_hz = pulsar.pulsar.freq_hz + rng.uniform(-0.25, 0.25) / truth.tobs_s
    fdot_hz_s = pulsar.pulsar.fdot_hz_s
    if fdot_hz_s:
        fdot_hz_s += rng.uniform(-0.5, 0.5) / truth.tobs_s**2
    return FoldTarget(freq_hz, max(dm, 0.0), fdot_hz_s)


def _rejected(rng: np.random.Generator, tables: CatalogueTables) -> list[FoldTarget]:
    """Return some of the strongest detections that sifting rejected."""
    detections = tables.detections
    rejected = detections[np.isin(detections["fate"], _REJECTED)]
    rejected = rejected[np.argsort(rejected["log10_fap"], kind="stable")][: 10 * _EXTRA]
    chosen = rejected[rng.permutation(len(rejected))[:_EXTRA]]
    return [FoldTarget(float(row["freq_hz"]), float(row["dm"])) for row in chosen]


def _random_targets(rng: np.random.Generator, truth: Truth) -> Iterator[FoldTarget]:
    """Yield a random period and DM, a harmonic or sub-harmonic of the mains, and a random period at a very low DM."""
    header = truth.drawn.recording.header
    low_hz, high_hz = 8.0 / header.tobs_s, 1.0 / (6.0 * header.tsamp)
    mains_hz = float(rng.choice((50.0, 60.0))) * rng.integers(1, 7) / rng.integers(1, 7)
    for freq_hz, dm_max in ((log_uniform(rng, low_hz, high_hz), 300.0), (mains_hz, 100.0), (None, 1.0)):
        freq = log_uniform(rng, low_hz, high_hz) if freq_hz is None else freq_hz
        if low_hz < freq < high_hz:
            yield FoldTarget(freq, header.dm if header.dm is not None else rng.uniform(0.0, dm_max))


def _fold(
    source: FoldSource, targets: Sequence[FoldTarget], config: SearchConfig, executor: SerialExecutor
) -> list[dict[str, float]]:
    """Fold, and return all features."""
    refinements = fold_candidates(source, targets, config.folding, executor)
    impacts = measure_impact(source, refinements, executor)
    return [all_features(source, one, impact) for one, impact in zip(refinements, impacts, strict=True)]


def make_set(recordings: int, seed: int, jobs: int, real: Path | None) -> FoldSet:
    """Make the folds of many recordings; the result does not depend on `jobs`."""
    make = partial(_quietly, seed=seed, real=real)
    if jobs == 1:
        results = [make(number) for number in range(recordings)]
    else:
        with ProcessPoolExecutor(jobs) as pool:
            results = list(pool.map(make, range(recordings), chunksize=4))
    return collect([fold for folds in results for fold in folds])


def _quietly(number: int, seed: int, real: Path | None) -> list[LabelledFold]:
    """Make folds without the warnings of the search, of which random recordings earn many."""
    logging.getLogger("fastpipe").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_folds(number, seed, real)


def main() -> None:
    """Read the options, make the set and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", dest="path", type=Path, required=True, help="HDF5 file to write")
    parser.add_argument("--recordings", type=int, default=1050, help="number of recordings, about six folds each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--real", type=Path, help="folder with the recordings of draw_recordings.REAL_RECORDINGS")
    options = parser.parse_args()
    started = time.perf_counter()
    folds = make_set(options.recordings, options.seed, options.jobs, options.real)
    write_folds(folds, options.path)
    counts = ", ".join(f"{np.count_nonzero(folds.kind == kind)} {kind}" for kind in sorted(set(folds.kind.tolist())))
    print(f"{len(folds)} folds of {options.recordings} recordings: {counts}; {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
