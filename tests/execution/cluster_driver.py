"""A command that runs tasks on local workers, for tests that kill it: FOLDER NTASKS SECONDS."""

import signal
import sys
from types import FrameType

from fastpipe.execution.cluster import open_cluster
from fastpipe.execution.distributed_tasks import TaskRunner
from fastpipe.execution.task_flight import Task
from tests.execution.remote_tasks import sleep_and_mark


class Terminated(BaseException):
    pass


def terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def main(folder: str, ntasks: str, seconds: str) -> int:
    signal.signal(signal.SIGTERM, terminate)
    tasks = [Task(str(n), (float(seconds), f"{folder}/{n}"), 1) for n in range(int(ntasks))]
    try:
        with open_cluster("local:2") as connection, TaskRunner(connection) as runner:
            for _ in runner.run(sleep_and_mark, tasks):
                continue
    except KeyboardInterrupt:
        return 130
    except Terminated:
        return 143
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
