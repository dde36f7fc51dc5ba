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
# # A pulsar in a binary system
#
# Many pulsars go round another star. On one side of the orbit the pulsar falls towards us, on the other away from us,
# and as its speed changes, so does the period that we receive: the Doppler effect. A search that looks for one
# constant period loses such a pulsar. In this notebook you make one, miss it, see why, and find it.
#
# You will learn what the *acceleration* of a candidate is and what its sign means, how it smears a spectrum and a
# fold, and what `accel_max` does and costs. It takes half a minute to run.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

import fastpipe as fp
from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

# %% [markdown]
# ## The recording
#
# A pulsar of 5 ms with an acceleration of 200 m/s². That is twenty times the acceleration of a falling stone, and a
# double neutron star with an orbit of a few hours has it. The recording of four and a half minutes is a small part of
# such an orbit, so the acceleration hardly changes in it: constant acceleration is the model of this notebook.

# %%
scratch = TemporaryDirectory()  # a folder that is removed in the last cell
folder = Path(scratch.name)
shape = FilterbankShape(nchans=16, nsamples=2**20, tsamp=256e-6, bandwidth_mhz=200.0)
pulsar = SimulatedPulsar(period_s=0.005, dm=10.0, snr=13.0, duty_cycle=0.1, accel=200.0)
write_filterbank(folder / "binary.fil", *simulate(shape, pulsar, seed=3))

obs = fp.open(folder / "binary.fil")
obs

# %% [markdown]
# ## What acceleration does to a fold
#
# Here is the recording folded with the period that the pulsar has in the middle of it, and with the acceleration set
# to 0:

# %%
steady = fp.fold(obs, period_s=0.005, dm=10.0, is_refined=False, quiet=True)
steady.cube.plot()

# %% [markdown]
# *What to see.* On the left, below the profile, is the signal against time. In the middle of the recording the pulse
# stands still: there the period is right. Before and after, it moves to later phases, faster and faster: a parabola,
# as the path of a falling stone. The profile, which is the sum over time, has no clear pulse.
#
# Now with the acceleration. Positive means *away from us*: the distance grows ever faster, each pulse comes a little
# later than expected, the period grows.

# %%
accelerated = fp.fold(obs, period_s=0.005, dm=10.0, accel=200.0, is_refined=False, quiet=True)
accelerated.cube.plot()

# %% [markdown]
# *What to see.* The parabola has become an upright line, and the profile a pulse. The wrong sign is of no use:

# %%
wrong_sign = fp.fold(obs, period_s=0.005, dm=10.0, accel=-200.0, is_refined=False, quiet=True)
for accel, folded in ((-200, wrong_sign), (0, steady), (200, accelerated)):
    print(f"acceleration {accel:+4} m/s²: S/N {folded.snr:.1f}")

# %% [markdown]
# ## What acceleration does to a spectrum
#
# The frequency of the pulsar, 200 Hz, changes while it is observed, by f a T / c in a time T (c is the speed of
# light). A spectrum can tell frequencies apart that differ by 1/T, a *Fourier bin*. So the signal drifts through this
# number of bins:

# %%
tobs_s = obs.header.tobs_s
drift_bins = 200.0 * 200.0 * tobs_s**2 / 299792458.0
print(f"{drift_bins:.1f} Fourier bins in {tobs_s:.0f} s")

# %%
spectrum = obs.spectrum(10.0)
spectrum.plot(200.0)

# %% [markdown]
# *What to see.* The boxes below show the surroundings of the first harmonics. Instead of one sharp line at 0, the
# power of the first is spread over the ten bins that the signal passes through, from -5 to 5; that of the second over
# twenty, and so on, until there is nothing to be seen. Power that is spread is power that the search does not find:

# %%
for nharm in (1, 2, 4, 8):
    freq_hz, sigma = spectrum.harmonic_sums(nharm).best
    print(f"{nharm} harmonics: at most {sigma:.1f} sigma, at {freq_hz:.3f} Hz")

# %% [markdown]
# 5 to 6 sigma in one trial is what noise gives in a search, since it makes millions of trials. So an ordinary search
# misses this pulsar:

# %%
plain = fp.search(obs, dm_min=5, dm_max=15)
plain

# %% [markdown]
# *What to see.* No candidates. There are a few detections, above the threshold of 5 sigma, and all are `faint`: noise
# gives as strong ones in any search of this size.
#
# ## The acceleration search
#
# With `accel_max`, the search also tries drifts, in steps of two Fourier bins of the highest harmonic, from
# -`accel_max` to +`accel_max`. For each it knows over which bins the power of such a signal is spread, and collects
# it again.

# %%
accelerated_search = fp.search(obs, dm_min=5, dm_max=15, accel_max=250.0)
accelerated_search

# %% [markdown]
# *What to see.* The pulsar is there, with a score near 1, and its acceleration in the last column. More trials also
# mean more detections from noise; they are in the counts of the first line, as `faint`.

# %%
best = accelerated_search[0]
best.plot()

# %% [markdown]
# *What to see.* An upright line again: the fold follows the acceleration that was found. The map at the right shows
# the S/N against the period and its derivative (the rate at which the period changes), both counted from the best
# values. It has one peak, with error bars. The acceleration stands among the numbers below, with its uncertainty.

# %%
print(f"acceleration {best.accel_m_s2:.1f} m/s² (true: {pulsar.accel:.0f}); period {1e3 * best.period_s:.6f} ms (true: 5)")
print(f"frequency changes by {best.fdot_hz_s:.3e} ± {best.fdot_err_hz_s:.1e} Hz/s")

# %% [markdown]
# Frequency and acceleration say the same thing in two ways, fdot = -f a / c: away from us, the frequency falls.
#
# ## How close must the acceleration be?
#
# Fold at accelerations around the true one:

# %%
accels = np.arange(100.0, 301.0, 25.0)
snrs = [fp.fold(obs, period_s=0.005, dm=10.0, accel=a, is_refined=False, quiet=True).snr for a in accels.tolist()]

fig, ax = plt.subplots(figsize=(8, 3), layout="constrained")
ax.plot(accels, snrs, "o-")
ax.axvline(200.0, color="grey", linestyle=":", label="true acceleration")
ax.set_xlabel("acceleration of the fold (m/s²)")
ax.set_ylabel("S/N")
ax.legend()
plt.show()

# %% [markdown]
# *What to see.* The peak is some tens of m/s² wide. The longer the recording, the narrower it is: the drift in bins
# grows with the square of the length. That is also why such searches are expensive. The plan says what they cost:

# %%
for accel_max in (0.0, 50.0, 250.0):
    cost = obs.plan(dm_min=5, dm_max=15, accel_max=accel_max).cost
    print(f"accel_max {accel_max:3.0f} m/s²: planned {cost.wall_s:5.1f} s with {cost.nthreads} threads")

# %% [markdown]
# A check, and then the folder of this notebook is removed.

# %%
assert not any(abs(candidate.period_s - 0.005) < 1e-6 for candidate in plain)
assert abs(best.accel_m_s2 - pulsar.accel) < 20.0
scratch.cleanup()

# %% [markdown]
# Things to try next:
#
# - Make the acceleration of the pulsar negative. What changes in the spectrum, in the fold, in the candidate?
# - Search with `accel_max=50`. Is the pulsar found? Why is it not enough to come close?
# - Use half of the recording only (`nsamples=2**19`, and an `snr` of 13 / √2 = 9.2). Is it still missed without
#   `accel_max`?
# - One recording does not prove an orbit. What would you see in a second one, some hours later?
# - [docs/acceleration.md](../docs/acceleration.md) has a table of real binary systems. Which of them would be found
#   with 50 m/s²?
