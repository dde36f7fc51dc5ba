"""Catalogues put together: nothing is lost, links follow, and beams tell sources from interference."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.ledger import fate_counts, relatives
from fastpipe.data.tables import Fate
from fastpipe.errors import ConfigError
from fastpipe.io.catalogue import read_catalogue, write_catalogue
from fastpipe.pipeline.merge import NamedCatalogue, merge_catalogues
from tests.fake_catalogue import FREQS_HZ, fake_tables


def beam(number: int, snrs: tuple[float, ...], *, freqs_hz: tuple[float, ...] = FREQS_HZ) -> CatalogueTables:
    """Return the fake catalogue as beam `number` would have it, with three candidates of these S/N."""
    tables = fake_tables()
    observations, candidates, detections = tables.observations.copy(), tables.candidates.copy(), tables.detections.copy()
    observations["beam"], observations["digest"] = number, f"{number}".encode()
    observations["ra_deg"], observations["dec_deg"] = 80.0, 20.0
    candidates["snr"], candidates["freq_hz"], candidates["beams"] = snrs, freqs_hz, str(number).encode()
    candidates["period_s"], candidates["fdot_err_hz_s"] = 1.0 / candidates["freq_hz"], np.inf
    candidates["log10_fap"] = -candidates["snr"]
    return replace(tables, observations=observations, candidates=candidates, detections=detections)


def merged(*catalogues: CatalogueTables) -> CatalogueTables:
    return merge_catalogues([NamedCatalogue(f"{n}.h5", tables) for n, tables in enumerate(catalogues, start=1)])


def check_links(tables: CatalogueTables) -> None:
    """Every candidate has its one detection, and every link leads somewhere."""
    detections = tables.detections
    kept = detections[detections["fate"] == Fate.KEPT]
    assert sorted(kept["related_id"].tolist()) == tables.candidates["cand_id"].tolist()
    assert sorted(tables.folds) == tables.candidates["cand_id"].tolist()
    for row in kept:
        candidate = tables.candidates[tables.candidates["cand_id"] == row["related_id"]][0]
        assert candidate["obs_id"] == row["obs_id"]
        assert candidate["dm"] == pytest.approx(row["dm"])
    linked = detections[np.isin(detections["fate"], (Fate.DUPLICATE, Fate.HARMONIC, Fate.MULTI_BEAM))]
    assert np.isin(linked["related_id"], detections["det_id"]).all()
    assert len(np.unique(detections["det_id"])) == len(detections)


def test_counts_add_up_and_links_follow() -> None:
    first, second = (beam(number, (24.8, 12.1, 7.0)) for number in (1, 8))
    # Beams 1 and 8 are too far apart for the same S/N of a source, but two beams alone are no proof of interference.
    other = replace(second, candidates=second.candidates.copy())
    other.candidates["freq_hz"] *= 1.37
    both = merged(first, other)
    counts = [fate_counts(tables.detections) for tables in (first, other, both)]
    assert counts[2] == {fate: counts[0][fate] + counts[1][fate] for fate in Fate}
    assert len(both.candidates) == 6
    assert both.observations["obs_id"].tolist() == [1, 2]
    assert sorted(both.plans) == sorted(both.masks) == sorted(both.statistics) == [1, 2]
    check_links(both)
    for tables, obs_id in ((first, 1), (other, 2)):
        for old in tables.candidates:
            is_it = (both.candidates["obs_id"] == obs_id) & (both.candidates["snr"] == old["snr"])
            new_id = int(both.candidates["cand_id"][is_it][0])
            wanted = relatives(tables.detections, int(old["cand_id"]))
            np.testing.assert_array_equal(relatives(both.detections, new_id)["sigma"], wanted["sigma"])


def test_a_source_in_neighbouring_beams_stays_and_interference_goes() -> None:
    # The first signal is a source between beams 1 and 2; the third is in all beams alike; the second is a signal of its own.
    far = ((13.0, 14.0, 15.0), (13.1, 14.1, 15.1), (13.2, 14.2, 15.2), (13.3, 14.3, 15.3), (13.4, 14.4, 15.4))
    numbers = (4, 5, 6, 7, 12)
    catalogues = [
        beam(number, (9.0, 9.0, 20.0), freqs_hz=(own[0], own[1], FREQS_HZ[2]))
        for number, own in zip(numbers, far, strict=True)
    ]
    catalogues += [beam(2, (40.0, 10.0, 21.0)), beam(1, (25.0, 10.0, 22.0), freqs_hz=(FREQS_HZ[0], 77.0, FREQS_HZ[2]))]
    tables = merged(*catalogues)
    check_links(tables)
    assert len(tables.detections) == 7 * len(fake_tables().detections)
    # Three candidates a beam, less those of the interference.
    assert len(tables.candidates) == 7 * 2
    assert tables.candidates["beams"][:2].tolist() == [b"2,1", b"2,1"]
    assert tables.candidates["snr"][:2].tolist() == [40.0, 25.0]
    rejected = tables.detections[tables.detections["fate"] == Fate.MULTI_BEAM]
    assert len(rejected) == 7
    strongest = np.unique(rejected["related_id"])
    assert len(strongest) == 1
    found_in = tables.detections["obs_id"][tables.detections["det_id"] == strongest[0]][0]
    assert tables.observations["beam"][tables.observations["obs_id"] == found_in][0] == 1
    remarks = tables.provenance["remarks"].splitlines()
    assert "in beams 2, 1 fits a source" in remarks[0]
    assert "at RA 80.0" in remarks[0]
    assert remarks[1].startswith("7 candidates are left out")


def test_the_result_can_be_written_and_merged_again(tmp_path: Path) -> None:
    two = merged(beam(1, (24.8, 12.1, 7.0)), beam(2, (11.0, 12.1, 7.0)))
    write_catalogue(tmp_path / "two.h5", two)
    back = read_catalogue(tmp_path / "two.h5")
    np.testing.assert_array_equal(back.candidates, two.candidates)
    three = merged(back, beam(3, (9.0, 12.1, 7.0)))
    check_links(three)
    assert three.observations["beam"].tolist() == [1, 2, 3]


def test_other_times_are_other_pointings() -> None:
    later = beam(2, (20.0, 12.1, 7.0))
    later.observations["tstart_mjd"] += 0.01
    tables = merged(beam(1, (24.8, 12.1, 7.0)), later)
    assert set(tables.candidates["beams"].tolist()) == {b"1", b"2"}


def test_what_does_not_fit_together_is_refused() -> None:
    first = beam(1, (24.8, 12.1, 7.0))
    with pytest.raises(ConfigError, match=r"found 1 catalogue to merge, expected at least two; name another one"):
        merged(first)
    with pytest.raises(
        ConfigError, match=r"found the recording fake.fil in 1.h5 and in 2.h5, expected .* once; leave one out"
    ):
        merged(first, first)
    with pytest.raises(
        ConfigError, match=r"found topocentric periods in 1.h5 and barycentric ones in 2.h5, expected one frame"
    ):
        merged(first, replace(beam(2, (24.8, 12.1, 7.0)), frame="barycentric"))


def test_provenance_keeps_what_differs() -> None:
    first, second = beam(1, (24.8, 12.1, 7.0)), beam(2, (20.0, 9.0, 7.0))
    second = replace(second, provenance={**second.provenance, "host": "b", "remarks": "A diode."})
    provenance = merged(first, second).provenance
    assert provenance["fastpipe_version"] == "0"
    assert provenance["host [2.h5]"] == "b"
    assert "2.h5: A diode." in provenance["remarks"].splitlines()


def test_folds_by_hand_in_all_beams_are_interference_too() -> None:
    beams = [beam(number, (24.8, 12.1, 7.0)) for number in range(1, 8)]
    by_hand = [replace(tables, detections=tables.detections[:0]) for tables in beams]
    assert len(merged(*by_hand).candidates) == len(merged(*beams).candidates)


@pytest.mark.parametrize("rotation_deg", [np.nan, np.inf, 361.0])
def test_impossible_rotations_are_refused(rotation_deg: float) -> None:
    catalogues = [NamedCatalogue(f"{n}.h5", beam(n, (24.8, 12.1, 7.0))) for n in (1, 2)]
    with pytest.raises(ConfigError, match=r"found a rotation of .* deg, expected -360 to 360; correct it"):
        merge_catalogues(catalogues, rotation_deg)
