"""Figures are drawn without a display, without pyplot, and hold what they should."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastpipe.data.catalogue import Fold
from fastpipe.plotting.bandpass import draw_bandpass
from fastpipe.plotting.candidate import draw_candidate
from fastpipe.plotting.number_text import offset_unit, with_error
from fastpipe.plotting.overview import draw_overview
from fastpipe.plotting.picture import Picture
from tests.fake_catalogue import fake_fold, fake_statistics, fake_tables
from tests.plotting.texts_of_figures import collisions

PNG = b"\x89PNG"


@pytest.mark.parametrize("fold", [fake_fold(), fake_fold(is_series=True)], ids=["filterbank", "series"])
def test_candidate_page(fold: Fold, tmp_path: Path) -> None:
    candidate = fake_tables().candidates[0]
    figure = draw_candidate(candidate, fake_tables().observations[0], fold, ["It persists over time. " * 12])
    path = Picture(figure).save(tmp_path / "candidate.png")
    assert path.read_bytes().startswith(PNG)
    texts = [text.get_text() for text in figure.texts]
    assert "163.72507 ± 0.00012 ms" in texts
    assert any("from MJD" in text for text in texts)


def test_maps_show_signal_where_it_is() -> None:
    figure = draw_candidate(fake_tables().candidates[0], fake_tables().observations[0], fake_fold(), [])
    band = next(axes for axes in figure.axes if axes.get_ylabel() == "radio frequency (MHz)")
    values: Any = band.images[0].get_array()
    assert values.mask[26].all()  # sub-band 5 from the top has no data
    assert np.argmax(values.mean(axis=0)[:64]) == pytest.approx(0.4 * 64, abs=1.5)
    assert band.images[0].get_extent() == pytest.approx([0, 2, 1050, 1450])


def test_cells_of_the_period_map_lie_round_their_offsets() -> None:
    candidate, fold = fake_tables().candidates[0], fake_fold()
    figure = draw_candidate(candidate, fake_tables().observations[0], fold, [])
    axes = next(axes for axes in figure.axes if axes.get_xlabel().startswith("P minus"))
    offsets_s = fold.freq_offsets_hz * float(candidate["period_s"] / candidate["freq_hz"])
    scale = offset_unit(float(np.abs(offsets_s).max()))[1]
    left, right, _, _ = axes.images[0].get_extent()
    assert (right - left) / len(offsets_s) == pytest.approx(np.ptp(offsets_s) / (len(offsets_s) - 1) * scale)


def test_overview_numbers_candidates() -> None:
    axes = draw_overview(fake_tables()).axes[0]
    assert [text.get_text() for text in axes.texts] == ["1", "2", "3"]
    labels = axes.get_legend_handles_labels()[1]
    assert {"2 duplicate", "1 harmonic", "3 candidates"} <= set(labels)


def test_numbers_of_the_overview_do_not_cover_one_another() -> None:
    tables = fake_tables()
    tables.candidates["period_s"][1], tables.candidates["dm"][1] = 1.001 * tables.candidates["period_s"][0], 112.6
    figure = draw_overview(tables)
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "3"]
    assert collisions(figure) == []


def test_candidates_lie_above_the_detections() -> None:
    axes = draw_overview(fake_tables()).axes[0]
    assert min(circles.get_zorder() for circles in axes.collections) > max(line.get_zorder() for line in axes.lines)


def test_overview_of_nothing(tmp_path: Path) -> None:
    Picture(draw_overview(fake_tables(is_empty=True))).save(tmp_path / "overview.png")


@pytest.mark.parametrize("nchans", [1, 2, 256])
def test_bandpass(nchans: int, tmp_path: Path) -> None:
    statistics, is_bad = fake_statistics(nchans)
    figure = draw_bandpass(np.linspace(1450, 1050, nchans), statistics, is_bad)
    Picture(figure).save(tmp_path / "bandpass.png")
    assert f"{nchans} channels" in figure.axes[0].get_title("left")


def test_pictures_show_themselves() -> None:
    picture = Picture(draw_overview(fake_tables()))
    assert picture._repr_png_().startswith(PNG)
    assert repr(picture) == "Picture of 1000 x 640 pixels; save(path) writes it"


def test_same_picture_twice() -> None:
    first, second = (Picture(draw_overview(fake_tables()))._repr_png_() for _ in range(2))
    assert first == second


def test_no_pyplot() -> None:
    code = (
        "import sys; from tests.fake_catalogue import *; from fastpipe.plotting.overview import draw_overview;"
        "draw_overview(fake_tables()); print('matplotlib.pyplot' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.5, 0.25, "0.50 ± 0.25"),
        (1234.5, 12.0, "1234 ± 12"),
        (3.0, float("nan"), "3"),
        (1.0, 1e-20, "1.000000000000 ± 0.000000000000"),
        (5e5, 2e6, "(0.5 ± 2.0)e6"),
    ],
)
def test_values_with_errors(value: float, error: float, text: str) -> None:
    assert with_error(value, error) == text


def test_units_of_offsets() -> None:
    assert [offset_unit(value)[0] for value in (3.0, 3e-3, 3e-6, 3e-9, 3e-13)] == ["s", "ms", "us", "ns", "ps"]
