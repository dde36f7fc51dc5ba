"""What the stages of a run take: time, bytes read, memory."""

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastpipe.data.stage_record import Outcome, StageRecord
from fastpipe.io.process_memory import peak_bytes
from fastpipe.io.raw_file import total_read_bytes


class StageLedger:
    """Records of the stages of one process, in the order in which they ended.

    Parameters
    ----------
    keep
        Is given every record as soon as its stage has ended, however it ended.
    run
        Digest of recording and options; empty where nothing is kept.
    begin
        Is given the name of every stage when it begins.
    """

    def __init__(
        self,
        keep: Callable[[StageRecord], None] | None = None,
        run: str = "",
        begin: Callable[[str], None] | None = None,
    ) -> None:
        self.records: list[StageRecord] = []
        self._keep = keep
        self.run = run
        self._begin = begin

    @contextmanager
    def stage(self, name: str, ntasks: int, nthreads: int) -> Iterator[None]:
        """Measure what is done within the block as one stage."""
        if self._begin is not None:
            self._begin(name)
        start_unix_s, wall_s, cpu_s, read_bytes = time.time(), time.perf_counter(), time.process_time(), total_read_bytes()
        outcome: Outcome = "interrupted"
        try:
            yield
            outcome = "done"
        except Exception:
            outcome = "failed"
            raise
        finally:
            record = StageRecord(
                stage=name,
                host=platform.node(),
                pid=os.getpid(),
                nthreads=nthreads,
                start_unix_s=start_unix_s,
                wall_s=time.perf_counter() - wall_s,
                cpu_s=time.process_time() - cpu_s,
                ntasks=ntasks,
                read_bytes=total_read_bytes() - read_bytes,
                peak_bytes=peak_bytes(),
                outcome=outcome,
                run=self.run,
            )
            self.add(record)

    def add(self, record: StageRecord) -> None:
        """Take a record, of this process or of another."""
        self.records.append(record)
        if self._keep is not None:
            self._keep(record)
