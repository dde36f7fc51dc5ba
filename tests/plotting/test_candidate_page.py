"""Whatever a candidate is like, a person can read all of its page."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from fastpipe.data.catalogue import Fold
from fastpipe.plotting.candidate import draw_candidate
from fastpipe.plotting.fold_signal import find_pulse, growing_snr
from fastpipe.plotting.picture import Picture
from tests.fake_catalogue import fake_fold
from tests.plotting.candidate_variants import SENTENCES, VARIANTS, Variant
from tests.plotting.texts_of_figures import collisions, drawn_texts


def page(variant: Variant) -> Figure:
    curve = variant.fold.dm_curve
    expected = 0.9 * curve[1].astype(np.float64) if curve.shape[1] > 1 else np.zeros(0)
    return draw_candidate(variant.candidate, variant.observation, variant.fold, variant.sentences, expected)


@pytest.mark.parametrize("name", VARIANTS)
def test_no_text_overlaps_leaves_the_page_or_is_small(name: str) -> None:
    assert collisions(page(VARIANTS[name])) == []


def test_collisions_are_seen() -> None:
    figure = Figure(figsize=(2, 2))
    figure.text(0.1, 0.5, "first words", fontsize=9)
    figure.text(0.2, 0.5, "second words", fontsize=9)
    figure.text(0.1, 0.1, "small", fontsize=5)
    figure.text(0.8, 0.8, "beyond the edge", fontsize=9)
    faults = collisions(figure)
    assert len(faults) == 3
    assert any("'first words' overlaps 'second words'" in fault for fault in faults)


def test_page_has_its_size_in_pixels(tmp_path: Path) -> None:
    from matplotlib.image import imread

    path = Picture(page(VARIANTS["plain"])).save(tmp_path / "page.png")
    assert imread(path).shape[:2] == (960, 1280)


def test_same_page_twice_to_the_bit() -> None:
    first, second = (Picture(page(VARIANTS["many features"])) for _ in range(2))
    assert first.png() == second.png()
    assert first.pdf() == second.pdf()
    assert b"CreationDate" not in first.pdf()


def test_values_have_units_and_errors() -> None:
    texts = [text for text, _, _ in drawn_texts(page(VARIANTS["plain"]))]
    values = ("163.72507 ± 0.00012 ms", "112.40 ± 0.40 pc/cm³", "once in 10^98 such searches", "0.050 turns = 8.19 ms")
    for value in (*values, "05:34:31.9 -22:00:50.4 J2000", "MJD 58000.50000000 UTC"):
        assert value in texts
    units = ("(turns)", "(s)", "(MHz)", "(pc cm$^{-3}$)", "(ms)", "(us)")
    labels = [axes.get_xlabel() or axes.get_ylabel() for axes in page(VARIANTS["plain"]).axes]
    assert all(any(unit in label for unit in (*units, "S/N", "log odds", "")) for label in labels)


def test_sentences_that_do_not_fit_are_counted() -> None:
    texts = [text for text, _, _ in drawn_texts(page(VARIANTS["many sentences"]))]
    shown = sum(text.startswith(("For", "Against", "Note")) for text in texts)
    assert f"... and {9 * len(SENTENCES) - shown} more: fastpipe show lists all of them" in texts


def test_known_pulsar_is_in_the_headline() -> None:
    texts = [text for text, _, _ in drawn_texts(page(VARIANTS["long names"]))]
    assert any(text.startswith("Candidate 1: J1234-5678AA") for text in texts)
    assert any(text.startswith("19, seen in 1,2,3,4,") for text in texts)


def test_bars_are_the_contributions() -> None:
    axes = next(axes for axes in page(VARIANTS["plain"]).axes if "log odds" in axes.get_xlabel())
    assert [label.get_text() for label in axes.get_yticklabels()][:3] == [
        "S/N 24.8",
        "before looking",
        "fit of the DM curve 0.97",
    ]
    assert [round(float(bar.get_width()), 3) for bar in axes.patches][:3] == [4.6, -3.1, 2.2]  # type: ignore[attr-defined]


def test_pulse_is_found_across_the_edge_of_the_turn() -> None:
    profile = np.roll(np.array([9, 8, 7, 0, 1, 0, -1, 0, 1, 0, -1, 0], np.float32), -1)
    pulse = find_pulse(profile, 3 / 12)
    assert (pulse.first_bin, pulse.width_bins, pulse.height) == (11, 3, 9.0)
    assert pulse.off_level == pytest.approx(0.0)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_steady_pulse_grows_as_the_root_of_the_data(axis: int) -> None:
    fold: Fold = fake_fold()
    measured, steady = growing_snr(fold, find_pulse(fold.profile, 0.07), axis)
    assert measured[0] == steady[0] == 0.0
    assert len(measured) == 33
    assert steady[-1] == pytest.approx(measured[-1])
    np.testing.assert_allclose(measured, steady, atol=0.12 * steady[-1])
    # 32 x 31 parts, each with a pulse of 0.35 of its noise; a boxcar of 4 bins, zero in the mean, of unit energy.
    pulse = np.exp(-0.5 * (((np.arange(64) + 0.5) / 64 - 0.4) / 0.03) ** 2)
    boxcar = (np.sort(pulse)[-4:].sum() - 4 * pulse.mean()) / np.sqrt(4 * (1 - 4 / 64))
    assert measured[-1] == pytest.approx(0.35 * np.sqrt(32 * 31) * boxcar, abs=2.0)


def test_half_a_burst_does_not_grow_steadily() -> None:
    fold = fake_fold()
    fold.cube.cube[16:] = 0.0
    measured, steady = growing_snr(fold, find_pulse(fold.profile, 0.07), axis=1)
    assert measured[16] > 1.3 * steady[16]
