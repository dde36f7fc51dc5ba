"""A Slurm for the tests that need one."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.slurm.private_slurm import PROGRAMS, PrivateSlurm, is_of_a_job, private_slurm


@pytest.fixture(scope="session")
def running_slurm() -> Iterator[PrivateSlurm]:
    """A Slurm that this process started; skipped where it is not installed or may not be started."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"no {', '.join(missing)}: install the packages slurmctld, slurmd, slurm-client and munge")
    if os.geteuid() != 0:
        pytest.skip("slurmd starts jobs of others, which only root may: run the tests as root, in a container for example")
    with private_slurm() as slurm:
        yield slurm


@pytest.fixture
def slurm(running_slurm: PrivateSlurm, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateSlurm]:
    """The running Slurm, which commands of this process find too; no job is left when the test ends."""
    for name in os.environ:
        if is_of_a_job(name):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SLURM_CONF", str(running_slurm.configuration))
    yield running_slurm
    running_slurm.cancel_all()
