"""``fastpipe convert``, what ``fastpipe simulate`` writes for it, and what ``fastpipe info`` says of the result."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from fastpipe.cli.main import group
from fastpipe.io.recordings import open_recording
from tests.io.filterbanks import write_file

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(group, [str(argument) for argument in arguments], prog_name="fastpipe")

    return run


@pytest.mark.parametrize("nbits", [1, 2, 4, 8, 16, 32])
def test_every_depth_is_simulated_and_converted(run: Run, tmp_path: Path, nbits: int) -> None:
    fake, eight = tmp_path / "fake.fil", tmp_path / "eight.fil"
    done = run("simulate", "-o", fake, "--duration", "1", "--tsamp", "0.001", "--nchans", "16", "--nbits", str(nbits))
    assert done.exit_code == 0, done.output
    done = run("convert", fake, "-o", eight, "--nbits", "8")
    assert done.exit_code == 0, done.output
    first, second = (open_recording([path]).read(0, 1000).astype(np.float64) for path in (fake, eight))
    if nbits <= 8:
        np.testing.assert_array_equal(first, second)
    else:
        assert np.corrcoef(first[:, 3], second[:, 3])[0, 1] > 0.999


def test_cut_is_right_in_the_header(run: Run, tmp_path: Path) -> None:
    samples = write_file(tmp_path / "x.fil", nbits=4)
    options = ("--start", "0.01", "--stop", "0.03", "--channels", "1490:1497", "--downsample", "2", "--nbits", "32")
    done = run("convert", "--json", tmp_path / "x.fil", "-o", tmp_path / "y.fil", *options)
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["nsamples"], result["nchans"], result["tsamp"], result["fch1"]) == (10, 8, 0.002, 1497.0)
    found = open_recording([tmp_path / "y.fil"])
    assert found.header.tstart == pytest.approx(60000.0 + 0.01 / 86400, abs=1e-11)
    expected = samples[10:30, 3:11].reshape(10, 2, 8).mean(axis=1)
    np.testing.assert_array_equal(found.read(0, 10), expected)


@pytest.mark.parametrize("nbits", [1, 2, 4, 8, 16, 32])
@pytest.mark.parametrize("foff", [-1.0, 1.0])
def test_there_and_back_between_formats(run: Run, tmp_path: Path, nbits: int, foff: float) -> None:
    samples = write_file(tmp_path / "x.fil", nbits=nbits, foff=foff, ra_deg=83.5, dec_deg=-22.25, ibeam=7, source_name="J0")
    for source, target in (("x.fil", "y.fits"), ("y.fits", "z.fil")):
        done = run("convert", tmp_path / source, "-o", tmp_path / target)
        assert done.exit_code == 0, done.output
    first, middle, last = (open_recording([tmp_path / name]) for name in ("x.fil", "y.fits", "z.fil"))
    np.testing.assert_array_equal(middle.read(0, 50), samples)
    np.testing.assert_array_equal(last.read(0, 50), samples)
    for name in ("nchans", "nsamples", "nbits", "fch1", "foff", "source_name", "telescope", "ibeam"):
        assert getattr(last.header, name) == pytest.approx(getattr(first.header, name))
    for name in ("tsamp", "tstart", "ra_deg", "dec_deg"):
        assert getattr(last.header, name) == pytest.approx(getattr(first.header, name), abs=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x.fil", "-o", "x.fil"], "as input and as output"),
        (["x.fil", "-o", "y.txt"], "expected one that ends in .fil"),
        (["x.fil", "-o", "y.tim"], "for a filterbank, expected one that ends in .fil"),
        (["x.fil", "-o", "y.fil", "--channels", "1400"], "found the channels '1400', expected two frequencies"),
        (["x.fil", "-o", "y.fil", "--channels", "1500:1400"], "found the channels '1500:1400'"),
        (["x.fil", "-o", "y.fil", "--nbits", "3"], "found 3 bits"),
    ],
)
def test_mistakes_are_named_and_nothing_is_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    samples = write_file(tmp_path / "x.fil")
    done = run("convert", *arguments)
    assert (done.exit_code, [path.name for path in tmp_path.iterdir()]) == (2, ["x.fil"])
    assert message in done.stderr
    np.testing.assert_array_equal(open_recording(["x.fil"]).read(0, 50), samples)


def test_gaps_are_filled_and_shown(run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / "a.fil", tmp_path / "b.fil"]
    write_file(paths[0])
    write_file(paths[1], tstart=60000.0 + 60e-3 / 86400)
    text = run("info", *paths).stdout
    assert "gaps       10 samples at 50 ms" in text
    assert "odd: Between a.fil and b.fil 0.01 s are missing" in text
    assert json.loads(run("info", "--json", *paths).stdout)["gaps"] == [[50, 60]]
    assert run("convert", *paths, "-o", tmp_path / "c.fil").exit_code == 0
    joined, whole = open_recording(paths), open_recording([tmp_path / "c.fil"])
    np.testing.assert_array_equal(joined.read(0, 110), whole.read(0, 110))


def test_info_shows_what_an_observer_checks(run: Run, tmp_path: Path) -> None:
    write_file(tmp_path / "x.fil", nifs=2, ra_deg=83.63292, dec_deg=-22.01444, ibeam=7)
    text = run("info", tmp_path / "x.fil").stdout
    for expected in (
        "telescope  FAST, backend unknown, beam 7",
        "position   05:34:31.90 -22:00:51.98 (RA 83.63292 deg, Dec -22.01444 deg, J2000)",
        "start      MJD 60000.00000000 UTC, 2023-02-25 00:00:00.000, topocentric",
        "band       1485.000 to 1500.000 MHz: 16 channels of 1 MHz, descending",
        "data       8 bit, 2 polarisation(s)",
        "odd: The two polarisations are summed.",
    ):
        assert expected in text
    assert "% at 255" not in text
