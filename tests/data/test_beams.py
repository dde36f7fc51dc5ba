"""Positions of FAST's beams."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.data.beams import NBEAMS, beam_offsets_arcmin, beam_position_deg, beam_positions_deg
from fastpipe.errors import ConfigError

# Beams 1, 2, 8, 12 and 18 at the angle of a drift scan, to 0.01 arcmin.
ROTATED = {1: (0.0, 0.0), 2: (5.26, 2.29), 8: (10.55, 4.58), 12: (-1.28, -11.41), 18: (1.31, 11.41)}


def test_layout_without_rotation() -> None:
    offsets = beam_offsets_arcmin()
    assert offsets.shape == (NBEAMS, 2)
    # East is positive: beams 2 and 8 lie east of beam 1, beams 5 and 14 west; beam 11 is south, beam 17 north.
    assert (offsets[[1, 7], 0] > 5).all()
    assert (offsets[[4, 13], 0] < -5).all()
    assert offsets[10, 1] < -9 < 9 < offsets[16, 1]
    assert np.hypot(*offsets[1:7].T) == pytest.approx(5.74, abs=0.01)


@pytest.mark.parametrize("beam", ROTATED)
def test_rotation_of_a_drift_scan(beam: int) -> None:
    assert beam_offsets_arcmin(23.4)[beam - 1] == pytest.approx(ROTATED[beam], abs=0.011)


def test_rotation_spreads_the_tracks_of_a_drift_scan() -> None:
    declinations = np.sort(beam_offsets_arcmin(23.4)[:, 1])
    assert np.diff(declinations)[1:-1] == pytest.approx(1.14, abs=0.04)
    assert declinations[-1] - declinations[0] == pytest.approx(22.8, abs=0.05)


@given(ra_deg=st.floats(0, 360), dec_deg=st.floats(-60, 60), rotation_deg=st.floats(-180, 180))
def test_positions_are_offsets_over_the_cosine(ra_deg: float, dec_deg: float, rotation_deg: float) -> None:
    positions = beam_positions_deg(ra_deg, dec_deg, rotation_deg)
    east = (positions[:, 0] - ra_deg + 180.0) % 360.0 - 180.0
    flat = np.stack([east * np.cos(np.deg2rad(dec_deg)), positions[:, 1] - dec_deg], axis=1) * 60.0
    # The sky is curved: 11.5 arcmin from the pointing this makes 0.07 arcmin at 60 degrees.
    np.testing.assert_allclose(flat, beam_offsets_arcmin(rotation_deg), atol=0.08)
    assert ((positions[:, 0] >= 0) & (positions[:, 0] < 360)).all()


@given(ra_deg=st.floats(0, 360), dec_deg=st.floats(-90, 90), rotation_deg=st.floats(-180, 180))
def test_distances_hold_everywhere(ra_deg: float, dec_deg: float, rotation_deg: float) -> None:
    ra, dec = np.deg2rad(beam_positions_deg(ra_deg, dec_deg, rotation_deg)).T
    vectors = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)
    distances = np.rad2deg(2.0 * np.arcsin(np.linalg.norm(vectors - vectors[0], axis=1) / 2.0)) * 60.0
    np.testing.assert_allclose(distances, np.hypot(*beam_offsets_arcmin().T), atol=1e-3)


def test_one_beam() -> None:
    assert beam_position_deg(83.0, 22.0, 1) == pytest.approx((83.0, 22.0))
    assert beam_position_deg(83.0, 22.0, 17, 23.4) == tuple(beam_positions_deg(83.0, 22.0, 23.4)[16])
    with pytest.raises(ConfigError, match="found beam 20, expected 1 to 19"):
        beam_position_deg(83.0, 22.0, 20)
    with pytest.raises(ConfigError, match="expected a point of the sky"):
        beam_positions_deg(83.0, 91.0)


@pytest.mark.real_data
def test_table_of_the_workshop(test_data: Path) -> None:
    table = np.loadtxt(test_data / "catalogue/fast19beam_offsets.csv", delimiter=",", skiprows=2)
    np.testing.assert_array_equal(table[:, 0], np.arange(1, NBEAMS + 1))
    np.testing.assert_array_equal(beam_offsets_arcmin(), table[:, 1:])
