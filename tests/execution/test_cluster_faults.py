"""What becomes of a run whose processes are interrupted or killed: nothing is left over, and no task is cut short."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from fastpipe.errors import BusyError, ConfigError
from fastpipe.execution import cluster
from fastpipe.execution.cluster import open_cluster
from fastpipe.execution.cluster_connection import ClusterConnection
from fastpipe.execution.distributed_tasks import TaskRunner
from fastpipe.execution.task_flight import Task
from tests.execution import remote_tasks
from tests.execution.own_cluster import LONGEST_S, processes_of, running, scheduler, wait_until


@contextmanager
def driver(folder: Path, ntasks: int, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """Tasks on two local workers, both of which have begun one."""
    temporary = folder / "temporary"
    temporary.mkdir()
    with running("tests.execution.cluster_driver", str(folder), str(ntasks), str(seconds), temporary=temporary) as process:
        assert wait_until(lambda: len(marks(folder, "begun")) >= 2)
        yield process


def marks(folder: Path, state: str) -> set[str]:
    return {path.stem for path in folder.glob(f"*.{state}")}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_for_the_whole_group_lets_workers_finish(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with driver(tmp_path, 20, 1.0) as process:
        os.killpg(process.pid, number)
        assert process.wait(LONGEST_S) == code
        assert wait_until(lambda: not processes_of(process.pid))
    assert marks(tmp_path, "begun") == marks(tmp_path, "done")
    assert len(marks(tmp_path, "done")) <= 4
    assert not list((tmp_path / "temporary").iterdir())


def test_second_interrupt_leaves_at_once(tmp_path: Path) -> None:
    with driver(tmp_path, 4, 30.0) as process:
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(1.0)
        os.killpg(process.pid, signal.SIGINT)
        started = time.monotonic()
        assert process.wait(LONGEST_S) == 130
        # Its tasks would take half a minute.
        assert time.monotonic() - started < 15
        assert wait_until(lambda: not processes_of(process.pid))
    assert not marks(tmp_path, "done")


def test_workers_end_when_the_driver_is_killed(tmp_path: Path) -> None:
    with driver(tmp_path, 4, 30.0) as process:
        process.kill()
        assert wait_until(lambda: not processes_of(process.pid), 10)


def test_worker_that_was_killed_ignores_interrupts_again(tmp_path: Path) -> None:
    with driver(tmp_path, 5, 1.5) as process:
        workers = {int((tmp_path / f"{name}.begun").read_text()) for name in "01"}
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        # The same two tasks begin again in new processes.
        assert wait_until(lambda: not {int((tmp_path / f"{n}.begun").read_text() or 0) for n in "01"} & {0, *workers})
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(LONGEST_S) == 130
    assert marks(tmp_path, "begun") == marks(tmp_path, "done")


def kill_during(connection: ClusterConnection, tasks: list[Task], process: subprocess.Popen[bytes]) -> None:
    with TaskRunner(connection) as runner:
        for _ in runner.run(remote_tasks.sleep_and_mark, tasks):
            process.kill()


def test_scheduler_that_is_killed_ends_the_run(tmp_path: Path) -> None:
    with scheduler(tmp_path, "--resources", "memory=100000000") as (address, processes), open_cluster(address) as connection:
        assert connection.worker_bytes == 10**8
        assert wait_until(lambda: len(connection.workers()) == 2)
        tasks = [Task(str(n), (0.3, str(tmp_path / str(n))), 10**6) for n in range(50)]
        started = time.monotonic()
        with pytest.raises(BusyError, match="lost the scheduler of the cluster at tcp://127") as caught:
            kill_during(connection, tasks, processes[0])
        assert caught.value.exit_code == 75
        assert time.monotonic() - started < 15
        assert wait_until(lambda: not any(processes_of(process.pid) for process in processes))
    assert marks(tmp_path, "begun") == marks(tmp_path, "done")


def test_workers_must_say_how_much_memory_they_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_DECLARE_S", 0.3)
    with scheduler(tmp_path, nworkers=1) as (address, _):
        with pytest.raises(BusyError, match="found no worker at tcp"), open_cluster(address):
            pass
        monkeypatch.setattr(cluster, "_DECLARE_S", 6.0)
        with (
            pytest.raises(ConfigError, match=f"dask worker {address} --nthreads 1 .* --resources memory="),
            open_cluster(address),
        ):
            pass


def test_no_scheduler_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.5)
    with (
        pytest.raises(ConfigError, match=r"found no certificates for tls://127\.0\.0\.1:9"),
        open_cluster("tls://127.0.0.1:9"),
    ):
        pass
    words = r"found no scheduler at tcp://127\.0\.0\.1:9, expected one that answers"
    with pytest.raises(BusyError, match=words), open_cluster("tcp://127.0.0.1:9"):
        pass


def test_another_server_at_the_address() -> None:
    def greet(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            # Dask takes the first eight bytes for the length of what follows.
            connection.sendall(b"SSH-2.0-OpenSSH\r\n")
            connection.settimeout(10.0)
            connection.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as thread:
        listener.settimeout(10.0)
        thread.submit(greet, listener)
        port = listener.getsockname()[1]
        with (
            pytest.raises(BusyError, match=f"found no scheduler at tcp://127.0.0.1:{port}"),
            open_cluster(f"tcp://127.0.0.1:{port}"),
        ):
            pass
