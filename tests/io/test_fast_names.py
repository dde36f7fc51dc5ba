"""Names of FAST's files."""

import pytest

from fastpipe.io.fast_names import FastName, is_spectral_name, parse_fast_name

NAMES = {
    "FRB121102_tracking-M01_0001.fits": FastName(source="FRB121102", mode="tracking", beam=1, serial=1),
    "FRB121102_cal-M01_0001.fits": FastName(source="FRB121102", mode="cal", beam=1, serial=1),
    "J0826+2637_tracking_6-M01_0001.fits": FastName(source="J0826+2637", mode="tracking_6", beam=1, serial=1),
    "Dec+6007_09_03_arcdrift-M04_0001.fits": FastName(source="Dec+6007_09_03", mode="arcdrift", beam=4, serial=1),
    "Dec-1124_arcdrift+23.4-M02_0400.fil": FastName(source="Dec-1124", mode="arcdrift+23.4", beam=2, serial=400),
    "Dec+1554_arcdrift+23.4-M12_0194.fil": FastName(source="Dec+1554", mode="arcdrift+23.4", beam=12, serial=194),
    "J0631+4147_tracking_0001.fits": FastName(source="J0631+4147", mode="tracking", serial=1),
    "M13_drift-M19_0926.fits.fz": FastName(source="M13", mode="drift", beam=19, serial=926),
    "G57.49-0.17_20190321_snapshot-M01-P1-c2048b1.fits": FastName(
        source="G57.49-0.17_20190321", mode="snapshot", beam=1, pointing=1, nchans=2048
    ),
    "G57.49-0.17_20190321_snapshot30-M01-P4-c1024b1.fits": FastName(
        source="G57.49-0.17_20190321", mode="snapshot30", beam=1, pointing=4, nchans=1024
    ),
    "Dec+1554_arcdrift-M01_0221_2bit.fits": FastName(
        source="Dec+1554", mode="arcdrift", beam=1, serial=221, quantised_nbits=2
    ),
}
SPECTRAL = ["M33_arcdrift-M02_W_0007.fits", "M33_arcdrift-M02_N_0001.fits", "M33_arcdrift-M02_F-specs-0001.hdf5"]
OTHERS = ["fake_pulsar.fil", "x.fits", "", "J0534+2200_tracking-M20_0001.fits", "J0534+2200_tracking-M01_0001.hdf5"]


@pytest.mark.parametrize("name", NAMES)
def test_search_mode_names(name: str) -> None:
    assert parse_fast_name(name) == NAMES[name]
    assert parse_fast_name(f"/data31/PT2021_0019/x/20221019/{name}") == NAMES[name]
    assert not is_spectral_name(name)


@pytest.mark.parametrize("name", SPECTRAL)
def test_spectral_backend(name: str) -> None:
    assert is_spectral_name(name)
    assert parse_fast_name(name) is None


@pytest.mark.parametrize("name", OTHERS)
def test_names_of_others(name: str) -> None:
    assert parse_fast_name(name) is None
    assert not is_spectral_name(name)
