# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Running on a cluster
#
# A laptop searches a small recording in seconds. A night of a telescope is terabytes, and searched by many computers
# at once: a *cluster*. In this notebook you do on one machine all that one does there:
#
# - one search, shared by several processes (*workers*);
# - a search that is interrupted and goes on where it stopped;
# - what a search costs, and who wants to know;
# - the file that describes a cluster, and scripts for its queue;
# - a whole folder of recordings without supervision.
#
# You will learn the words of this trade and the few commands it takes. It takes less than a minute to run, most of
# which is the start of processes.

# %%
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import fastpipe as fp
from fastpipe.config.cluster import parse_cluster_config
from fastpipe.errors import ConfigError
from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

scratch = TemporaryDirectory()  # a folder that is removed in the last cell
folder = Path(scratch.name)
obs = fp.open("../sample_data/fake_pulsar.fil")


def terminal(command: str) -> None:
    """Run a command of fastpipe as one would in a terminal, in our folder, and print what it says."""
    print(f"$ {command}")
    program, *words = shlex.split(command)
    done = subprocess.run([sys.executable, "-m", program, *words], cwd=folder, capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr, end="")


# %% [markdown]
# ## One search, two workers
#
# A search is cut into parts, called *shards*: some neighbouring dispersion measures (DMs) each. Shards do not depend
# on one another, so anybody may compute them, in any order. `cluster="local:2"` starts two worker processes on this
# machine and hands shards to them. (By default a shard has up to 512 DMs. This search has 63, so we ask for smaller
# ones.)

# %%
alone = fp.search(obs, dm_max=150, output=folder / "alone.h5", shard_trials=16)

# %%
shared = fp.search(obs, dm_max=150, output=folder / "shared.h5", shard_trials=16, cluster="local:2")
shared

# %% [markdown]
# It took longer! Starting two processes takes some seconds, and this search is too short to earn them back. Without
# `cluster`, a search uses all cores of the machine anyway. Workers are for *many machines*. What counts is this:

# %%
assert np.array_equal(alone.tables.candidates, shared.tables.candidates)
assert np.array_equal(alone.tables.detections, shared.tables.detections)

# %% [markdown]
# *What to see.* Nothing: no error. The results are the same to the last bit, however many workers there were. A
# result that depended on the number of computers could not be repeated by anybody else.
#
# ## What is kept
#
# Beside the catalogue lies a *run folder*, in which every finished part is kept:

# %%
for path in sorted((folder / "shared.h5.run").iterdir()):
    print(f"{path.stat().st_size:9} bytes  {path.name.split('-')[0]}")

# %% [markdown]
# - `clean`: the mask and what else was learned about the recording;
# - `birdies`: the frequencies that are removed from all spectra;
# - `shard`: the detections in some DMs;
# - `folds`: the candidates and their folds.
#
# ## Interrupted
#
# Computers fail, queues end jobs, people press Ctrl-C. Here we interrupt a search on purpose: a little observer waits
# for its second finished shard, and then does what the stop button of Jupyter does.

# %%
import _thread
import threading
import time


def interrupt_after(nshards: int, output: Path) -> None:
    """Interrupt the main thread, as the stop button does, when some shards are finished."""
    while len(list(output.with_name(output.name + ".run").glob("shard-*"))) < nshards:
        time.sleep(0.002)
    _thread.interrupt_main()


output = folder / "interrupted.h5"
observer = threading.Thread(target=interrupt_after, args=(2, output), daemon=True)
observer.start()
try:
    fp.search(obs, dm_max=1500, output=output, shard_trials=16)
except KeyboardInterrupt:
    print("interrupted")
observer.join()
nkept = len(list((folder / "interrupted.h5.run").glob("shard-*")))
print(f"shards that are kept: {nkept};  catalogue written: {output.exists()}")

# %% [markdown]
# *What to see.* The search stopped, there is no catalogue, but the finished shards are there. To go on, say the same
# again:

# %%
resumed = fp.search(obs, dm_max=1500, output=output, shard_trials=16)
nshards = len(list((folder / "interrupted.h5.run").glob("shard-*")))
print(f"{nkept} of {nshards} shards were there already")
resumed

# %% [markdown]
# The catalogue is the same as that of a search without interruption. There is no special command, and nothing to
# clean up; after a power failure it works in the same way. Said a third time, everything is there, and the answer
# comes at once.
#
# ## What it costs
#
# On a cluster, time is counted in *core-seconds*: 10 s on 4 cores are 40, whether the cores were busy or not. A
# search writes down what each of its stages took:

# %%
shared.costs["stage", "nthreads", "ntasks", "wall_s", "cpu_s", "core_s"]

# %% [markdown]
# *What to see.* One row for each stage: on how many threads, how long by the clock (`wall_s`), and how much of it was
# work (`cpu_s`). `core_s` is the number of threads times `wall_s`, which is what a facility bills. If it is much more
# than `cpu_s`, cores were waiting. The same, with a price:

# %%
terminal("fastpipe show shared.h5 --cost")

# %% [markdown]
# Before a search, ask for the plan; it predicts time and memory, so that you can ask the queue for what you need:

# %%
plan = obs.plan(dm_max=1500)
print(f"{plan.cost.wall_s:.1f} s with {plan.cost.nthreads} threads, {plan.cost.peak_bytes / 2**20:.0f} MiB of memory")
plan.plot()

# %% [markdown]
# *What to see.* The plan of the wider search: the higher the DM, the more the channels themselves smear a pulse, so
# the DM steps become wider. A range of DMs ten times as large is not ten times the work.
#
# ## A cluster with a queue
#
# Nobody starts programs on the nodes of a cluster by hand. One hands *jobs* to a queue, a program such as Slurm or
# PBS, which starts them when there is room. A small file says what to ask for:

# %%
slurm = """
kind = "slurm"
workers = 8            # jobs, each on one node
threads = 16           # cores of each
memory = "64GiB"       # of each
walltime = "8h"        # the queue ends a job after that; the search asks for another one
queue = "main"
"""
parse_cluster_config(slurm)

# %% [markdown]
# With it, `fastpipe search beam.fil -o beam.h5 --cluster slurm.toml`, or `fp.search(..., cluster="slurm.toml")`, is
# the search of above, except that the workers are jobs. Mistakes are found before anything is submitted:

# %%
try:
    parse_cluster_config(slurm.replace("64GiB", "64 gigs"))
except ConfigError as error:
    print(error)

# %% [markdown]
# If there are many recordings, it is simpler to give each a job of its own. Here are two: that of before, and a new
# one with another pulsar. `fastpipe submit` writes the scripts and submits nothing, so that you can read them first:

# %%
inbox = folder / "inbox"
inbox.mkdir()
shutil.copy("../sample_data/fake_pulsar.fil", inbox / "first.fil")
shape = FilterbankShape(nchans=64, nsamples=32768, tsamp=786.432e-6)
write_filterbank(inbox / "second.fil", *simulate(shape, SimulatedPulsar(period_s=0.0413, dm=35.0, snr=20.0), seed=6))
manifest = "".join(f'[[observation]]\nname = "{name}"\nfiles = ["{name}.fil"]\n\n' for name in ("first", "second"))
(folder / "manifest.toml").write_text(manifest)
(folder / "survey.toml").write_text("[dedispersion]\ndm_max = 150.0\n")

terminal("fastpipe submit manifest.toml --slurm --inbox inbox -c survey.toml -o jobs --memory 4GiB --threads 2 --time 1h")
print((folder / "jobs" / "tasks.txt").read_text())
print("\n".join((folder / "jobs" / "search.sh").read_text().splitlines()[:13]))

# %% [markdown]
# *What to see.* First the commands that hand the jobs to the queue, for you to type. Then `tasks.txt`, with one
# search a line. Then the begin of the script of a job: lines with `#SBATCH` are requests to the queue, such as
# memory, cores and time. Two minutes before its time is over (`USR1@120`), a job saves what it has, and asks for
# another turn.
#
# ## A night without supervision
#
# `fastpipe night` watches a folder, searches what arrives, tries again what failed, and keeps a page up to date that
# says first whether anything needs you. Here it works through the two recordings:

# %%
terminal("fastpipe night inbox -o results --manifest manifest.toml -c survey.toml --once --settle 0.1")
terminal("fastpipe status results")

# %%
for path in sorted((folder / "results").iterdir()):
    print(path.name)

# %% [markdown]
# `night.html` is the page; `night.h5` is the catalogue of all observations together. Each has its own folder, with
# all that its search said in `search.log`.

# %%
night = fp.load(folder / "results" / "night.h5")
night

# %%
night.sheet()

# %% [markdown]
# *What to see.* Both pulsars, and beside them what noise gives. In the table, the last column says in which
# observation each was found.
#
# In the end, the folder of this notebook is removed.

# %%
assert len(night.tables.observations) == 2
scratch.cleanup()

# %% [markdown]
# Things to try next:
#
# - Interrupt a search yourself with the stop button, and start it again.
# - Change `dm_max` and search again with the same output. Which parts are kept? (`docs/resume.md` has a table.)
# - Start a search with `output` twice at the same time, from two notebooks. What does the second one say?
# - Put a text file named `broken.fil` into the inbox, and run the night again. What does its page say? What is its
#   exit code good for?
# - [docs/clusters.md](../docs/clusters.md) says what is needed on a real cluster, and what may go wrong there.
