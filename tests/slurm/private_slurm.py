"""Slurm on this machine for the time of some tests: all its state in one folder, all its sockets on loopback."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

START_S = 20.0
STOP_S = 5.0
PROGRAMS = ("setpriv", "munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "squeue", "sinfo", "scontrol")
# Two CPUs whatever the machine has, so that two jobs always run at the same time.
CONFIGURATION = """\
ClusterName=fastpipe
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=10
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory={memory_mib} State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class PrivateSlurm:
    """A Slurm that runs.

    Parameters
    ----------
    folder
        Empty folder for its state.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: list[subprocess.Popen[bytes]] = []

    @property
    def configuration(self) -> Path:
        """File that `SLURM_CONF` names."""
        return self.folder / "slurm.conf"

    @property
    def environment(self) -> dict[str, str]:
        """Environment for its commands: that of the tests without what a job around them would say."""
        return {name: text for name, text in os.environ.items() if not is_of_a_job(name)} | {
            "SLURM_CONF": str(self.configuration)
        }

    def run(self, *command: str | Path, timeout_s: float = 30.0) -> str:
        """Run a command in its environment and return what it prints; a failure raises."""
        done = subprocess.run(
            [str(word) for word in command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def state(self, job: str) -> str:
        """State of a job as Slurm calls it, such as ``RUNNING``."""
        shown = self.run("scontrol", "show", "job", job)
        return shown.partition("JobState=")[2].split()[0]

    def wait_until(self, job: str, states: Sequence[str], timeout_s: float) -> str:
        """Wait until a job has one of some states."""
        end = time.monotonic() + timeout_s
        while (state := self.state(job)) not in states:
            assert time.monotonic() < end, f"job {job} is {state}\n{self.run('scontrol', 'show', 'job', job)}"
            time.sleep(0.1)
        return state

    def start(self) -> None:
        """Start munged, slurmctld and slurmd, and wait until the node takes jobs."""
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        self._write_configuration()
        end = time.monotonic() + START_S
        files = [f"--{name}-file={self.folder}/munged.{name}" for name in ("log", "pid", "seed")]
        socket_file = self.folder / "munge.socket"
        self._daemon("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={socket_file}", *files)
        # The others end at once where nobody answers there.
        while not socket_file.exists():
            assert time.monotonic() < end, (self.folder / "munged.log").read_text()
            time.sleep(0.02)
        self._daemon("slurmctld", "-D", "-c")
        self._daemon("slurmd", "-D", "-c")
        while "idle" not in (seen := self._node_state()):
            logs = "\n".join(path.read_text() for path in self.folder.glob("slurm*.log"))
            assert time.monotonic() < end, f"Slurm's node is {seen!r} after {START_S:g} s\n{logs}"
            time.sleep(0.05)

    def stop(self) -> None:
        """End all jobs, then the daemons, and remove the folder; every wait is bounded."""
        with suppress(AssertionError, subprocess.TimeoutExpired):
            self.cancel_all()
        for daemon in reversed(self._daemons):
            daemon.terminate()
            try:
                daemon.wait(STOP_S)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder)

    def cancel_all(self) -> None:
        """End all jobs, and wait until they are gone."""
        self.run("scancel", "--user=root")
        end = time.monotonic() + STOP_S
        while self.run("squeue", "--noheader"):
            assert time.monotonic() < end, self.run("squeue")
            # Those that do not end when they are asked to.
            self.run("scancel", "--signal=KILL", "--full", "--user=root")
            time.sleep(0.1)

    def _write_configuration(self) -> None:
        controller_port, node_port = _free_ports(2)
        self.configuration.write_text(
            CONFIGURATION.format(
                host=socket.gethostname().partition(".")[0],
                folder=self.folder,
                controller_port=controller_port,
                node_port=node_port,
                memory_mib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
            )
        )

    def _daemon(self, *command: str) -> None:
        # Should the tests be killed, the kernel ends the daemons.
        with (self.folder / "daemons.log").open("ab") as log:
            whole = ("setpriv", "--pdeathsig", "KILL", *command)
            self._daemons.append(subprocess.Popen(whole, env=self.environment, stdout=log, stderr=log))

    def _node_state(self) -> str:
        # The controller may not listen yet.
        command = ("sinfo", "--noheader", "--format=%T")
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=30).stdout


def is_of_a_job(variable: str) -> bool:
    """Tell whether a variable would say to Slurm's commands what a job around the tests asked for."""
    return variable.startswith(("SLURM_", "SBATCH_", "SRUN_")) and variable != "SLURM_TMPDIR"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@contextmanager
def private_slurm() -> Iterator[PrivateSlurm]:
    """Run a Slurm for as long as the block lasts."""
    # Not in the folder of a test: a path to a socket may not be longer than 107 bytes.
    slurm = PrivateSlurm(Path(tempfile.mkdtemp(prefix="slurm-")))
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()
