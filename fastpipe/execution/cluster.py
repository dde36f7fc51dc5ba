"""Clusters by the text that follows ``--cluster``."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

from fastpipe.config.cluster import ClusterConfig, load_cluster_config
from fastpipe.errors import BusyError, ConfigError, FastpipeError
from fastpipe.execution.cluster_connection import ClusterConnection
from fastpipe.execution.dask_settings import MEMORY, quiet_dask

_CONNECT_S = 10.0
_DECLARE_S = 20.0
_PATIENCE_S = 60.0
_SCHEMES = ("tcp", "tls")


def open_cluster(text: str) -> AbstractContextManager[ClusterConnection]:
    """Open a cluster, and close it in the end.

    Parameters
    ----------
    text
        ``local`` (a worker process a group of cores with a common cache), ``local:N`` (N worker processes),
        ``tcp://HOST:PORT`` or ``tls://HOST:PORT`` (a scheduler that runs already, with workers), or a cluster file.

    Returns
    -------
    context manager of ClusterConnection
        The scheduler runs inside.

    Raises
    ------
    InputMissingError
        If the text names a file that cannot be read.
    ConfigError
        If the text or the file makes no sense, a package is missing, or the workers do not say how much memory they have.
    BusyError
        If there is no scheduler or no worker now.
    """
    if text == "local" or text.startswith("local:"):
        return _open(_local_config(text))
    scheme, separator, _ = text.partition("://")
    if not separator:
        return _open(load_cluster_config(text))
    if scheme not in _SCHEMES:
        raise ConfigError(f"found cluster {text}, expected an address with {' or '.join(_SCHEMES)}; write tcp://HOST:PORT")
    return _running_scheduler(text)


def _local_config(text: str) -> ClusterConfig:
    number = text.partition(":")[2]
    if text != "local" and not (number.isdecimal() and int(number)):
        raise ConfigError(f"found cluster {text}, expected local or local:N with a number of workers; write local:2")
    return ClusterConfig(kind="local", workers=int(number or 0))


def _open(config: ClusterConfig) -> AbstractContextManager[ClusterConnection]:
    # Both load Dask, which costs a second that most commands do not need.
    if config.kind == "local":
        from fastpipe.execution.local_workers import local_workers

        return local_workers(config)
    from fastpipe.execution.job_workers import job_workers

    return job_workers(config)


@contextmanager
def _running_scheduler(address: str) -> Iterator[ClusterConnection]:
    from distributed import Client

    with quiet_dask():
        _reach(address)
        with Client(address, timeout=_CONNECT_S, set_as_default=False) as client:
            connection = ClusterConnection(client, f"the cluster at {address}", 0, 0, _PATIENCE_S)
            workers = connection.await_workers(_DECLARE_S)
            if not workers:
                raise _without_memory(address, bool(connection.workers()))
            connection.worker_bytes = max(workers.values())
            yield connection


def _reach(address: str) -> None:
    """Connect to a scheduler once: a client that does not reach it would keep the process waiting at its end."""
    try:
        # A notebook has an event loop in this thread already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _connect(address)).result()
    except TypeError as error:
        raise ConfigError(
            f"found no certificates for {address}, expected them in the configuration of Dask under distributed.comm.tls; "
            "add them there"
        ) from error
    # What another kind of server says is taken for the length of a message, which no memory holds.
    except (OSError, ValueError, MemoryError) as error:
        raise BusyError(
            f"found no scheduler at {address}, expected one that answers within {_CONNECT_S:.0f} s; "
            "start dask scheduler there, or correct the address"
        ) from error


async def _connect(address: str) -> None:
    from distributed.comm.core import connect
    from distributed.security import Security

    comm = await connect(address, timeout=_CONNECT_S, **Security().get_connection_args("client"))
    await comm.close()


def _without_memory(address: str, has_workers: bool) -> FastpipeError:
    start = f"dask worker {address} --nthreads 1 --memory-limit 20GB --resources {MEMORY}=16000000000"
    if not has_workers:
        return BusyError(f"found no worker at {address}, expected at least one; start workers with: {start}")
    return ConfigError(
        f"found no worker at {address} that says how many bytes of memory a task may use, expected all to; "
        f"start workers with: {start}"
    )
