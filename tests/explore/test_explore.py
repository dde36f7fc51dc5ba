"""The Python face: objects that show and explain themselves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy import units

import fastpipe as fp
from fastpipe.config import SearchConfig
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.tables import CANDIDATE_COLUMNS, COST_COLUMNS, DETECTION_COLUMNS
from fastpipe.errors import ConfigError, FileFormatError, InputMissingError
from fastpipe.io.catalogue import write_catalogue
from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.shape import FilterbankShape
from tests.fake_catalogue import fake_costs, fake_tables


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explore") / "fake.fil"
    write_filterbank(path, *simulate(FilterbankShape(nchans=32, nsamples=5000, tsamp=1e-3), seed=1))
    return path


@pytest.fixture
def catalogue() -> fp.Catalogue:
    return fp.Catalogue(fake_tables())


def test_observation_shows_itself(path: Path) -> None:
    obs = fp.open(path)
    assert obs.header.nchans == 32
    assert "5 s, 5000 samples of 1000 us" in repr(obs)
    assert "<th>band</th>" in obs._repr_html_()
    assert obs.plot()._repr_png_().startswith(b"\x89PNG")


def test_chunks_are_the_whole_recording(path: Path) -> None:
    obs = fp.open(path)
    whole = obs.recording.read(0, 5000)
    np.testing.assert_array_equal(np.concatenate([data for _, data in obs.chunks(777)]), whole)
    assert [len(chunk) for chunk, _ in obs.chunks()] == [5000]
    with pytest.raises(ConfigError, match="found chunks of 0 samples"):
        next(obs.chunks(0))


def test_catalogue_is_a_sequence(catalogue: fp.Catalogue) -> None:
    assert len(catalogue) == 3
    assert [candidate.cand_id for candidate in catalogue] == [1, 2, 3]
    assert catalogue[-1].cand_id == 3
    with pytest.raises(IndexError, match="found index 3"):
        catalogue[3]


def test_catalogue_shows_itself(catalogue: fp.Catalogue) -> None:
    lines = repr(catalogue).splitlines()
    assert lines[0].startswith("Catalogue of 3 candidates, periods topocentric (10 detections: 3 kept")
    assert lines[2].split()[1] == "163.7251"
    assert "<td>163.7251</td>" in catalogue._repr_html_()
    assert catalogue.plot()._repr_png_().startswith(b"\x89PNG")
    assert repr(fp.Catalogue(fake_tables(is_empty=True))) == "Catalogue of 0 candidates, periods topocentric (0 detections)"


def test_tables_have_units_and_descriptions(catalogue: fp.Catalogue) -> None:
    candidates = catalogue.candidates
    assert candidates.colnames == [column.name for column in CANDIDATE_COLUMNS]
    assert candidates["dm"].unit == units.pc / units.cm**3
    assert candidates["period_s"].to_value("ms")[0] == pytest.approx(163.7251, abs=1e-4)
    assert candidates["dm"].info.description == "dispersion measure"
    assert candidates["search"][0] == "fft"
    assert catalogue.detections.colnames == [column.name for column in DETECTION_COLUMNS]
    costs = fp.Catalogue(replace(fake_tables(), costs=fake_costs())).costs
    assert costs.colnames == [column.name for column in COST_COLUMNS]
    assert costs["core_s"].sum() == 120 * units.s
    assert costs["read_bytes"][0].to_value("GiB") == 1.0


def test_catalogue_survives_a_file(catalogue: fp.Catalogue, tmp_path: Path) -> None:
    catalogue.save(tmp_path / "catalogue.h5")
    loaded = fp.load(tmp_path / "catalogue.h5")
    np.testing.assert_array_equal(loaded.tables.candidates, catalogue.tables.candidates)
    np.testing.assert_array_equal(loaded[0].cube, catalogue[0].cube)


def test_candidate_has_the_names_of_the_catalogue(catalogue: fp.Catalogue) -> None:
    candidate = catalogue[0]
    assert (candidate.dm, candidate.search, candidate.nharm) == (112.4, "fft", 16)
    assert candidate.cube.shape == (32, 32, 64)
    assert candidate.profile.shape == (64,)
    assert candidate.detections["det_id"].tolist() == [1, 2, 3, 4]
    assert "period_s" in dir(candidate)
    assert repr(candidate).startswith("Candidate 1: P = 163.72507 ms, DM = 112.40 pc cm^-3, S/N = 24.8")
    assert "<th>dm</th>" in candidate._repr_html_()
    with pytest.raises(AttributeError, match="no 'periode'"):
        candidate.periode  # noqa: B018


def test_candidate_explains_itself(catalogue: fp.Catalogue) -> None:
    assert all(isinstance(sentence, str) for sentence in catalogue[0].explain())
    assert catalogue[0].plot()._repr_png_().startswith(b"\x89PNG")


def test_explanation_prints_a_sentence_a_line(catalogue: fp.Catalogue) -> None:
    catalogue.tables.candidates["known_pulsar"][0] = b"B0329+54"
    sentences = catalogue[0].explain()
    assert sentences[0] == "Known: it is the pulsar B0329+54, at its frequency and DM."
    assert repr(sentences).splitlines() == list(sentences)
    assert sentences._repr_html_().startswith("<ul><li><b>Known</b>: it is the pulsar")
    assert repr(catalogue[0]).startswith("Candidate 1 (B0329+54): P = 163.72507 ms")


def test_candidate_shows_units_and_meanings(catalogue: fp.Catalogue) -> None:
    html = catalogue[0]._repr_html_()
    assert "<td>112.4 pc / cm3</td><td>dispersion measure</td>" in html
    assert "nan" not in html.split()


def test_catalogue_has_a_contact_sheet(catalogue: fp.Catalogue) -> None:
    assert repr(catalogue.sheet()).startswith("Picture of 1600 x 339 pixels")


def test_candidate_that_was_not_folded() -> None:
    tables = fake_tables()
    folds = {key: fold for key, fold in tables.folds.items() if key != 3}
    catalogue = fp.Catalogue(CatalogueTables(tables.observations, tables.candidates, tables.detections, folds=folds))
    with pytest.raises(LookupError, match="candidate 3 was not folded"):
        catalogue[2].plot()


def test_search_takes_options_by_name(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[SearchConfig] = []

    def search(paths: object, config: SearchConfig, output: Path, **_options: object) -> CatalogueTables:
        assert [Path(str(name)) for name in paths] == [path]  # type: ignore[attr-defined]
        seen.append(config)
        write_catalogue(output, fake_tables())
        return fake_tables()

    monkeypatch.setattr("fastpipe.execution.search.search_to_catalogue", search)
    for recording in (path, str(path), [path], fp.open(path)):
        found = fp.search(recording, dm_max=70, nharm_max=8, output=tmp_path / "catalogue.h5", quiet=True)
        assert len(found) == 3
    assert {(config.dedispersion.dm_max, config.periodicity.nharm_max) for config in seen} == {(70.0, 8)}
    assert len(fp.load(tmp_path / "catalogue.h5")) == 3
    with pytest.raises(ConfigError, match="did you mean nharm_max"):
        fp.search(path, nharm=8, quiet=True)


def test_what_is_missing_or_foreign_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError):
        fp.open(tmp_path / "none.fil")
    with pytest.raises(InputMissingError):
        fp.load(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no catalogue")
    with pytest.raises(FileFormatError):
        fp.load(tmp_path / "text.h5")


def test_unknown_names_of_the_package() -> None:
    assert set(dir(fp)) >= {"open", "search", "load"}
    with pytest.raises(AttributeError, match="no attribute 'serch'"):
        fp.serch  # noqa: B018


def test_search_refuses_an_output_before_it_starts(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="as input and as output"):
        fp.search(path, output=path, quiet=True)
    assert path.read_bytes() == before
    with pytest.raises(ConfigError, match="found no folder"):
        fp.search(path, output=tmp_path / "none" / "catalogue.h5", quiet=True)


def test_a_slice_is_no_candidate(catalogue: fp.Catalogue) -> None:
    with pytest.raises(TypeError, match="expected the number of one candidate"):
        catalogue[0:2]  # type: ignore[index]
