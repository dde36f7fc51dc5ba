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
# # Inside the search
#
# `fp.search` is one line. In this notebook you do by hand what it does, one stage after the other, for one pulsar:
#
# 1. find the interference and leave it out;
# 2. *dedisperse*: shift the radio channels against each other, so that the pulses line up, and add them;
# 3. transform: turn the sum over time into a *spectrum*, in which everything periodic is a peak;
# 4. add the *harmonics*, the multiples of one frequency;
# 5. do this for many dispersion measures, and see which is best;
# 6. *fold*: cut the recording into pieces one period long and add them.
#
# After each stage there is a picture, and a paragraph that says what to see in it. You will learn why each stage is
# there, what its numbers mean, and in the end that a search does nothing else. It takes half a minute to run.
#
# The recording is that of the first notebook, [sample_data](../sample_data/README.md): a fake one, 32 s long, with
# one pulsar of 89.3 ms.

# %%
import matplotlib.pyplot as plt
import numpy as np

import fastpipe as fp

obs = fp.open("../sample_data/fake_pulsar.fil")
obs

# %% [markdown]
# ## 1. Interference
#
# A telescope hears more than the sky. So the first stage looks at every channel in every second, and asks whether its
# values look like noise: their mean, their spread (the *standard deviation*), the shape of their distribution (the
# *kurtosis* says how heavy its tails are), and whether they are periodic. Noise is the normal case, since even a
# bright pulsar is far below the noise in one channel.

# %%
interference = obs.find_rfi()
interference.plot()

# %% [markdown]
# *What to see.* Time runs to the right, frequency upwards. The four maps on top are the statistics; the map below
# them is the *mask*: what is coloured will be left out, and the colour says why. Two channels are dead (white lines
# in the maps: they have no statistics), two have a carrier in them (their standard deviation is too large), and
# around 1090 MHz there is a range that is masked in all recordings of FAST, because aircraft send there. At the
# bottom is the sum over all channels. The three spikes in it are sparks: a pulsar would not reach all channels at the
# same moment. What is masked is not set to zero, which would be a signal in itself, but replaced by what has no
# effect on any sum.

# %%
interference.mask.masked_fraction  # of all data; 0.08 means that 8 % are lost

# %% [markdown]
# ## 2. Dispersion
#
# Between the stars is a thin gas of electrons. Radio waves of low frequency are slower in it than those of high
# frequency, so each pulse arrives later at the bottom of the band than at the top:
#
# delay = 4.15 ms * DM * ((1 GHz / frequency)² - (1 GHz / highest frequency)²)
#
# The *dispersion measure* DM counts the electrons between the pulsar and us. Its unit is pc cm⁻³, a column one parsec
# long with one electron in each cubic centimetre. To see the effect, here is the pulsar folded with a DM of 0, that
# is, without any correction. (Folding comes last in this notebook; for now it is a way to make the pulses visible.)

# %%
uncorrected = fp.fold(obs, period_s=0.0893, dm=0.0, is_refined=False, quiet=True)
uncorrected.cube.plot()

# %% [markdown]
# *What to see.* On the right is the signal over the band: the phase runs over two turns, so everything appears twice.
# The pulse is a slanted line: the lower the frequency, the later it comes. At the bottom of the band it is more than
# one turn late. So the sum over all channels (top left) has no pulse: it is smeared over all phases. With the right
# DM:

# %%
corrected = fp.fold(obs, period_s=0.0893, dm=62.4, is_refined=False, quiet=True)
corrected.cube.plot()

# %% [markdown]
# *What to see.* The same numbers, every channel shifted by its delay. The line stands upright, and the sum has a
# sharp pulse. This is what *dedispersion* does. The S/N says how far the pulse sticks out of the noise:

# %%
print(f"S/N at DM 0: {uncorrected.snr:.1f}    S/N at DM 62.4: {corrected.snr:.1f}")

# %% [markdown]
# The DM of an unknown pulsar is unknown, so a search tries many. Which ones? If the steps are too wide, a pulsar
# between two of them is smeared; if they are too narrow, time is wasted. The *plan* decides.

# %%
plan = obs.plan(dm_max=150)
plan.plot()

# %% [markdown]
# *What to see.* Above: what widens a pulse, against DM. The channels have a width too, and inside one channel nothing
# can be shifted, so the smearing there (blue, dashed) grows with DM. As it grows, the steps between the trials may
# grow too (orange): that is why the curve has steps. Below: how much S/N is left. Long pulses do not care; a pulse of
# 1 ms loses a quarter and more, because this recording was made with few channels and a slow clock.
#
# Now the sum over the band, at the right DM:

# %%
series = obs.dedisperse(62.4)
series.plot()

# %% [markdown]
# *What to see.* Noise. Below are the first 0.8 s, and there are nine pulses in them, one every 0.0893 s. You cannot
# point at a single one: each is about as high as the noise is wide. That is normal. Only few pulsars are bright
# enough to be seen pulse by pulse; the others are found because there are many pulses at equal distances.
#
# ## 3. The spectrum
#
# The tool for equal distances is the Fourier transform. It takes a series apart into oscillations; the *power* at a
# frequency says how strongly the series oscillates there. With 32 s, two frequencies can be told apart if they differ
# by about 1/(32 s) = 0.03 Hz. This width is called a *Fourier bin*. Noise has power everywhere, so the spectrum is
# *whitened*: divided by the level of the noise, until that is 1 at all frequencies. Power 1 is thus what noise gives,
# and a power above P comes from noise with the probability exp(-P).

# %%
spectrum = series.spectrum()
spectrum.plot(1 / 0.0893)

# %% [markdown]
# *What to see.* Above is the whole spectrum, with frequency on a logarithmic axis. There are peaks at 11.2 Hz, which
# is 1 / 0.0893 s, and at 2, 3, 4, ... times that: the *harmonics*, marked by triangles. A smooth wave would have the
# first peak only; a short pulse has many. The boxes below show the first eight harmonics one by one. (The noise seems
# to rise to the right. It does not: towards the right, each pixel stands for more and more frequencies, and the
# highest power of them is drawn.)
#
# For comparison, the same at DM 0, where the pulses are smeared:

# %%
obs.spectrum(0.0).plot(1 / 0.0893)

# %% [markdown]
# *What to see.* The pulsar is all but gone. Another line has come: 50 Hz, the mains of a power line (period 20 ms).
# It comes from the ground, through no interstellar gas, so it is strongest at DM 0. That is how a search tells the
# two apart.
#
# ## 4. Adding harmonics
#
# A pulse of 5 % of a turn has about 1 / 0.05 = 20 harmonics, and each is a little proof. It is better to add their
# powers than to look at the highest. But sums of noise grow too: the sum of 8 harmonics is 8 in noise, give or take
# 3. So what counts is not the sum but how improbable it is. `sigma` says this: 5 sigma is as improbable as a value 5
# standard deviations above the mean of a Gaussian, about one in 3.5 million.

# %%
for nharm in (1, 2, 4, 8, 16, 32):
    freq_hz, sigma = spectrum.harmonic_sums(nharm).best
    print(f"{nharm:2} harmonics: {sigma:5.1f} sigma at {freq_hz:.4f} Hz, a period of {1e3 / freq_hz:.3f} ms")

# %% [markdown]
# *What to see.* Each doubling adds to the significance, until harmonics are added in which there is nothing but
# noise. A search does not know the width of the pulse, so it tries all of these numbers at every frequency. In two of
# the lines the best sum is not at 89.3 ms but at half or twice that: among equally spaced lines it is easy to be
# wrong by a simple factor, and it takes the fold to decide.

# %%
sums = spectrum.harmonic_sums(8)
sums.plot(1 / 0.0893)

# %% [markdown]
# *What to see.* The sums of 8 harmonics, for every frequency of the first. The highest peak is the pulsar. But there
# are many more above the dashed line! They are at simple fractions and multiples of 11.2 Hz: at half of it, for
# example, every second of the 8 harmonics is one of the pulsar. So one pulsar gives dozens of detections at wrong
# periods, and the search has to see that they belong together. This is called *sifting*; the third notebook is about
# it.
#
# ## 5. Many dispersion measures
#
# Nobody knows the DM beforehand. So all of this is done for every DM of the plan. Here are a few of them:

# %%
dms = np.arange(40.0, 86.0, 5.0)
sigmas = [obs.spectrum(dm).harmonic_sums(8).best[1] for dm in dms.tolist()]

fig, ax = plt.subplots(figsize=(8, 3), layout="constrained")
ax.plot(dms, sigmas, "o-")
ax.axvline(62.4, color="grey", linestyle=":", label="true DM")
ax.set_xlabel("DM (pc cm$^{-3}$)")
ax.set_ylabel("largest sum of 8 harmonics (sigma)")
ax.legend()
plt.show()

# %% [markdown]
# *What to see.* The significance has one clear peak, near the true DM. A signal from the ground would peak at DM 0.
# Noise would show in one trial and not in the next ones. This curve is one of the strongest arguments for a
# candidate.
#
# ## 6. Folding
#
# The period is now known well enough to go back to the recording with all its channels: cut it into pieces of one
# period, and add them. The result keeps three axes: 32 pieces of time, 32 pieces of the band, and the *phase*, the
# position within the turn, from 0 to 1. It is called a *folded cube*. Period and DM are then changed a little, until
# the S/N is largest: this is the *refinement*.

# %%
candidate = fp.fold(obs, period_s=1 / sums.best[0], dm=60.0, quiet=True)
candidate.cube.plot()

# %% [markdown]
# *What to see.* The pulse is there in every piece of time and in every part of the band that is not masked (grey).
# This is what a pulsar looks like. If period or DM were wrong, the lines would be slanted.

# %%
candidate

# %% [markdown]
# ## All of it in one line
#
# Now let the search do it. It knows neither period nor DM, tries all of them, and arrives where you did:

# %%
catalogue = fp.search(obs, dm_max=150)
catalogue

# %% [markdown]
# A check, in the form that programs use: if one of these lines were not true, it would stop with an error.

# %%
found = catalogue[0]
assert abs(found.period_s - candidate.period_s) < 3 * (found.period_err_s + candidate.period_err_s)
assert abs(found.dm - candidate.dm) < 3 * (found.dm_err + candidate.dm_err)

# %% [markdown]
# Things to try next:
#
# - `obs.dedisperse(62.4, find_rfi=False).plot()`: the series without the mask. Where are the sparks?
# - `obs.spectrum(62.4).plot(50.0)`: is the mains still there at the DM of the pulsar? Why less than at DM 0?
# - Fold at 0.0894 s with `is_refined=False`. By how much of a turn does the pulse move until the end of the
#   recording? Is that what you expect from the number of turns in 32 s?
# - Fold at twice the period. How many pulses are in the profile? How would you find the true period from it?
# - Plot the curve of section 5 from DM 0 to 150, with your own step. How wide is the peak? What does the plan say
#   about it?
