"""Strict reading of configurations: what is accepted, and the sentence for what is not."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.config import SearchConfig, commented_default, load_config, override, parse_config, to_toml
from fastpipe.config.text import field_docstrings
from fastpipe.errors import ConfigError, InputMissingError

REFUSED = [
    ('[cleaning]\nspread_sigma = "a"', "found cleaning.spread_sigma = 'a', expected a number; correct it"),
    ("[cleaning]\nspred_sigma = 1", "did you mean spread_sigma?"),
    ("[cleaning]\nwidth = 1", "run fastpipe config"),
    ("[dedisperse]", "found unknown stage dedisperse"),
    ("cleaning = 3", "expected a table; write [cleaning]"),
    ("dm_max 3", "found text that is no TOML"),
    ("[dedispersion]\ndm_min = -1", "found dm_min = -1.0, expected a DM of at least 0"),
    ("[dedispersion]\ndm_min = 9\ndm_max = 3", "at least dm_min = 9.0"),
    ("[dedispersion]\ndm_max = nan", "found dm_max = nan"),
    ("[dedispersion]\ndm_max = inf", "found dm_max = inf"),
    ("[dedispersion]\ndm_step = 0", "expected a positive step"),
    ('[dedispersion]\ndm_step = "1"', "found dedispersion.dm_step = '1', expected a number"),
    ("[dedispersion]\nmax_downsample = 0", "at least 1 sample"),
    ("[periodicity]\nnharm_max = 12", "one of 1, 2, 4, 8, 16, 32"),
    ("[periodicity]\nfreq_min_hz = 3000", "above freq_min_hz = 3000.0 Hz"),
    ("[sifting]\nmax_candidates = 0", "at least 1 candidate"),
    ("[folding]\nnsubints = 1.5", "expected a whole number"),
    ("[folding]\nnbins_max = 4", "8 to 4096 phase bins"),
    ("[execution]\nthreads = true", "found execution.threads = True, expected a whole number"),
    ('[execution]\nscheduler = "gpu"', "found execution.scheduler = 'gpu', expected one of 'threads', 'serial'; correct it"),
    (
        "[cleaning]\nmask_mhz = [1083.0, 1099.0]",
        "found cleaning.mask_mhz = [1083.0, 1099.0], expected a list in brackets, or",
    ),
    ('[cleaning]\nmask_mhz = [[1083.0, "a"]]', "found cleaning.mask_mhz = [[1083.0, 'a']], expected a number; correct it"),
    ("[birdies]\nmains_hz = 50.0", "found birdies.mains_hz = 50.0, expected a list in brackets"),
    ('[execution]\nmemory = "lots"', "found memory size 'lots'"),
    ('[execution]\nchunk_bytes = ""', "found memory size ''"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refuses_with_a_sentence(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value).startswith(f"{path}: found ")
    assert message in str(caught.value)


def test_missing_file_is_missing_input(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="found no readable file"):
        load_config(tmp_path / "none.toml")


def test_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="no UTF-8 text"):
        load_config(path)


def test_empty_file_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_text("")
    assert load_config(path) == SearchConfig()


def test_commented_default_is_the_default() -> None:
    assert parse_config(commented_default()) == SearchConfig()


def test_every_option_is_documented_and_has_one_name() -> None:
    names = []
    for stage in msgspec.structs.fields(SearchConfig):
        docs = field_docstrings(stage.type)
        fields = [field.name for field in msgspec.structs.fields(stage.type)]
        assert list(docs) == fields
        names += fields
    assert len(names) == len(set(names))


def test_comments_name_units() -> None:
    lines = commented_default().splitlines()
    assert "pc cm^-3" in lines[lines.index("dm_max = 500.0") - 1]
    assert "Hz" in lines[lines.index("freq_min_hz = 0.3") - 1]


@given(
    dm_max=st.floats(0, 1e4),
    dm_step=st.none() | st.floats(1e-6, 1e3),
    nharm_max=st.sampled_from([1, 2, 4, 8, 16, 32]),
    zero_dm=st.sampled_from(["auto", "off", "on"]),
    threads=st.integers(0, 1000),
    scheduler=st.sampled_from(["threads", "serial"]),
)
def test_written_configuration_reads_back(**options: object) -> None:
    config = override(SearchConfig(), **options)
    assert parse_config(to_toml(config)) == config


def test_override_leaves_the_rest() -> None:
    config = parse_config("[folding]\nnsubints = 8")
    changed = override(config, dm_max=70, zero_dm="on")
    assert (changed.folding.nsubints, changed.dedispersion.dm_max, changed.cleaning.zero_dm) == (8, 70.0, "on")
    assert config.dedispersion.dm_max == 500.0


def test_override_refuses_unknown_options() -> None:
    with pytest.raises(ConfigError, match="did you mean dm_max"):
        override(SearchConfig(), dmmax=3)


def test_stages_are_checked_without_a_file() -> None:
    with pytest.raises(ConfigError, match="positive number of standard deviations"):
        type(SearchConfig().cleaning)(spread_sigma=-1.0)
