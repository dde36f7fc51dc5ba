"""Cluster files: the examples, and the sentence for what is refused."""

from pathlib import Path

import pytest

from fastpipe.config.cluster import ClusterConfig, load_cluster_config, parse_cluster_config
from fastpipe.errors import ConfigError, InputMissingError

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "clusters"
JOB = 'kind = "slurm"\nthreads = 16\nmemory = "64GiB"\nwalltime = "8h"\n'

REFUSED = [
    ("workers = 2", "found no kind, expected one of 'local', 'slurm', 'pbs'; add a line"),
    ('kind = "sge"', "found kind = 'sge', expected one of 'local', 'slurm', 'pbs'; correct it"),
    ('kind = "local"\nworker = 2', "found unknown option worker, .*; did you mean workers\\?"),
    ('kind = "local"\nzzz = 2', "found unknown option zzz, .*; leave it out"),
    ('kind = "local"\nworkers = "2"', "found workers = '2', expected a whole number; correct it"),
    ('kind = "local"\nmemory = 16', "found memory = 16, expected a text in quotes; correct it"),
    ('kind = "local"\nworkers = -1', "found workers = -1, expected a number of workers"),
    ('kind = "local"\nthreads = -1', "found threads = -1, expected a number of cores"),
    ('kind = "local"\nmemory = "much"', "found memory size 'much'"),
    ('kind = "local"\nqueue = "main"', "found queue = 'main', expected nothing, for a local cluster has no jobs"),
    ('kind = "local"\nwait_for_workers = "soon"', "found duration 'soon'"),
    (JOB.replace("16", "0", 1), "found threads = 0, expected the number of cores of a job"),
    (JOB.replace("GiB", "GB"), "found memory = '64GB', expected the memory of a job in GiB"),
    (JOB.replace("8h", "2min"), "found walltime = '2min', expected the wall time of a job from 5min on"),
    (JOB + "directives_skip = ['--mem', 3]", "found directives_skip = .*, expected a list of texts"),
    ("kind", "found text that is no TOML"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_makes_no_sense_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_cluster_config(text)


@pytest.mark.parametrize("kind", ["slurm", "pbs"])
def test_examples_are_right_with_all_their_options(kind: str, tmp_path: Path) -> None:
    text = (EXAMPLES / f"{kind}.toml").read_text()
    assert load_cluster_config(EXAMPLES / f"{kind}.toml").kind == kind
    all_options = tmp_path / "all.toml"
    names = ClusterConfig.__struct_fields__
    lines = [line[2:] if any(line.startswith(f"# {name} = ") for name in names) else line for line in text.splitlines()]
    all_options.write_text("\n".join(lines))
    config = load_cluster_config(all_options)
    assert all(getattr(config, name) for name in names)


def test_defaults() -> None:
    assert ClusterConfig(kind="local").patience_s == 60
    assert parse_cluster_config(JOB).patience_s == 12 * 3600
    assert parse_cluster_config(JOB + 'wait_for_workers = "90s"').patience_s == 90


def test_messages_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match=r"expected local, local:N, tcp://HOST:PORT or a cluster file; check"):
        load_cluster_config(tmp_path / "locla")
    path = tmp_path / "cluster.toml"
    path.write_text("kind = 3")
    with pytest.raises(ConfigError, match=r"cluster\.toml: found kind = 3"):
        load_cluster_config(path)
