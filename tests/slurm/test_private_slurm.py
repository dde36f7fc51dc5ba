"""The Slurm of the tests does what Slurm does."""

import socket
from pathlib import Path

import pytest

from tests.slurm.private_slurm import PrivateSlurm

pytestmark = pytest.mark.slurm


def test_a_job_runs_and_its_exit_code_is_seen(slurm: PrivateSlurm, tmp_path: Path) -> None:
    assert slurm.run("srun", "hostname").strip() == socket.gethostname()
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/sh\nexit 3\n")
    job = slurm.run("sbatch", "--parsable", f"--output={tmp_path}/log", script).strip()
    slurm.wait_until(job, ["FAILED"], 20.0)
    assert "ExitCode=3:0" in slurm.run("scontrol", "show", "job", job)
