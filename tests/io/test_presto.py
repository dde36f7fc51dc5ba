"""PRESTO time series."""

from pathlib import Path

import numpy as np
import pytest

from fastpipe.errors import FileFormatError, HeaderError, InputMissingError
from fastpipe.io.presto import PrestoSeries
from fastpipe.io.recordings import open_recording

INF = """ Data file name without suffix          =  x
 Telescope used                         =  FAST
 Instrument used                        =  ROACH
 Object being observed                  =  J0000-0030
 J2000 Right Ascension (hh:mm:ss.ssss)  =  00:00:04.0000
 J2000 Declination     (dd:mm:ss.ssss)  =  -00:30:00.0000
 Epoch of observation (MJD)             =  60000.5
 Barycentered?           (1 yes, 0 no)  =  1
 Number of bins in the time series      =  10
 Width of each time series bin (sec)    =  0.001
 Any breaks in the data? (1 yes, 0 no)  =  0
 Type of observation (EM band)          =  Radio
 Dispersion measure (cm-3 pc)           =  12.5
 Central freq of low channel (MHz)      =  1050.5
 Total bandwidth (MHz)                  =  400
 Number of channels                     =  400
 Channel bandwidth (MHz)                =  1
"""


def write_series(folder: Path, inf: str = INF, nsamples: int = 10) -> Path:
    """Write a series and return the path of its samples."""
    (folder / "x.inf").write_text(inf)
    np.arange(nsamples, dtype=np.float32).tofile(folder / "x.dat")
    return folder / "x.dat"


def test_header_and_samples(tmp_path: Path) -> None:
    series = PrestoSeries.open(write_series(tmp_path))
    header = series.header
    assert (header.nchans, header.nsamples, header.tsamp, header.dm, header.nbits) == (1, 10, 0.001, 12.5, 32)
    assert (header.fch1, header.foff, header.fcenter_mhz, header.bandwidth_mhz) == (1250.0, 400.0, 1250.0, 400.0)
    assert (header.telescope, header.source_name, header.tstart) == ("FAST", "J0000-0030", 60000.5)
    assert header.is_barycentric
    assert header.is_series
    assert header.ra_deg == pytest.approx(1 / 60)
    assert header.dec_deg == -0.5
    np.testing.assert_array_equal(series.read(3, 7), np.arange(3, 7, dtype=np.float32)[:, None])


def test_named_by_either_file_or_both(tmp_path: Path) -> None:
    data = write_series(tmp_path)
    both = (data, tmp_path / "x.inf")
    for paths in ([data], [tmp_path / "x.inf"], list(both)):
        assert open_recording(paths).paths == both


def test_length_must_agree(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"found 36 bytes .* expected 40"):
        PrestoSeries.open(write_series(tmp_path, nsamples=9))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (" Number of bins in the time series      =  10\n", "", "found no line for 'Number of bins'"),
        ("=  12.5", "=  many", "found 'many' for 'Dispersion measure'"),
        ("=  0.001", "=  -1", "found tsamp = -1.0 s"),
        ("=  10\n", "=  inf\n", "found 'inf' for 'Number of bins'"),
    ],
)
def test_damaged_inf(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(HeaderError, match=message):
        PrestoSeries.open(write_series(tmp_path, INF.replace(old, new)))


def test_missing_half(tmp_path: Path) -> None:
    write_series(tmp_path)
    (tmp_path / "x.inf").unlink()
    with pytest.raises(InputMissingError, match=r"x\.inf"):
        PrestoSeries.open(tmp_path / "x.dat")


def test_breaks_are_said(tmp_path: Path) -> None:
    series = PrestoSeries.open(
        write_series(tmp_path, INF.replace("breaks in the data? (1 yes, 0 no)  =  0", "breaks in the data? =  1"))
    )
    assert "has breaks" in series.oddities[0]
