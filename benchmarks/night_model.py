"""A night of 19 beams on N nodes, on paper: what it takes, what saturates first, and at how many nodes.

``python -m benchmarks.night_model --nodes 1 4 16 64`` predicts the search of one beam of 300 s with the rates of this
machine, whole and cut into shards, and multiplies: 19 beams, all night. It takes some seconds and 130 MB of the temporary
folder, and knows nothing about a site but what the options say. Every reading of the shared disk counts: what the cache of
a node saves is in none of the ways but the one that says so.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from benchmarks.fast_beam import NBEAMS, SCAN_S, beam_header, measured_rates
from benchmarks.predicted_shards import CutSearch, predict_parts
from fastpipe.config import SearchConfig, override
from fastpipe.pipeline.budget import Budget
from fastpipe.units import parse_bytes

_USABLE_SHARE = 0.8
_HOUR_S = 3600.0
CHECKPOINT_BYTES = 1e7
"""Of the run folder of a beam: 8.1 MB were measured for 51.5 s, most of it folds; the mask is longer here."""
LIMITS = ("cores", "local disk", "shared disk", "scheduler")


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """What the nodes are like, and what they share."""

    cores: int
    """Of a node."""
    threads: int
    """Of a worker process, or of a search that runs alone."""
    memory_bytes: int
    """Of a node."""
    local_bytes_s: float
    """Bytes a second that a node reads from its own disk or from its memory."""
    shared_bytes_s: float
    """Bytes a second that all nodes together read from the shared disk."""
    task_s: float
    """Seconds of the scheduler for one task."""
    tariff: float
    """Price of a core-hour."""

    @property
    def nworkers(self) -> int:
        """Worker processes of a node."""
        return self.cores // self.threads

    @property
    def budget(self) -> Budget:
        """What one worker may use."""
        return Budget(int(_USABLE_SHARE * self.memory_bytes / self.nworkers), self.threads, 2**25)


@dataclass(frozen=True, slots=True)
class Way:
    """A way of sharing the work out, and what one beam takes."""

    name: str
    worker_s: float
    """Seconds of one worker."""
    local_bytes: int
    shared_bytes: int
    ntasks: int
    """Tasks of the scheduler."""
    node_bytes: int
    """Most memory of a node with all its workers, and with the files where it holds them."""

    def node_seconds(self, site: Site) -> dict[str, float]:
        """Return what a beam takes of one node with all its workers busy, by limit."""
        return {"cores": self.worker_s / site.nworkers, "local disk": self.local_bytes / site.local_bytes_s}

    def shared_seconds(self, site: Site) -> dict[str, float]:
        """Return what a beam takes of that which all nodes share."""
        return {"shared disk": self.shared_bytes / site.shared_bytes_s, "scheduler": self.ntasks * site.task_s}


@dataclass(frozen=True, slots=True)
class NightLoad:
    """A night on some nodes."""

    nnodes: int
    seconds: dict[str, float]
    """Time to the end if nothing but one limit counted."""

    @property
    def first(self) -> str:
        """What limits it."""
        return max(self.seconds, key=lambda limit: self.seconds[limit])

    @property
    def end_s(self) -> float:
        """Time to the end."""
        return max(self.seconds.values())


def ways(search: CutSearch, file_bytes: int, nworkers: int) -> tuple[Way, ...]:
    """Return the ways of searching a beam.

    Parameters
    ----------
    search
        Of one beam with the threads of a worker.
    file_bytes
        Size of its files.
    nworkers
        Worker processes of a node.
    """
    parts_bytes = nworkers * max(part.memory_bytes for part in search.parts)
    whole_bytes = nworkers * search.whole.peak_bytes
    ntasks, parts_s, read = len(search.parts), search.parts_s, search.parts_read_bytes
    whole_s, whole_read = search.whole.wall_s, search.whole_read_bytes
    return (
        Way("shards anywhere, read from the shared disk", parts_s, 0, read, ntasks, parts_bytes),
        Way(
            "shards of a beam on one node, which holds it in memory",
            parts_s,
            0,
            file_bytes,
            ntasks,
            parts_bytes + file_bytes,
        ),
        Way("a beam a process, read from the shared disk", whole_s, 0, whole_read, 0, whole_bytes),
        Way(
            "a beam a process, copied to the disk of its node", whole_s, whole_read + file_bytes, file_bytes, 0, whole_bytes
        ),
    )


def night_load(way: Way, site: Site, nbeams: int, nnodes: int) -> NightLoad:
    """Return the time that some nodes need for a night of beams.

    Examples
    --------
    >>> site = Site(
    ...     cores=8, threads=4, memory_bytes=2**35, local_bytes_s=1e9, shared_bytes_s=2e9, task_s=0.001, tariff=0.1
    ... )
    >>> load = night_load(Way("beams", 20.0, 0, 10**10, 0, 2**30), site, nbeams=100, nnodes=4)
    >>> load.first, load.end_s
    ('shared disk', 500.0)
    """
    of_nodes = {limit: nbeams * seconds / nnodes for limit, seconds in way.node_seconds(site).items()}
    of_all = {limit: nbeams * seconds for limit, seconds in way.shared_seconds(site).items()}
    return NightLoad(nnodes, of_nodes | of_all)


def saturation(way: Way, site: Site) -> dict[str, float]:
    """Return the number of nodes at which each thing they share is busy all the time; more nodes end no earlier."""
    node_s = max(way.node_seconds(site).values())
    return {limit: node_s / seconds if seconds else math.inf for limit, seconds in way.shared_seconds(site).items()}


def price(way: Way, site: Site, nbeams: int) -> float:
    """Return the price of the nodes while they compute or read their own disk; waiting for what they share costs more."""
    node_s = max(way.node_seconds(site).values())
    return nbeams * node_s * site.cores / _HOUR_S * site.tariff


def print_beam(search: CutSearch, file_bytes: int, site: Site) -> None:
    """Print what one beam takes."""
    budget = site.budget
    print(
        f"a beam: {file_bytes / 1e9:.1f} GB; {site.nworkers} workers a node with {site.threads} threads and "
        f"{budget.memory_bytes / 2**30:.1f} GiB each"
    )
    parts = search.parts
    for part in (parts[0], *search.shards, parts[-1]):
        print(
            f"  {part.name:10}{part.ntrials or '':>6}{part.wall_s:8.1f} s{part.read_bytes / 1e9:8.1f} GB read"
            f"{part.memory_bytes / 2**30:7.1f} GiB"
        )
    whole = search.whole
    print(f"  {'all parts':16}{search.parts_s:8.1f} s{search.parts_read_bytes / 1e9:8.1f} GB read")
    print(
        f"  {'alone':16}{whole.wall_s:8.1f} s{search.whole_read_bytes / 1e9:8.1f} GB read{whole.peak_bytes / 2**30:7.1f} GiB"
        f", {len(whole.passes)} passes"
    )
    print(f"  on any number of workers at least {search.least_s:.1f} s: cleaning, the longest shard, folding")


def print_night(way: Way, site: Site, nbeams: int, nnodes: Sequence[int]) -> None:
    """Print a night by one way on several numbers of nodes."""
    full, node_s = saturation(way, site), max(way.node_seconds(site).values())
    core_hours = nbeams * way.worker_s * site.threads / _HOUR_S
    fits = "" if way.node_bytes <= site.memory_bytes else ", more than it has"
    print(f"\n{way.name}: {core_hours:.0f} core-hours of work; {price(way, site, nbeams):.0f} for the cores that are held")
    print(
        f"  a node needs {way.node_bytes / 2**30:.0f} GiB{fits}; it reads {way.shared_bytes / node_s / 1e9:.3g} GB/s of the",
        end="",
    )
    print(
        f" shared disk ({nbeams * way.shared_bytes / 1e12:.0f} TB a night) and ends {way.ntasks / node_s:.3g} tasks a second"
    )
    print("  full at " + ", ".join(f"{count:.3g} nodes: {limit}" for limit, count in full.items() if count < math.inf))
    print(f"  {'nodes':>6}{'hours':>8}  limited by     hours by " + ", ".join(LIMITS))
    for count in nnodes:
        load = night_load(way, site, nbeams, count)
        hours = " ".join(f"{load.seconds[limit] / _HOUR_S:9.3g}" for limit in LIMITS)
        print(f"  {count:6}{load.end_s / _HOUR_S:8.1f}  {load.first:12}{hours}")


def print_folders(search: CutSearch, nbeams: int) -> None:
    """Print what the run folders of a night hold."""
    # Three files that tell of the run, and mask, birdies, shards and folds.
    nfiles = 3 + 3 + len(search.shards)
    print(f"\nrun folders: {nfiles} files a beam, {nbeams * nfiles} a night, about {nbeams * CHECKPOINT_BYTES / 1e9:.0f} GB")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.night_model", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 4, 16, 64], metavar="N")
    parser.add_argument("--cores", type=int, default=64, help="of a node")
    parser.add_argument("--threads", type=int, default=8, help="of a worker")
    parser.add_argument("--memory", default="256GiB", help="of a node")
    parser.add_argument("--disk-GBs", dest="disk", type=float, default=2.0, help="shared disk, all nodes together, in GB/s")
    parser.add_argument("--local-GBs", dest="local", type=float, default=4.0, help="disk or memory of one node, in GB/s")
    parser.add_argument("--task-ms", type=float, default=2.0, help="of the scheduler, as benchmarks.scheduler_overhead says")
    parser.add_argument(
        "--reading-ns", type=float, help="of one thread, a value; left out, measured on a small PSRFITS file"
    )
    parser.add_argument("--tariff", type=float, default=0.1, help="price of a core-hour")
    parser.add_argument("--hours", type=float, default=10.0, help="of observing, scan after scan of 300 s without a gap")
    parser.add_argument("--polarisations", type=int, default=2, choices=(1, 2))
    parser.add_argument("--dm-max", type=float, default=500.0)
    parser.add_argument("--accel-max", type=float)
    parser.add_argument("--shard-trials", type=int, default=SearchConfig().execution.shard_trials)
    return parser.parse_args()


def main() -> None:
    given = _arguments()
    site = Site(
        cores=given.cores,
        threads=given.threads,
        memory_bytes=parse_bytes(given.memory),
        local_bytes_s=1e9 * given.local,
        shared_bytes_s=1e9 * given.disk,
        task_s=1e-3 * given.task_ms,
        tariff=given.tariff,
    )
    options = {"dm_max": given.dm_max} | ({} if given.accel_max is None else {"accel_max": given.accel_max})
    config = override(SearchConfig(), **options)
    execution = msgspec.structs.replace(config.execution, shard_trials=given.shard_trials)
    config = msgspec.structs.replace(config, execution=execution)
    header = beam_header(given.polarisations)
    file_bytes = header.nsamples * header.nchans * header.nbits * header.nifs // 8
    rates, reading_s = measured_rates(given.polarisations, with_drifts=config.acceleration.drifts is not None)
    if given.reading_ns is not None:
        reading_s = 1e-9 * given.reading_ns
    search = predict_parts(header, config, site.budget, rates, reading_s)
    nbeams = NBEAMS * int(given.hours * _HOUR_S / SCAN_S)
    print(
        f"{nbeams} beams of {SCAN_S:.0f} s in {given.hours:g} h, DM 0 to {given.dm_max:g}, shards of {given.shard_trials} "
        f"trials, {given.polarisations} polarisations, reading {1e9 * reading_s:.2f} ns a value"
    )
    print_beam(search, file_bytes, site)
    for way in ways(search, file_bytes, site.nworkers):
        print_night(way, site, nbeams, given.nodes)
    print_folders(search, nbeams)


if __name__ == "__main__":
    main()
