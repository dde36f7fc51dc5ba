"""``fastpipe simulate`` writes PSRFITS where the name of the file says so."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from fastpipe.cli.main import group
from fastpipe.io.recordings import open_recording

SIZE = ("--duration", "3", "--tsamp", "0.001", "--nchans", "16", "--json")


def simulate(*arguments: str | Path) -> Result:
    words = ["simulate", "-o", *(str(argument) for argument in arguments), *SIZE]
    return CliRunner().invoke(group, words, prog_name="fastpipe")


@pytest.mark.parametrize("nbits", ["1", "2", "4", "8"])
def test_same_samples_in_both_formats(tmp_path: Path, nbits: str) -> None:
    for name in ("x.fil", "x.fits", "x.sf"):
        assert simulate(tmp_path / name, "--nbits", nbits).exit_code == 0
    sigproc, fits, other = (open_recording([tmp_path / name]) for name in ("x.fil", "x.fits", "x.sf"))
    assert fits.header.foff == -sigproc.header.foff > 0
    assert fits.header.fch1 == sigproc.header.chan_freqs_mhz[-1]
    np.testing.assert_array_equal(fits.read(0, 3000)[:, ::-1], sigproc.read(0, 3000))
    np.testing.assert_array_equal(fits.read(0, 3000), other.read(0, 3000))


def test_several_files_and_polarisations(tmp_path: Path) -> None:
    done = simulate(tmp_path / "x.fits", "--npol", "4", "--files", "3")
    paths = json.loads(done.stdout)["file"].split()
    assert [Path(path).name for path in paths] == ["x_0001.fits", "x_0002.fits", "x_0003.fits"]
    recording = open_recording(paths)
    assert (recording.header.nsamples, recording.header.nifs, recording.gaps) == (3000, 4, ())
    assert recording.read(0, 3000).dtype == np.float32


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("x.fil", ("--npol", "2"), "expected a name that ends in .fits or .sf"),
        ("x.fil", ("--files", "2"), "expected a name that ends in .fits or .sf"),
        ("x.fits", ("--npol", "3"), "found 3 polarisations"),
        ("x.fits", ("--files", "0"), "found --files 0"),
    ],
)
def test_impossible_requests(tmp_path: Path, name: str, words: tuple[str, ...], message: str) -> None:
    done = simulate(tmp_path / name, *words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not list(tmp_path.iterdir())
