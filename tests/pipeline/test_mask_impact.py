"""Folds count what was there, and every candidate knows what the mask did to it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.algorithms.refinement import Refinement
from fastpipe.algorithms.zero_dm import ZeroDMFilter, mean_weights
from fastpipe.config import FoldingConfig
from fastpipe.data.recording import Chunk
from fastpipe.data.rfi_mask import Reason
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.fold_candidates import FoldSource, FoldTarget, fold_candidates, fold_source
from fastpipe.pipeline.mask_impact import MaskImpact, measure_impact
from tests.pipeline.recordings import PULSAR, SHAPE, MemoryRecording, clean_as_searched, flipped, simulated
from tests.references.presence import presence_by_definition

SMALL = replace(SHAPE, nsamples=2**14)
SERIAL = SerialExecutor(SilentProgress(), StageLedger())


@pytest.fixture(scope="module")
def recording() -> MemoryRecording:
    return simulated(SMALL)


def cleaned(
    recording: MemoryRecording, reasons: NDArray[np.uint16] | None = None, spikes: Sequence[tuple[int, int]] = ()
) -> CleanRecording:
    """Clean with a mask of one row an interval, channels in file order, and with spikes."""
    clean = clean_as_searched(recording, find_rfi=False, mask_mhz=(), zero_dm="off")
    nsamples, nchans = recording.data.shape
    given = np.zeros((1, nchans), np.uint16) if reasons is None else reasons
    mask = replace(
        clean.rfi_mask,
        reasons=given,
        interval_samples=-(-nsamples // len(given)),
        bad_samples=np.array(spikes, np.int64).reshape(-1, 2),
    )
    return replace(clean, rfi_mask=mask)


def fold_pulsar(clean: CleanRecording) -> tuple[FoldSource, list[Refinement]]:
    source = fold_source(clean.recording.header, clean)
    return source, fold_candidates(source, [FoldTarget(1.0 / PULSAR.period_s, PULSAR.dm)], FoldingConfig(), SERIAL)


def impact_on_pulsar(clean: CleanRecording) -> tuple[Refinement, MaskImpact]:
    source, found = fold_pulsar(clean)
    (impact,) = measure_impact(source, found, SERIAL)
    return found[0], impact


def test_gaps_are_not_counted(recording: MemoryRecording) -> None:
    first, last = SMALL.nsamples // 4, SMALL.nsamples // 2
    broken = replace(recording, gaps=(Chunk(first, last),))
    _, (found,) = fold_pulsar(cleaned(broken))
    counts = found.fold.cube.counts
    assert counts.sum() == (SMALL.nsamples - (last - first)) * SMALL.nchans
    in_gap = slice(len(counts) // 4 + 4, len(counts) // 2 - 4)
    assert not counts[in_gap].any()
    assert not found.fold.cube.cube[in_gap].any()
    assert found.snr == pytest.approx(PULSAR.snr * np.sqrt(0.75), rel=0.2)


def test_what_is_not_present_holds_no_signal(recording: MemoryRecording) -> None:
    for source_of in (recording, flipped(recording)):
        broken = replace(source_of, gaps=(Chunk(3000, 3500),))
        reasons = (np.random.default_rng(2).random((9, SMALL.nchans)) < 0.3).astype(np.uint16)
        clean = cleaned(broken, reasons, spikes=[(100, 130), (3400, 3600)])
        data = clean.read(Chunk(0, SMALL.nsamples), 1, (SMALL.nchans, SMALL.nsamples))
        present = presence_by_definition(clean.rfi_mask, broken.gaps, is_ascending=broken.header.foff > 0)
        assert np.all(data[~present] == 128)
        _, (found,) = fold_pulsar(clean)
        removed = found.fold.features["removed_fraction"]
        assert removed < 0.001
        assert found.fold.cube.counts.sum() == pytest.approx((1.0 - removed) * present.sum())
        assert found.snr == pytest.approx(PULSAR.snr * np.sqrt(present.mean()), rel=0.2)


def test_candidates_of_low_dm_are_folded_without_the_zero_dm_filter(recording: MemoryRecording) -> None:
    clean = cleaned(recording)
    filtered = replace(clean, zero_dm=ZeroDMFilter(mean_weights(~clean.rfi_mask.mask)))
    low, high = 0.5 * filtered.unfiltered_below_dm, 2.0 * filtered.unfiltered_below_dm
    folds = {}
    for name, samples in (("filtered", filtered), ("plain", clean)):
        source = fold_source(recording.header, samples)
        folds[name] = fold_candidates(source, [FoldTarget(3.0, low), FoldTarget(3.0, high)], FoldingConfig(), SERIAL)
    np.testing.assert_array_equal(folds["filtered"][0].fold.cube.cube, folds["plain"][0].fold.cube.cube)
    assert not np.array_equal(folds["filtered"][1].fold.cube.cube, folds["plain"][1].fold.cube.cube)


def test_without_a_mask_there_is_no_impact(recording: MemoryRecording) -> None:
    dead = np.zeros((1, SMALL.nchans), np.uint16)
    dead[0, 7] = Reason.DEAD
    silent = recording.data.copy()
    silent[:, 7] = 3
    _, impact = impact_on_pulsar(cleaned(replace(recording, data=silent), dead))
    assert np.isnan(impact.snr_unmasked)
    assert (impact.masked_fraction, impact.warning) == (0.0, "")


def test_the_snr_without_the_mask_is_that_of_all_channels(recording: MemoryRecording) -> None:
    half = np.zeros((1, SMALL.nchans), np.uint16)
    half[0, ::2] = Reason.SPREAD
    found, impact = impact_on_pulsar(cleaned(recording, half))
    _, (whole,) = fold_pulsar(cleaned(recording))
    assert impact.snr_unmasked == pytest.approx(whole.snr, rel=0.03)
    assert found.snr == pytest.approx(whole.snr * np.sqrt(0.5), rel=0.15)
    assert impact.masked_fraction == pytest.approx(0.5, abs=0.01)
    assert impact.warning == "stronger without the mask"


def test_channels_that_were_given_to_be_masked_stay_out(recording: MemoryRecording) -> None:
    given = np.zeros((1, SMALL.nchans), np.uint16)
    given[0, :12] = Reason.GIVEN
    _, impact = impact_on_pulsar(cleaned(recording, given))
    assert np.isnan(impact.snr_unmasked)
    assert impact.masked_fraction == pytest.approx(0.25, abs=0.01)


def test_a_mask_that_follows_the_pulse_is_told(recording: MemoryRecording) -> None:
    _, (whole,) = fold_pulsar(cleaned(recording))
    profile, nbins = whole.fold.profile, whole.fold.cube.nbins
    sample_s = (np.arange(SMALL.nsamples) + 0.5) * SMALL.tsamp - recording.header.tobs_s / 2
    # The dispersed pulse sweeps over the samples that are masked in all channels; aim at the middle of its sweep.
    delay_s = 0.5 * 4149.378 * PULSAR.dm * (recording.header.chan_freqs_mhz.min() ** -2 - recording.header.fch1**-2)
    phase = (whole.freq_hz * (sample_s - delay_s) - profile.argmax() / nbins) % 1.0
    is_bad = np.minimum(phase, 1.0 - phase) < 0.1
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_bad.astype(np.int8), [0])))).reshape(-1, 2)
    _, impact = impact_on_pulsar(cleaned(recording, spikes=[(int(start), int(stop)) for start, stop in edges]))
    assert impact.warning.split("; ")[0] in ("mask follows the pulse", "mask has the period of the candidate")


def test_an_ascending_band_gives_the_same_impact(recording: MemoryRecording) -> None:
    half = np.zeros((4, SMALL.nchans), np.uint16)
    half[1, :20] = half[:, 30:40] = Reason.SPREAD
    _, straight = impact_on_pulsar(cleaned(recording, half))
    _, other = impact_on_pulsar(cleaned(flipped(recording), half[:, ::-1]))
    assert other.snr_unmasked == pytest.approx(straight.snr_unmasked, rel=1e-5)
    assert other.masked_fraction == pytest.approx(straight.masked_fraction, rel=1e-9)


def test_threads_give_the_same_bits(recording: MemoryRecording) -> None:
    half = np.zeros((4, SMALL.nchans), np.uint16)
    half[1, :20] = half[:, 30:40] = Reason.SPREAD
    source, found = fold_pulsar(cleaned(recording, half))
    threaded = ThreadedExecutor(2, SilentProgress(), StageLedger())
    assert measure_impact(source, found, threaded) == measure_impact(source, found, SERIAL)


def test_a_series_has_no_mask() -> None:
    header = replace(simulated(replace(SHAPE, nsamples=1024), None).header, nchans=1, nbits=32)
    series = np.random.default_rng(1).normal(0.0, 1.0, 1024).astype(np.float32)
    source = fold_source(header, series)
    found = fold_candidates(source, [FoldTarget(30.0, 0.0)], FoldingConfig(), SERIAL)
    (impact,) = measure_impact(source, found, SERIAL)
    assert np.isnan(impact.snr_unmasked)
    assert (impact.masked_fraction, impact.warning) == (0.0, "")
