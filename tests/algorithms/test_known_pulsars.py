"""Known pulsars get their names, and chance gets none."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.algorithms.known_pulsars import CHANCE_MAX, RATIOS, KnownMatch, SkyBeam, match_known_pulsars
from fastpipe.data.tables import CANDIDATE_COLUMNS, Table, empty_table
from fastpipe.io.known_pulsars import load_known_pulsars, read_known_pulsars

EPOCH_MJD = 60000.0
TOBS_S = 300.0
EARTH = 1.05e-4
SHIPPED = load_known_pulsars().table


def candidates(freq_hz: NDArray[np.float64] | float, dm: NDArray[np.float64] | float, dm_err: float = 0.1) -> Table:
    """Return candidates whose frequencies are known to a millionth."""
    table = empty_table(CANDIDATE_COLUMNS, np.size(freq_hz))
    table["freq_hz"], table["dm"], table["dm_err"], table["epoch_mjd"] = freq_hz, dm, dm_err, EPOCH_MJD
    table["period_s"] = 1.0 / table["freq_hz"]
    table["period_err_s"] = 1e-6 * table["period_s"]
    return table


def row_of(pulsars: Table, name: str) -> int:
    return int(np.flatnonzero(pulsars["name"] == name.encode())[0])


def freq_now_hz(pulsar: np.void) -> float:
    drift = float(np.nan_to_num(pulsar["fdot_hz_s"])) * (EPOCH_MJD - pulsar["epoch_mjd"]) * 86400.0 / pulsar["freq_hz"]
    return float(pulsar["freq_hz"] * (1.0 + drift + 1.25 * drift**2))


def at(pulsar: np.void, away_arcmin: float = 0.0) -> SkyBeam:
    """Return a beam of FAST that looks past a pulsar."""
    dec = float(pulsar["dec_deg"]) + away_arcmin / 60.0
    return SkyBeam(ra_deg=float(pulsar["ra_deg"]), dec_deg=dec, radius_arcmin=3.0, flux_limit_mjy=0.02)


def matched(pulsars: Table, found: Table, beam: SkyBeam, doppler: float = 0.0) -> list[tuple[str, Fraction] | None]:
    matches = match_known_pulsars(found, pulsars, beam, TOBS_S, doppler)
    return [match and (pulsars["name"][match.row].decode(), match.ratio) for match in matches]


@pytest.mark.parametrize("name", ["B0531+21", "B1937+21", "B0525+21", "J1713+0747", "J1901+0658"])
def test_a_pulsar_in_the_beam_has_its_name_at_every_simple_ratio(name: str) -> None:
    pulsar = SHIPPED[row_of(SHIPPED, name)]
    ratios = [Fraction(1), Fraction(2), Fraction(1, 2), Fraction(3, 2)]
    found = candidates(freq_now_hz(pulsar) * np.array(ratios, np.float64), pulsar["dm"] + 0.2)
    assert matched(SHIPPED, found, at(pulsar, 2.0)) == [(name, ratio) for ratio in ratios]


def test_the_spin_down_since_the_epoch_counts() -> None:
    crab = SHIPPED[row_of(SHIPPED, "B0531+21")]
    assert matched(SHIPPED, candidates(float(crab["freq_hz"]), crab["dm"]), at(crab)) == [None]


def test_the_crab_is_where_its_second_derivative_takes_it() -> None:
    # F2 of the ATNF catalogue 2.65, which the table does not have.
    crab = SHIPPED[row_of(SHIPPED, "B0531+21")]
    span_s = (EPOCH_MJD - crab["epoch_mjd"]) * 86400.0
    freq_hz = crab["freq_hz"] + crab["fdot_hz_s"] * span_s + 1.1147e-20 * span_s**2 / 2
    assert matched(SHIPPED, candidates(freq_hz, crab["dm"]), at(crab)) == [("B0531+21", Fraction(1))]


def test_an_orbit_and_the_motion_of_the_earth_widen_the_tolerance() -> None:
    pulsar = SHIPPED[row_of(SHIPPED, "B1913+16")]
    moving = candidates(freq_now_hz(pulsar) * (1 + 9e-4), pulsar["dm"])
    assert matched(SHIPPED, moving, at(pulsar)) == [("B1913+16", Fraction(1))]
    isolated = SHIPPED[row_of(SHIPPED, "B1937+21")]
    seen = candidates(freq_now_hz(isolated) * (1 - 9e-5), isolated["dm"])
    assert matched(SHIPPED, seen, at(isolated)) == [None]
    assert matched(SHIPPED, seen, at(isolated), EARTH) == [("B1937+21", Fraction(1))]


def test_bright_pulsars_are_seen_in_side_lobes_and_faint_ones_are_not() -> None:
    bright, faint = SHIPPED[row_of(SHIPPED, "B0329+54")], SHIPPED[row_of(SHIPPED, "J1901+0658")]
    for pulsar, away, is_seen in ((bright, 25.0, True), (bright, 60.0, False), (faint, 2.5, True), (faint, 10.0, False)):
        found = candidates(freq_now_hz(pulsar), pulsar["dm"])
        assert (matched(SHIPPED, found, at(pulsar, away)) != [None]) == is_seen


def test_the_position_of_the_pointing_serves_for_its_outer_beams() -> None:
    pulsar = SHIPPED[row_of(SHIPPED, "J1901+0658")]
    beam = at(pulsar, 11.0)
    found = candidates(freq_now_hz(pulsar), pulsar["dm"])
    assert matched(SHIPPED, found, beam) == [None]
    outer = SkyBeam(ra_deg=beam.ra_deg, dec_deg=beam.dec_deg, radius_arcmin=3.0, offset_arcmin=11.5)
    assert matched(SHIPPED, found, outer) == [("J1901+0658", Fraction(1))]


def test_another_dm_is_another_pulsar() -> None:
    pulsar = SHIPPED[row_of(SHIPPED, "B1937+21")]
    found = candidates(freq_now_hz(pulsar), pulsar["dm"] + 5.0)
    assert matched(SHIPPED, found, at(pulsar)) == [None]
    # A DM that was not measured tells nothing.
    found["dm_err"] = np.nan
    assert matched(SHIPPED, found, at(pulsar)) == [("B1937+21", Fraction(1))]


def test_empty_tables_match_nothing() -> None:
    assert match_known_pulsars(candidates(np.zeros(0), 0.0), SHIPPED, SkyBeam(), TOBS_S) == []
    assert matched(SHIPPED[:0], candidates(3.0, 20.0), SkyBeam()) == [None]


def test_ratios_are_all_fractions_up_to_sixteen() -> None:
    assert RATIOS[:5] == (1, 2, Fraction(1, 2), 3, Fraction(1, 3))
    assert len(set(RATIOS)) == len(RATIOS) == 159


@pytest.mark.real_data
@pytest.mark.parametrize("doppler", [0.0, EARTH])
def test_random_candidates_rarely_get_a_name(test_data: Path, doppler: float) -> None:
    pulsars = read_known_pulsars(test_data / "catalogue" / "psr_catalog.txt").table
    rng = np.random.default_rng(7)
    count = 10_000
    # DMs of real pulsars: the hardest case.
    dms = rng.choice(pulsars["dm"][np.isfinite(pulsars["dm"])], count)
    found = candidates(10.0 ** rng.uniform(-1, 3, count), dms)
    matches: list[KnownMatch | None] = match_known_pulsars(found, pulsars, SkyBeam(), TOBS_S, doppler)
    nfalse = sum(match is not None for match in matches)
    # Poisson: three standard deviations above the stated rate.
    assert nfalse <= CHANCE_MAX * count + 3 * np.sqrt(CHANCE_MAX * count)


@pytest.mark.real_data
def test_bright_pulsars_are_named_without_a_position(test_data: Path) -> None:
    pulsars = read_known_pulsars(test_data / "catalogue" / "psr_catalog.txt").table
    for name in ("B1804-08", "B1929+10", "B0329+54", "B1937+21"):
        pulsar = pulsars[row_of(pulsars, name)]
        found = candidates(freq_now_hz(pulsar), pulsar["dm"], 0.01)
        assert matched(pulsars, found, SkyBeam()) == [(name, Fraction(1))]
