"""Each stage of the search as an object that shows itself: plan, mask, series, spectrum, sums, cube."""

from pathlib import Path

import numpy as np
import pytest

import fastpipe as fp
from fastpipe.algorithms.dedispersion import ZERO_LEVEL
from fastpipe.config import SearchConfig, override
from fastpipe.data.recording import Chunk
from fastpipe.data.trial_series import TrialSeries
from fastpipe.dispersion import dm_delay_s
from fastpipe.errors import ConfigError
from fastpipe.execution.local_run import begin_run
from fastpipe.explore.spectrum import Spectrum
from fastpipe.io.recordings import open_recording
from fastpipe.pipeline.frame import SearchFrame
from fastpipe.pipeline.one_trial import trial_powers
from fastpipe.pipeline.preflight import check_and_plan
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.pipeline.shards import whole_shards
from tests.fake_catalogue import fake_fold, fake_tables
from tests.fake_plan import fake_plan
from tests.html_outline import outline

SAMPLE = Path(__file__).parents[2] / "sample_data" / "fake_pulsar.fil"
FREQ_HZ = 1 / 0.0893


@pytest.fixture(scope="module")
def spectrum() -> Spectrum:
    return fp.open(SAMPLE).spectrum(62.4)


def test_series_is_the_sum_of_clean_channels_less_their_delays() -> None:
    config = override(SearchConfig(), dm_min=62.0, dm_max=62.0)
    run = begin_run([SAMPLE], config.execution, None)
    header = run.recording.header
    clean = prepare(run.recording, find_rfi(run.recording, config.cleaning, run.executor), config.cleaning, run.executor)
    (shard,) = whole_shards(header, check_and_plan(header, config).dispersion, config, clean.unfiltered_below_dm)
    (delays,) = shard.plan.delays()
    length = header.nsamples + int(delays.max())
    shape = (header.nchans, length)
    channels = clean.read(Chunk(0, length), 1, shape, is_filtered=shard.kind.is_filtered).astype(np.int64) - ZERO_LEVEL
    expected = sum(row[delay : delay + header.nsamples] for row, delay in zip(channels, delays.tolist(), strict=False))
    series = fp.open(SAMPLE).dedisperse(62.0)
    # The first samples need channels from before the begin where a delay is negative: here none is.
    assert delays.min() >= 0
    np.testing.assert_array_equal(series.values, expected)
    exact = dm_delay_s(62.0, header.descending_freqs_mhz, header.descending_freqs_mhz[0]) / header.tsamp
    assert np.abs(delays[: header.nchans] - exact).max() < 2
    assert (series.dm, series.tsamp, len(series)) == (62.0, header.tsamp, header.nsamples)
    assert series.times_s[0] == pytest.approx(series.tsamp / 2)


def test_spectrum_shows_the_pulsar(spectrum: Spectrum) -> None:
    assert float(spectrum.powers[100:].mean()) == pytest.approx(1.0, abs=0.05)
    freq_hz, sigma = spectrum.harmonic_sums(16).best
    assert freq_hz == pytest.approx(FREQ_HZ, rel=1e-3)
    assert sigma > 15
    assert spectrum.harmonic_sums(16).sigma.max() == pytest.approx(sigma)


def test_spectrum_and_sums_show_themselves(spectrum: Spectrum) -> None:
    assert repr(spectrum).splitlines()[:2] == ["Spectrum", "  DM         62.4 pc cm^-3"]
    assert "topocentric" in repr(spectrum)
    sums = spectrum.harmonic_sums()
    assert "sigma at 11.1" in repr(sums)
    for shown in (spectrum, sums):
        outline(shown._repr_html_())
        for signal in (None, FREQ_HZ, fp.Catalogue(fake_tables())[0]):
            assert shown.plot(signal)._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(ConfigError, match="found nharm = 5"):
        spectrum.harmonic_sums(5)


def test_mark_lies_at_the_frequency_of_the_candidate(spectrum: Spectrum) -> None:
    candidate = fp.Catalogue(fake_tables())[0]
    axes = spectrum.plot(candidate).figure.axes
    marks = next(line for line in axes[0].lines if str(line.get_label()).startswith("harmonics of"))
    np.testing.assert_allclose(marks.get_xdata()[:2], [candidate.freq_hz, 2 * candidate.freq_hz])
    assert [panel.get_title() for panel in axes[1:]] == [f"{number} x" for number in range(1, 9)]


def test_series_shows_itself() -> None:
    series = fp.open(SAMPLE).dedisperse(0.0)
    assert "32.2 s, 40944 samples of 786.432 us" in repr(series)
    outline(series._repr_html_())
    assert series.plot().figure.axes[0].get_title(loc="left").startswith("Series at DM 0 pc/cm³")


@pytest.mark.parametrize(
    ("dm", "words"), [(None, "found no DM"), (-1.0, "found DM -1"), (1e9, "found DM 1e"), (np.nan, "nan")]
)
def test_dm_that_makes_no_sense_is_refused(dm: float | None, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        fp.open(SAMPLE).dedisperse(dm)


def test_length_of_a_spectrum_is_that_of_the_search() -> None:
    series = TrialSeries(np.random.default_rng(1).standard_normal(5000).astype(np.float32), 10.0, 1e-3)
    run = begin_run([SAMPLE], SearchConfig().execution, None)
    powers = trial_powers(series, SearchFrame("topocentric"), run.budget)
    assert len(powers.powers) == 5000
    assert powers.bin_hz == pytest.approx(0.2)
    assert open_recording([SAMPLE]).header.dm is None


def test_plan_shows_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[SearchConfig] = []
    monkeypatch.setattr("fastpipe.execution.plan.run_plan", lambda _paths, config: (asked.append(config), fake_plan())[1])
    plan = fp.open(SAMPLE).plan(dm_max=200)
    assert asked[0].dedispersion.dm_max == 200.0
    assert repr(plan).startswith("Plan\n  S/N kept (%)")
    assert len(plan.dm_trials) == plan.dispersion.ntrials == len(plan.smearing.dms)
    assert plan.cost.nthreads == 2
    found = outline(plan._repr_html_())
    assert found.tags.count("tr") == 1 + len(plan.dispersion.ranges)
    assert plan.plot()._repr_png_().startswith(b"\x89PNG")


def test_mask_of_a_catalogue_shows_itself() -> None:
    catalogue = fp.Catalogue(fake_tables())
    mask = catalogue.mask()
    assert "  masked     3.52 % of the data" in repr(mask).splitlines()
    assert "9 of 256 masked throughout" in outline(mask._repr_html_()).text
    assert "3.52 % masked" in mask.plot().figure.get_suptitle()
    with pytest.raises(LookupError, match="found no mask of observation 2, expected one of 1"):
        catalogue.mask(2)


def test_interference_is_a_table() -> None:
    found = outline(fp.open(SAMPLE).find_rfi()._repr_html_())
    assert "of 96 masked throughout" in found.text


def test_cube_is_an_array_with_a_face() -> None:
    cube, values = fp.Catalogue(fake_tables())[0].cube, fake_fold().cube.cube
    assert (cube.shape, cube.dtype, cube.ndim, len(cube)) == (values.shape, values.dtype, 3, 32)
    np.testing.assert_array_equal(cube, values)
    np.testing.assert_array_equal(cube[3:5, 0], values[3:5, 0])
    np.testing.assert_array_equal(2 * cube - cube, values)
    np.testing.assert_array_equal(cube.sum(axis=(0, 1)), values.sum(axis=(0, 1)))
    assert float(np.max(cube)) == float(values.max())
    assert np.asarray(cube, np.float64).dtype == np.float64
    assert (cube.counts.shape, len(cube.subint_mid_s), len(cube.subband_freqs_mhz)) == (values.shape, 32, 32)
    with pytest.raises(AttributeError):
        cube.sine  # noqa: B018


def test_cube_shows_itself() -> None:
    cube = fp.Catalogue(fake_tables())[0].cube
    assert "64 bins of 2.558 ms" in repr(cube)
    assert "32 sub-bands from 1443.75 to 1056.25 MHz" in outline(cube._repr_html_()).text
    titles = [axes.get_title(loc="left") for axes in cube.plot().figure.axes]
    assert titles == ["Profile, two turns", "Signal over time", "Signal over the band"]


def test_tables_of_notebooks_are_whole() -> None:
    catalogue = fp.Catalogue(fake_tables())
    for shown in (fp.open(SAMPLE), catalogue, catalogue[0], catalogue[0].explain()):
        outline(shown._repr_html_())


def test_data_say_in_a_line_what_they_are() -> None:
    tables = fake_tables()
    assert (
        repr(tables.masks[1])
        == "RFIMask of 1 interval of 10000 samples in 256 channels: 3.52 % masked, 9 channels throughout"
    )
    assert repr(fake_plan().dispersion).startswith("DispersionPlan of ")
    assert repr(fake_fold().cube).startswith(
        "FoldedCube of 32 sub-integrations, 32 sub-bands and 64 phase bins, folded at 6.1"
    )
