"""What handing out shards costs: a search of very many shards with a stub in place of the search of each.

``python -m benchmarks.scheduler_overhead [NTASKS]`` runs 100,000 calls that return at once through the scheduler and two
worker processes that ``--cluster local:2`` starts, as in a search: the same small arguments and results, the same bounds.
The driver and the scheduler are one process. Prints its wall and CPU time a task and its largest memory.
"""

import resource
import sys
import time
from collections.abc import Iterator

from fastpipe.execution.cluster import open_cluster
from fastpipe.execution.distributed_tasks import TaskRunner
from fastpipe.execution.task_flight import Task
from fastpipe.units import format_bytes

NTASKS = 100_000
NREPORTS = 10


def search_stub(argument: tuple[str, int, int]) -> dict[str, float]:
    """Stand for the search of a shard: where it is in, a few facts out."""
    _, begin, end = argument
    return {"begin": begin, "end": end, "detections": 0, "wall_s": 0.0}


def stub_tasks(ntasks: int) -> Iterator[Task]:
    path = "/data/night/observation/catalogue.h5.run"
    return (Task(f"shard {shard}", (path, 16 * shard, 16 * shard + 16), 2**28) for shard in range(ntasks))


def peak_bytes() -> int:
    """Return the largest memory of this process, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(ntasks: int = NTASKS) -> None:
    with open_cluster("local:2") as connection, TaskRunner(connection) as runner:
        started, cpu = time.perf_counter(), time.process_time()
        ndone, report = 0, max(ntasks // NREPORTS, 1)
        for _, result in runner.run(search_stub, stub_tasks(ntasks)):
            ndone += result["end"] > result["begin"]
            if ndone % report == 0:
                wall_ms = 1e3 * (time.perf_counter() - started) / ndone
                cpu_ms = 1e3 * (time.process_time() - cpu) / ndone
                memory = format_bytes(peak_bytes())
                print(
                    f"{ndone} shards: {wall_ms:.2f} ms each, {cpu_ms:.2f} ms CPU of driver and scheduler, {memory} at most"
                )
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    worker_ms = 1e3 * (workers.ru_utime + workers.ru_stime) / ntasks
    print(f"workers: {worker_ms:.2f} ms CPU a shard, their start included, {format_bytes(workers.ru_maxrss * 1024)} at most")
    assert ndone == ntasks


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
