"""The report of a catalogue: one page that needs nothing else and says what a supervisor asks."""

from dataclasses import replace

import numpy as np
import pytest

from fastpipe.data.candidate_keys import candidate_key
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.labels import new_act
from fastpipe.data.tables import Fate
from fastpipe.pipeline.merge import NamedCatalogue, merge_catalogues
from fastpipe.pipeline.report import gather_report, report
from fastpipe.plotting.report_text import FATE_MEANINGS, best_sentence, headline, loss_sentences
from tests.fake_catalogue import fake_costs, fake_tables
from tests.html_outline import Outline, outline
from tests.many_candidates import many_candidates

HOSTILE = "</td><script>alert(1)</script>"


def nineteen_beams() -> CatalogueTables:
    """Three candidates in each of 19 beams that looked at the same time."""
    catalogues = []
    for beam in range(1, 20):
        tables = fake_tables()
        tables.observations["beam"], tables.observations["digest"] = beam, f"{1000 + beam}{beam:060d}".encode()
        tables.candidates["freq_hz"] *= 1 + 0.01 * beam
        catalogues.append(NamedCatalogue(f"beam{beam}.h5", tables))
    return merge_catalogues(catalogues)


def check(page: str) -> Outline:
    """Check that the page is whole, and that nothing on it leads away from it."""
    found = outline(page)
    assert not set(found.tags) & {"script", "link", "iframe", "object"}
    assert all(source.startswith("data:image/png;base64,") for source in found.all_of("src"))
    assert {link.removeprefix("#") for link in found.all_of("href")} <= set(found.all_of("id"))
    assert all(found.all_of("alt"))
    assert len(page) < 10e6
    return found


def test_page_is_whole_and_tells_of_everything() -> None:
    tables = replace(fake_tables(), costs=fake_costs())
    tables.candidates["known_pulsar"][1] = b"B0329+54"
    tables.provenance["remarks"] = "The clock was wrong."  # type: ignore[index]
    found = check(report(tables))
    for words in (
        "3 candidates: 2 look like a pulsar, 1 not in the list of known ones.",
        "163.7251 ms",
        "B0329+54",
        "The clock was wrong.",
        "J0000+0000",
        "1000",
        "of the data is masked",
        "noisier than its neighbours",
        "strongest at DM 0",
        "core-seconds",
        "fastpipe version",
    ):
        assert words in found.text
    assert found.all_of("href").count("#candidate-1") == 1
    assert found.tags.count("img") == 3 + 1 + 1 + 1 + 3
    assert found.tags.count("svg") == 3


def test_the_same_catalogue_gives_the_same_page() -> None:
    assert report(fake_tables(), 1) == report(fake_tables(), 1)


def test_number_of_pages_is_as_asked() -> None:
    found = check(report(fake_tables(), 1))
    assert found.all_of("id") == ["best", "candidate-1"]
    assert "Best 1 of 3 candidates" in found.text
    assert check(report(fake_tables(), 0)).all_of("href") == []


def test_page_escapes_what_files_and_people_say() -> None:
    tables = fake_tables()
    for name, column in (("source", "observations"), ("files", "observations"), ("known_pulsar", "candidates")):
        getattr(tables, column)[name] = HOSTILE.encode()
    tables = replace(tables, provenance={"configuration": f"{HOSTILE}\n{HOSTILE}", "host": HOSTILE, "remarks": HOSTILE})
    act = new_act(HOSTILE, candidate_key(tables, 0), 1.0, grade="pulsar", note=HOSTILE)
    found = check(report(tables, 1, [act]))
    assert found.text.count("<script>alert(1)") >= 8


def test_labels_of_people_are_shown_apart() -> None:
    tables = fake_tables()
    key = candidate_key(tables, 0)
    acts = [new_act("ann", key, 1.0, grade="pulsar"), new_act("bob", key, 2.0, grade="rfi", note="mains?")]
    text = check(report(tables, 1, acts)).text
    assert "people say: pulsar, rfi" in text
    assert text.index("ann") < text.index("bob") < text.index("mains?")
    assert "What people say" not in check(report(tables, 0)).text


def test_catalogue_without_candidates_has_a_page() -> None:
    text = check(report(fake_tables(is_empty=True))).text
    assert "No candidate was found." in text
    assert "Nothing rose above the threshold" in text


def test_catalogue_without_anything_has_a_page() -> None:
    empty = fake_tables(is_empty=True)
    bare = CatalogueTables(empty.observations[:0], empty.candidates, empty.detections)
    assert "No observation" in check(report(bare)).text


def test_many_observations_share_a_plan() -> None:
    tables = nineteen_beams()
    gathered = gather_report(tables, 2)
    assert [len(plan.obs_ids) for plan in gathered.plans] == [19]
    text = check(report(tables, 2)).text
    assert "19 observations have a mask; those 2 with the most interference are shown." in text
    assert text.count("fake.fil") == 19


def test_thousands_of_candidates_fit() -> None:
    found = check(report(many_candidates(2000), 20))
    assert "Best 20 of 2000 candidates" in found.text


@pytest.mark.parametrize(
    ("scores", "faps", "sentence"),
    [
        ((0.9, 0.1, 0.1), (-9, -9, -9), "3 candidates: one looks like a pulsar, which is not in the list of known ones."),
        ((0.9, 0.1, 0.1), (1, -9, -9), "3 candidates: none looks like a pulsar."),
        ((np.nan, 0.1, 0.1), (-9, -9, -9), "3 candidates: none looks like a pulsar."),
        ((0.9, 0.9, 0.9), (-9, -9, np.nan), "3 candidates: 3 look like a pulsar, none of them in the list of known ones."),
    ],
)
def test_first_sentence_says_what_was_found(scores: tuple[float], faps: tuple[float], sentence: str) -> None:
    tables = fake_tables()
    tables.candidates["score"], tables.candidates["log10_fap"] = scores, faps
    assert headline(gather_report(tables, 0)) == sentence


def test_best_candidate_is_named() -> None:
    tables = fake_tables()
    tables.candidates["known_pulsar"][0] = b"B0329+54"
    sentence = best_sentence(gather_report(tables, 1))
    assert sentence == "The best one is B0329+54, number 1: period 163.7251 ms, DM 112.40 pc/cm³, S/N 24.8, score 0.97."


def test_that_none_is_known_is_said_with_the_lists_compared() -> None:
    tables = fake_tables()
    tables.candidates["known_pulsar"] = b""
    tables.observations["ra_deg"], tables.observations["dec_deg"] = 10.0, 20.0
    tables = replace(tables, provenance={"known_pulsars": "33 of known_pulsars.toml"})
    text = check(report(tables, 0)).text
    assert "Compared with: 33 of known_pulsars.toml." in text
    assert "are not recognised" not in text
    tables.observations["ra_deg"] = np.nan
    assert "many known pulsars are not recognised" in check(report(tables, 0)).text


def test_losses_are_those_of_the_plan() -> None:
    gathered = gather_report(fake_tables(), 0)
    kept = 100 * gathered.plans[0].smearing.mean_snr_kept(1e-3)
    assert loss_sentences(gathered)[0].startswith(f"A pulse keeps on average {kept:.0f} % if it is 1 ms wide")


def test_every_fate_has_a_meaning() -> None:
    assert set(FATE_MEANINGS) == set(Fate)
