"""Names of candidates that survive another search and a merge."""

from dataclasses import replace

import numpy as np

from fastpipe.data.candidate_keys import candidate_key, candidate_keys, match_keys
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.pipeline.merge import NamedCatalogue, merge_catalogues
from tests.fake_catalogue import fake_tables


def catalogue(digest: bytes = b"ab" * 32) -> CatalogueTables:
    tables = fake_tables()
    tables.observations["digest"] = digest
    return tables


def test_key_can_be_read() -> None:
    assert candidate_key(catalogue(), 0) == "abababababababab:6.107800Hz:112.40"


def test_keys_of_a_catalogue_are_unique() -> None:
    keys = candidate_keys(catalogue())
    assert len(set(keys)) == len(keys) == 3


def test_merging_catalogues_keeps_the_keys() -> None:
    first, second = catalogue(b"12" * 32), catalogue(b"34" * 32)
    second.observations["tstart_mjd"] += 1
    merged = merge_catalogues([NamedCatalogue("a", first), NamedCatalogue("b", second)])
    assert sorted(candidate_keys(merged)) == sorted([*candidate_keys(first), *candidate_keys(second)])


def test_frame_of_the_search_does_not_matter() -> None:
    here, there = catalogue(), catalogue()
    there.candidates["freq_hz"] *= 1 + 9e-5
    there.candidates["period_s"] /= 1 + 9e-5
    assert candidate_keys(replace(there, frame="barycentric")) == candidate_keys(here)


def test_frequency_of_the_catalogue_serves_where_that_at_the_telescope_is_unknown() -> None:
    tables = catalogue()
    before = candidate_keys(tables)
    tables.candidates["topocentric_period_s"] = np.nan
    assert candidate_keys(tables) == before


def test_a_refinement_that_ends_a_little_elsewhere_matches() -> None:
    here, there = catalogue(), catalogue()
    there.candidates["topocentric_period_s"] *= 1 + 1e-5
    there.candidates["dm"] += 0.3
    assert match_keys(here, candidate_keys(there)) == dict(zip(candidate_keys(there), candidate_keys(here), strict=True))


def test_other_recordings_frequencies_and_dms_do_not_match() -> None:
    here = catalogue()
    key = candidate_keys(here)[0]
    others = [key.replace("ab", "cd"), key.replace("6.1078", "6.1278"), key.replace("112.40", "119.40"), "x", "a:bHz:c", ""]
    assert match_keys(here, others) == {}


def test_exact_key_wins_over_the_nearest() -> None:
    tables = catalogue()
    tables.candidates["topocentric_period_s"][1] = tables.candidates["topocentric_period_s"][0] * (1 + 1e-6)
    keys = candidate_keys(tables)
    assert match_keys(tables, keys) == {key: key for key in keys}


def test_recordings_without_digest_are_told_by_their_files() -> None:
    first, second = catalogue(b""), catalogue(b"")
    second.observations["files"] = b"other.fil"
    assert candidate_key(first, 0) == candidate_key(catalogue(b""), 0) != candidate_key(second, 0)


def test_catalogue_without_candidates_matches_nothing() -> None:
    tables = catalogue()
    key = candidate_key(tables, 0)
    assert match_keys(replace(tables, candidates=tables.candidates[:0]), [key]) == {}
