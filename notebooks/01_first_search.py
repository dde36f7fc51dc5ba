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
# # Your first pulsar search
#
# A pulsar is a neutron star that turns like a lighthouse: once a turn its radio beam sweeps over us, and we receive a
# short pulse. Most pulses are far too faint to be seen one by one in the noise of the receiver. But they come at a
# fixed *period*, so a program can add thousands of them. Finding a period nobody knows yet is what a pulsar search
# does.
#
# In this notebook you open a recording, look at it, search it, and decide whether the best candidate is a pulsar. The
# recording is a fake one, made by `fastpipe simulate`, so you can compare your answer with the truth at the end.

# %%
import fastpipe as fp

# %% [markdown]
# ## Open
#
# A *filterbank* recording is a table of numbers: one row for each moment in time (a *sample*), one column for each
# narrow band of radio frequency (a *channel*). The header says how long a sample is and where the channels are.

# %%
obs = fp.open("../sample_data/fake_pulsar.fil")
obs

# %% [markdown]
# ## Look
#
# The *bandpass* is the mean of every channel. A receiver is not equally sensitive everywhere, so it is not flat.
# Channels that stick out carry interference: transmitters on the ground, satellites, electronics. The search masks
# them by itself.

# %%
obs.plot()

# %% [markdown]
# What else is there to know about this file before you trust it?

# %%
for sentence in obs.look().oddities or ["Nothing odd found."]:
    print(sentence)

# %% [markdown]
# ## Search
#
# On their way to us, pulses pass through thin gas of electrons, which delays low frequencies more than high ones. How
# much depends on the *dispersion measure* (DM): the number of electrons along the way, in the unit pc cm⁻³. We do not
# know it, so the search tries many values. For each one it shifts the channels back, adds them, and looks for periods
# with a Fourier transform. A pulse that is short compared with its period shows up at the frequency of the pulsar and
# at its multiples, the *harmonics*, so their powers are added too.

# %%
catalogue = fp.search(obs, dm_max=150)
catalogue

# %% [markdown]
# Each line is a *candidate*. Three numbers say how much to believe it:
#
# - `sigma`: how improbable the signal is in the trial where it was found, as if noise were Gaussian;
# - `log10_fap`: the search makes millions of trials, and some of them are lucky. This is the (decimal logarithm of
#   the) number of signals as strong as this one that noise alone would give in the *whole* search. 0 means one; -6
#   means one in a million searches;
# - `S/N`: how far the pulse sticks out of the noise after *folding*, which means cutting the recording into pieces
#   one period long and adding them.
#
# Where did everything else go that was found on the way? Nothing is thrown away in silence.

# %%
catalogue.plot()

# %% [markdown]
# ## Look at the best candidate
#
# A search of a night brings hundreds of candidates. The contact sheet shows the 24 best at a glance, so that you see
# which pages are worth opening. Here there are few.

# %%
catalogue.sheet()

# %% [markdown]
# A pulsar is there all the time and at all frequencies, and its S/N has a sharp peak at one DM. Interference tends to
# come and go, to sit in a few channels, or to be strongest at DM 0, because it did not pass through interstellar gas.
# The page shows all of this at one glance: beside the maps, S/N grows along the dashed line if the pulse is steady,
# and the curve against DM follows the dashed one if the signal is dispersed. The bars say how much each of these
# facts adds to the score, or takes from it.

# %%
best = catalogue[0]
best.plot()

# %% [markdown]
# The same in words, the weightiest reason first:

# %%
best.explain()

# %% [markdown]
# The values have the same names everywhere: in Python, in the catalogue, in the configuration.

# %%
print(f"period {1e3 * best.period_s:.5f} ms, DM {best.dm:.1f} pc cm^-3, S/N {best.snr:.1f}")

# %% [markdown]
# The folded data are at hand, too: `best.cube` is the signal against time, frequency and pulse phase. Its sum over
# time and frequency is the profile. You can check the claim "it is there all the time" yourself: fold the first and
# the second half alone.

# %%
half = best.cube.shape[0] // 2
first, second = best.cube[:half].sum(axis=(0, 1)), best.cube[half:].sum(axis=(0, 1))
nbins = best.cube.shape[2]
# A turn has no end: after the last bin comes bin 0, so the shift is counted the short way round.
shift = (second.argmax() - first.argmax() + nbins // 2) % nbins - nbins // 2
print(f"from the first half to the second, the pulse moves by {shift} of {nbins} phase bins")

# %% [markdown]
# ## The truth
#
# [sample_data/README.md](../sample_data/README.md) says what was put into the recording. Did you find it?
#
# Things to try next:
#
# - `catalogue.candidates` is an astropy table with units; sort it, filter it, plot one column against another.
# - Search again with `nharm_max=1`. Why does `sigma` fall?
# - Search again with `dm_max=10`. What happens to the S/N, and why?
# - `catalogue.save("first.h5")` keeps everything; `fp.load("first.h5")` brings it back.
