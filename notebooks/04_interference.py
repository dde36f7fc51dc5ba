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
# # Interference
#
# Radio telescopes hear transmitters on the ground, in aircraft and in orbit, and the electronics around them. All of
# it is called *RFI*, radio-frequency interference. Much of it is periodic, as a pulsar is, and nearly all of it is
# stronger. In this notebook you make a recording with six kinds of interference and a pulsar in it, see how each of
# them looks, what fastpipe does against it, and what the same search finds if nothing is done.
#
# You will learn to read the picture of a mask, to tell a pulsar from interference on a candidate page, and what a
# mask costs. It takes half a minute to run.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import fastpipe as fp
from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.rfi_presets import typical_interference
from fastpipe.simulation.shape import FilterbankShape

# %% [markdown]
# ## A disturbed recording
#
# 34 s in 128 channels, with a pulsar of 89.3 ms at DM 62.4. The families of interference are:
#
# | family | is |
# |---|---|
# | `carriers` | transmitters that are always on, each in a channel of its own |
# | `bursts` | wider transmitters that come and go |
# | `satellite` | a carrier that drifts through the band as the satellite moves, and fades |
# | `radar` | 350 pulses a second, heard when its beam turns past the telescope, every 12 s |
# | `sparks` | short flashes in all channels: car ignitions, electric fences, lightning |
# | `mains` | the hum of the power line: 50 Hz and its multiples |
#
# In a terminal, `fastpipe simulate -o disturbed.fil --rfi-family carriers --rfi-family radar` does the same.

# %%
scratch = TemporaryDirectory()  # a folder that is removed in the last cell
folder = Path(scratch.name)
families = ["carriers", "bursts", "sparks", "mains", "radar", "satellite"]
shape = FilterbankShape(nchans=128, nsamples=65536, tsamp=512e-6)
pulsar = SimulatedPulsar(period_s=0.0893, dm=62.4, snr=15.0, duty_cycle=0.05)
write_filterbank(folder / "disturbed.fil", *simulate(shape, pulsar, typical_interference(shape, families), seed=3))

obs = fp.open(folder / "disturbed.fil")
obs.plot()

# %% [markdown]
# *What to see.* This is the *bandpass*: above the mean, below the spread (standard deviation) of every channel. The
# smooth hill is the receiver. The five thin towers are the carriers; the broad steps are bursts and the satellite.
# Radar, sparks and mains cannot be seen here: they are there for a small part of the time, or weak in each channel.
#
# ## The mask
#
# So each channel is looked at second by second, in several ways.

# %%
interference = obs.find_rfi()
interference.plot()

# %% [markdown]
# *What to see.* Frequency against time, five times.
#
# - *Mean* and *standard deviation*: the satellite climbs from 1190 to 1250 MHz and fades on its way; bursts are the
#   blocks near 1190 and 1290 MHz; carriers are thin lines in the spread.
# - *Kurtosis* measures the tails of the distribution: noise has 0. A sine wave has less, rare strong pulses have
#   more. That whole seconds are bright is the work of the sparks, which reach all channels.
# - *Largest Fourier power*: periodic signals. The line near 1180 MHz is a hum of 100 Hz that only these channels
#   have; the three spots near 1310 MHz are the radar, each time it looks at us, 12 s apart.
# - *What is masked, and why*: the colours name the reason. Channels that are bad in more than 30 % of the seconds are
#   masked throughout (light blue). The grey range around 1090 MHz is masked in all recordings of FAST, because
#   aircraft send there.
# - At the bottom, the *sum over the band*: every spike with an orange dot is a spark and is masked in all channels.
#
# The same as numbers. Several reasons may hold for the same data, so they add up to more than what is masked:

# %%
interference

# %% [markdown]
# A third of the data is lost. What does that cost? S/N grows as the square root of the amount of data, so a third
# less of them costs about a sixth of the S/N. That is cheap, as you will see now.
#
# ## The same search, with and without
#
# First as it should be:

# %%
with_cleaning = fp.search(obs, dm_max=150)
with_cleaning

# %% [markdown]
# The pulsar is the first candidate, with a score close to 1. Now without all that: no mask, no filter for what all
# channels share (`zero_dm`), no removal of periodic interference from the spectra (`find_birdies`).

# %%
without_cleaning = fp.search(obs, dm_max=150, find_rfi=False, zero_dm="off", find_birdies=False)
without_cleaning

# %% [markdown]
# *What to see.* Ten times as many candidates, thirty times as many detections, and the pulsar somewhere down the
# list. It is still there, but who would look at all of them, in each of the thousands of recordings of a survey? The
# overviews tell the same story:

# %%
with_cleaning.plot()

# %%
without_cleaning.plot()

# %% [markdown]
# *What to see.* Above, short vertical lines at the period of the pulsar and its fractions, around one DM. Below, the
# combs of the mains (20 ms, 10 ms, ...) and the radar (2.86 ms) at all DMs.
#
# ## How interference looks on a candidate page
#
# Here is a candidate of the search without cleaning. Its frequency is 150 Hz, three times that of the mains:

# %%
intruder = min(without_cleaning, key=lambda candidate: abs(candidate.freq_hz - 150.0))
intruder.plot()

# %% [markdown]
# *What to see.* Look at three places.
#
# - *Signal over the band*: for a pulsar that is folded at its DM, the line stands upright. Here it is slanted, and
#   goes through the band more than once: all channels pulsed at the same moment, and it was the wrong dedispersion
#   that slanted it.
# - *S/N against DM*: far higher at DM 0 than at the DM of the candidate. It comes from the ground.
# - *Profile*: a wide wave instead of a short pulse.
#
# The same in words:

# %%
intruder.explain()

# %% [markdown]
# For comparison, the pulsar from the cleaned recording:

# %%
with_cleaning[0].plot()

# %% [markdown]
# *What to see.* An upright line in both maps, and a curve of S/N against DM that follows the dashed one, which is
# what dispersion gives. The grey stripes of the map over the band are masked channels.
#
# ## Birdies
#
# A mask works on channels and times. The hum of the mains is in all channels at all times, and weak in each. It is
# found in the spectrum instead: a sharp line that is strongest at DM 0. Such lines are called *birdies*; they are
# removed from the spectra before the search.

# %%
obs.spectrum(0.0, zero_dm="off").plot(50.0)

# %% [markdown]
# *What to see.* The spectrum of the sum over the band at DM 0. Noise has power 1; the mains has thousands, at 50 Hz
# and at its multiples, which are marked.

# %%
for birdie in with_cleaning.tables.birdies[1]:  # of observation 1, the only one here
    source = birdie["source"].decode()
    print(
        f"{birdie['freq_hz']:8.3f} Hz, {birdie['width_hz']:.2f} Hz wide, power {birdie['power_dm0']:6.0f} at DM 0: {source}"
    )

# %% [markdown]
# ## Masks to keep
#
# A mask can be saved, looked at, and given to another search. What was in the given mask has the reason "given"
# there; what the search finds besides is added:

# %%
interference.save(folder / "mask.h5")
again = fp.search(obs, dm_max=150, mask_file=str(folder / "mask.h5"), quiet=True)
again.mask()

# %% [markdown]
# A check, and then the folder of this notebook is removed.

# %%
assert abs(with_cleaning[0].period_s - pulsar.period_s) < 1e-5
assert with_cleaning[0].score > 0.9
assert intruder.score < 0.1
scratch.cleanup()

# %% [markdown]
# Things to try next:
#
# - Simulate each family alone. Which one costs the pulsar most if nothing is done? Which one brings most candidates?
# - Switch the means on one by one: `find_rfi`, `find_birdies`, `zero_dm`. Which one helps against which family?
# - Make the pulsar brighter (`snr=300`). Is it taken for interference?
# - `interval_s=0.25` looks at shorter pieces of time. Is more or less of the data masked, and why?
# - Add the family `diode`, a calibration signal that observers switch on themselves. What does `find_rfi` say about
#   it?
