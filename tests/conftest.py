"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Examples are the same in every run, and a slow machine is no failure.
settings.register_profile("fastpipe", derandomize=True, deadline=None)
settings.load_profile("fastpipe")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of the real recordings; the test is skipped where there is none."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("FASTPIPE_TEST_DATA", default))
    if not (folder / "recordings").is_dir():
        pytest.skip(f"no real recordings in {folder}: set FASTPIPE_TEST_DATA to their folder")
    return folder
