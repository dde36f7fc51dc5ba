"""The search for interference from end to end: each kind is found where it is, and nothing else."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray

from fastpipe.algorithms.cleaning import NOISE_STD
from fastpipe.algorithms.dedispersion import ZERO_LEVEL
from fastpipe.config import CleaningConfig
from fastpipe.data.recording import Chunk
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.errors import ConfigError, InputMissingError
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.rfi_mask_file import write_rfi_mask
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.rfi_families import Mains, SwitchedDiode
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import PULSAR, SHAPE, MemoryRecording, clean_as_searched, simulated

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="minutes without the compiler")

NSAMPLES, NCHANS = SHAPE.nsamples, SHAPE.nchans
SPIKES = (5000, 11_111, 23_456)
DIODE = SwitchedDiode(period_s=1.0, on_fraction=0.25, first_on_s=0.1, amplitude=1.0)


def found_in(recording: MemoryRecording, nthreads: int = 1, **options: Any) -> RFIFindings:
    """Search for interference with nothing masked beforehand; the simulated band holds channels that FAST always masks."""
    cleaning = CleaningConfig(**{"mask_mhz": (), **options})
    progress, times = SilentProgress(), StageLedger()
    executor = SerialExecutor(progress, times) if nthreads == 1 else ThreadedExecutor(nthreads, progress, times)
    return find_rfi(recording, cleaning, executor)


def with_data(data: NDArray[Any]) -> MemoryRecording:
    header = SHAPE.header()
    return MemoryRecording(replace(header, nsamples=len(data), nchans=data.shape[1], nbits=8 * data.itemsize), data)


def disturbed(pulsar: SimulatedPulsar | None = PULSAR) -> MemoryRecording:
    """A pulsar with a carrier in channel 30, a dead channel 12, and spikes in all channels."""
    interference = SimulatedInterference(dead_channels=(12,), narrowband_channels=(30,))
    recording = simulated(SHAPE, pulsar, interference)
    data = recording.data.astype(np.int64)
    data[list(SPIKES)] += 60
    data[:, 12] = 0
    return replace(recording, data=np.clip(data, 0, 255).astype(np.uint8))


def assert_same_bits(left: object, right: object) -> None:
    if isinstance(left, np.ndarray):
        np.testing.assert_array_equal(left, right)
    elif hasattr(left, "__dataclass_fields__"):
        for field in fields(left):  # type: ignore[arg-type]
            assert_same_bits(getattr(left, field.name), getattr(right, field.name))
    else:
        assert left == right


@pytest.mark.parametrize(
    "pulsar",
    [
        None,
        PULSAR,
        SimulatedPulsar(period_s=0.0893, dm=62.4, snr=300.0),
        SimulatedPulsar(period_s=0.9, dm=30.0, snr=100.0, duty_cycle=0.5),
        SimulatedPulsar(period_s=0.2265, dm=3.0, snr=50.0),
    ],
    ids=["noise", "pulsar", "bright", "wide", "low DM"],
)
def test_noise_and_pulsars_are_no_interference(pulsar: SimulatedPulsar | None) -> None:
    findings = found_in(simulated(SHAPE, pulsar))
    assert findings.mask.masked_fraction < 0.02
    assert not len(findings.mask.bad_samples)
    assert findings.diode is None
    assert findings.remarks == ()


@pytest.mark.parametrize("pulsar", [None, PULSAR], ids=["noise", "pulsar"])
def test_noise_and_pulsars_in_it_are_not_broadband(pulsar: SimulatedPulsar | None) -> None:
    # Mains are birdies, drifts are whitened away.
    for interference in (
        None,
        SimulatedInterference(mains_amplitude=0.5),
        SimulatedInterference(drift_amplitude=0.5),
        SimulatedInterference(families=(Mains(amplitude=0.5),)),
    ):
        assert not found_in(simulated(SHAPE, pulsar, interference)).has_broadband


def test_carriers_dead_channels_and_spikes_are_masked_and_no_others() -> None:
    findings = found_in(disturbed())
    reasons = findings.mask.reasons
    np.testing.assert_array_equal(np.flatnonzero(findings.mask.bad_channels), [12, 30])
    assert np.all(reasons[:, 12] & Reason.DEAD)
    assert np.count_nonzero(np.delete(reasons, [12, 30], axis=1)) < 0.02 * reasons.size
    spikes = findings.mask.bad_samples
    for spike in SPIKES:
        assert np.any((spikes[:, 0] <= spike) & (spike < spikes[:, 1]))
    assert np.diff(spikes).sum() < 200
    assert findings.channels.std[12] == findings.channels.std[30] == 0.0


@pytest.mark.parametrize(
    ("period_s", "duty_cycle", "dm"),
    [(0.005, 0.1, 3.0), (0.2, 0.1, 50.0), (0.5, 0.5, 60.0), (0.9, 0.5, 30.0), (3.0, 0.05, 50.0)],
)
def test_a_bright_pulsar_is_no_reason_for_a_filter(period_s: float, duty_cycle: float, dm: float) -> None:
    recording = simulated(SHAPE, SimulatedPulsar(period_s=period_s, dm=dm, snr=300.0, duty_cycle=duty_cycle))
    assert not found_in(recording).has_broadband


def test_noise_that_channels_share_is_a_reason_for_a_filter() -> None:
    recording = simulated(SHAPE, PULSAR)
    shared = np.random.default_rng(5).normal(0.0, 0.3 * recording.data.std(axis=0).mean(), (NSAMPLES, 1))
    disturbed = np.clip(np.rint(recording.data + shared), 0, 255).astype(np.uint8)
    assert found_in(MemoryRecording(recording.header, disturbed)).has_broadband


def test_a_diode_is_found_and_the_statistics_are_those_without_it() -> None:
    with_diode = simulated(SHAPE, PULSAR, SimulatedInterference(families=(DIODE,)))
    findings, plain = found_in(with_diode), found_in(simulated())
    diode = findings.diode
    assert diode is not None
    assert diode.period_samples * SHAPE.tsamp == pytest.approx(DIODE.period_s, rel=1e-4)
    assert diode.duty_cycle == pytest.approx(DIODE.on_fraction, abs=0.002)
    np.testing.assert_allclose(diode.rise / plain.channels.std, 1.0, atol=0.25)
    np.testing.assert_allclose(findings.channels.mean, plain.channels.mean, atol=1.0)
    # While it is on, the diode adds noise as well.
    np.testing.assert_allclose(findings.channels.std, plain.channels.std, rtol=0.08)
    assert findings.mask.masked_fraction < 0.02
    assert found_in(with_diode, noise_diode="off").diode is None


def test_samples_with_the_diode_on_are_blanked_if_asked() -> None:
    recording = simulated(SHAPE, PULSAR, SimulatedInterference(families=(DIODE,)))
    diode = found_in(recording).diode
    assert diode is not None
    is_on = diode.fraction_on(0, NSAMPLES) > 1e-6
    blanked = clean_as_searched(recording, noise_diode="blank")
    out = blanked.read(Chunk(0, NSAMPLES), 1, (NCHANS, NSAMPLES))
    assert np.all(out[:, is_on] == ZERO_LEVEL)
    assert np.diff(blanked.rfi_mask.bad_samples).sum() == pytest.approx(is_on.sum(), rel=0.01)
    np.testing.assert_allclose(out[:20, ~is_on].std(axis=1), NOISE_STD, rtol=0.1)


def test_without_the_search_only_dead_and_given_channels_are_masked(tmp_path: Path) -> None:
    recording = disturbed()
    findings = found_in(recording, find_rfi=False)
    np.testing.assert_array_equal(np.unique(findings.mask.reasons[:, 12]), [Reason.DEAD])
    assert not np.delete(findings.mask.reasons, 12, axis=1).any()
    assert not len(findings.mask.bad_samples)
    assert (findings.diode, findings.has_broadband) == (None, False)
    given = RFIMask(np.zeros((1, NCHANS), np.uint16), NSAMPLES, NSAMPLES, np.array([[100, 200]]))
    given.reasons[0, [3, 30]] = Reason.SPREAD
    path = tmp_path / "mask.h5"
    write_rfi_mask(path, recording.header, given)
    findings = found_in(recording, find_rfi=False, mask_file=str(path), mask_channels="5:6")
    np.testing.assert_array_equal(np.flatnonzero(findings.mask.bad_channels), [3, 5, 6, 12, 30])
    assert (findings.mask.reasons[:, [3, 5, 6, 30]] == Reason.GIVEN).all()
    assert findings.mask.bad_samples.tolist() == [[100, 200]]


def _with_nonsense() -> NDArray[Any]:
    data = simulated(pulsar=None).data.astype(np.float32)
    data[100:900, 5], data[7, 9], data[11, 9] = np.nan, np.inf, -np.inf
    data[:, 20] = np.nan
    data[3000:4000] = np.nan
    return data


def _with_zeros() -> NDArray[Any]:
    data = simulated(pulsar=None).data.copy()
    data[10_000:14_000] = 0
    data[:, 7] = 99
    return data


AWKWARD = {
    "nonsense": _with_nonsense,
    "zeros": _with_zeros,
    "one channel": lambda: simulated(pulsar=None).data[:, :1].copy(),
    "one short interval": lambda: simulated(pulsar=None).data[:300].copy(),
    "one sample": lambda: simulated(pulsar=None).data[:1].copy(),
    "constant": lambda: np.full((3000, 8), 17, np.uint8),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_recordings_are_searched_and_cleaned(name: str) -> None:
    recording = with_data(AWKWARD[name]())
    nsamples, nchans = recording.data.shape
    clean = clean_as_searched(recording, mask_mhz=(), zero_dm="on")
    assert np.isfinite(clean.statistics.mean).all()
    assert np.isfinite(clean.statistics.std).all()
    out = clean.read(Chunk(0, nsamples), 1, (nchans, nsamples))
    for channel in np.flatnonzero(np.asarray(clean.good_channels)):
        assert abs(np.median(out[channel]) - ZERO_LEVEL) < 8
        assert out[channel].std() == pytest.approx(NOISE_STD, rel=0.3)
    assert (out[~clean.good_channels] == ZERO_LEVEL).all()


def test_what_never_changes_or_is_never_finite_is_dead() -> None:
    zeros, nonsense = found_in(with_data(_with_zeros())), found_in(with_data(_with_nonsense()))
    np.testing.assert_array_equal(np.flatnonzero(zeros.mask.bad_channels), [7])
    np.testing.assert_array_equal(np.flatnonzero(nonsense.mask.bad_channels), [20])
    assert zeros.mask.masked_fraction < 0.25
    assert found_in(with_data(AWKWARD["constant"]())).mask.mask.all()


def test_findings_are_the_same_for_any_number_of_threads() -> None:
    recording = disturbed()
    families = SimulatedInterference(families=(DIODE,), dead_channels=(12,), narrowband_channels=(30,))
    for disturbed_by in (recording, simulated(SHAPE, PULSAR, families)):
        assert_same_bits(found_in(disturbed_by), found_in(disturbed_by, nthreads=3))


def test_no_interval_is_too_short_to_tell_noise() -> None:
    recording = simulated(FilterbankShape(nchans=32, nsamples=4096, tsamp=2.0), None)
    for interval_s in (1e-6, 1.0):
        findings = found_in(recording, interval_s=interval_s)
        assert findings.mask.interval_samples == 64
        assert findings.mask.masked_fraction < 0.1


def test_what_is_wrong_with_a_given_mask_is_said_before_anything_is_read(tmp_path: Path) -> None:
    recording = simulated(FilterbankShape(nchans=32, nsamples=4096, tsamp=1e-3), None)
    unreadable = replace(recording, data=np.zeros(0))
    with pytest.raises(ConfigError, match="found channels 99 in a list"):
        found_in(unreadable, mask_channels="99")
    with pytest.raises(InputMissingError):
        found_in(unreadable, mask_file=str(tmp_path / "none.h5"))
