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
# # Exploring a catalogue
#
# A search ends with a *catalogue*: a few candidates that somebody has to look at, and thousands of *detections*,
# which are all the places where something was above the threshold. In this notebook you make a catalogue full of
# interference, find the pulsar in it, and answer the questions that everybody asks:
#
# - Which of these candidates deserve a look? (Sorting.)
# - Are two of them the same thing? (Harmonics.)
# - There was a strong signal: why is it not among the candidates? (Fates.)
# - How do I write down what I think, so that others see it? (Labels.)
#
# You will learn to work with the tables as tables: choose rows, sort, plot one column against another. It takes half
# a minute to run.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

import fastpipe as fp
from fastpipe.data.tables import Fate
from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.rfi_presets import typical_interference
from fastpipe.simulation.shape import FilterbankShape

# %% [markdown]
# ## A bad night
#
# First we need a recording. This one is simulated: 34 s of noise, a pulsar of 141.7 ms at DM 88, and four kinds of
# interference. To get a catalogue with something to explore, we switch off what fastpipe does against interference
# (`find_rfi`, `find_birdies`). Never do this to real data; the fourth notebook shows the difference.

# %%
scratch = TemporaryDirectory()  # a folder that is removed in the last cell
folder = Path(scratch.name)
shape = FilterbankShape(nchans=96, nsamples=65536, tsamp=512e-6)
pulsar = SimulatedPulsar(period_s=0.1417, dm=88.0, snr=20.0, duty_cycle=0.05)
interference = typical_interference(shape, ["carriers", "sparks", "mains", "radar"])
write_filterbank(folder / "bad_night.fil", *simulate(shape, pulsar, interference, seed=5))

catalogue = fp.search(
    folder / "bad_night.fil", dm_max=150, output=folder / "bad_night.h5", find_rfi=False, find_birdies=False
)
catalogue

# %% [markdown]
# *What to see.* The first line says what became of all detections; we come back to that. Then the candidates, the
# most significant first. Only one of them is a pulsar. Which columns would tell you so?
#
# - `sigma` and `log10_fap` say that a signal is no accident of noise. Interference is no accident either: it has high
#   values too.
# - `S/N` is measured after folding, on all channels, and still does not know where a signal comes from.
# - `score` is a probability, from 0 to 1, that the fold looks like a pulsar: steady, over the whole band, strongest
#   at its own DM and not at DM 0.
#
# ## Sorting
#
# `catalogue.candidates` is a table of the package astropy; columns have units, and each is explained.

# %%
table = catalogue.candidates
table.sort("score", reverse=True)
table["cand_id", "period_s", "dm", "snr", "sigma", "log10_fap", "score"]

# %%
for name in ("log10_fap", "snr", "width_phase", "score"):
    print(f"{name:12} {table[name].info.description}")

# %% [markdown]
# Rows are chosen by conditions. In words: what has passed at least some gas between the stars, and looks at least a
# little like a pulsar?

# %%
dms = table["dm"].to_value("pc / cm3")
table[(dms > 2.0) & (table["score"] > 0.1)]["cand_id", "period_s", "dm", "snr", "score"]

# %% [markdown]
# And plotted, one column against another:

# %%
fig, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
points = ax.scatter(table["snr"], table["score"], c=dms, cmap="cividis", s=60, edgecolors="grey")
for row in table[table["score"] > 0.1]:
    ax.annotate(f"candidate {row['cand_id']}", (row["snr"], row["score"]), xytext=(8, -4), textcoords="offset points")
ax.set_xlabel("S/N of the folded profile")
ax.set_ylabel("score")
fig.colorbar(points, label="DM (pc cm$^{-3}$)")
plt.show()

# %% [markdown]
# *What to see.* Several candidates have a large S/N. One of them has a high score too, and its DM is well above 0.
# This is the one to look at first. The contact sheet shows them all, the best score first:

# %%
catalogue.sheet()

# %% [markdown]
# *What to see.* In each picture, the profile is above (two turns), and below it is the signal against time (upwards).
# The pulsar has a narrow pulse, which is an upright line in the map. Profiles with few and wide steps are very short
# periods: there are not more time samples in a turn. Wide waves are the mains.
#
# ## Harmonics: are two of them the same thing?
#
# Each candidate was made from many detections. Take the pulsar:

# %%
best = catalogue[int(np.argmax(catalogue.candidates["score"]))]
related = best.detections
print(f"{best}\n\n{len(related)} detections belong to it; the ten most significant:")
related["det_id", "freq_hz", "dm", "nharm", "sigma", "fate", "related_id"][:10]

# %% [markdown]
# (In the table a fate is a number; its name is in `Fate`, and below.) The frequencies are not random. Divide them by
# that of the candidate:

# %%
ratio = (related["freq_hz"] * best.period_s).value
fig, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
points = ax.scatter(ratio, related["sigma"], c=related["dm"].value, cmap="cividis")
ax.set_xscale("log")
ax.set_xticks([1 / 7, 1 / 6, 1 / 5, 1 / 4, 1 / 3, 1 / 2, 1, 2, 3], ["1/7", "1/6", "1/5", "1/4", "1/3", "1/2", "1", "2", "3"])
ax.minorticks_off()
ax.grid(axis="x", alpha=0.4)
ax.set_xlabel("frequency of the detection / frequency of the candidate")
ax.set_ylabel("sigma")
fig.colorbar(points, label="DM (pc cm$^{-3}$)")
plt.show()

# %% [markdown]
# *What to see.* The detections stand in columns, at whole numbers and simple fractions. The column at 1 is the pulsar
# itself, at neighbouring DMs (`duplicate`). The others are its *harmonics*: a pulse at frequency f is also periodic
# at f/5 or f/6, and has power at 2 f and 3 f. A search that kept them all would give you dozens of candidates for one
# pulsar. So fastpipe asks for each of them whether its power is explained by that of the stronger one; if so, its
# fate is `harmonic`.
#
# Harmonics may also be left among the candidates. Then the last column of the catalogue says so: "harmonic 1/2 of 1"
# is a candidate at half the frequency of candidate 1.
#
# ## Fates: why was this rejected?
#
# Nothing is dropped in silence. Each detection has exactly one fate, and they add up:

# %%
detections = catalogue.detections
for fate in Fate:
    count = np.count_nonzero(detections["fate"] == fate)
    if count:
        print(f"{count:6}  {fate.name.lower()}")
print(f"{len(detections):6}  detections together")

# %%
catalogue.plot()

# %% [markdown]
# *What to see.* Every dot is a detection, at its period and DM; circles are candidates. The combs of vertical lines
# are the mains (20 ms and its fractions and multiples), at all DMs at once. The pulsar makes short lines around its
# own DM: they are best seen at the right, at five, six and seven times its period.
#
# Suppose that you are suspicious. Which detection is the most significant of all, and why is it no candidate?

# %%
strongest = detections[np.argmax(detections["sigma"])]
print(f"detection {strongest['det_id']}: {strongest['sigma']:.0f} sigma, period {1e3 / strongest['freq_hz'].value:.3f} ms,")
print(f"DM {strongest['dm'].value:.1f} pc cm^-3, fate: {Fate(strongest['fate']).name.lower()}")

# %% [markdown]
# 20 ms is 50 Hz: the mains. Its fate, `low_dm`, means that it behaves as a signal from the ground: it does not care
# which DM is tried. Here is the proof, the significance of that period against DM, beside that of the pulsar:


# %%
def significance_against_dm(freq_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Return DMs, and the largest sigma there of the detections within a Fourier bin of a frequency."""
    is_near = np.abs(detections["freq_hz"].value - freq_hz) < 1 / obs_length_s
    near = detections[is_near]
    trials = np.unique(near["dm"].value)
    return trials, np.array([near["sigma"][near["dm"].value == dm].max() for dm in trials])


obs_length_s = shape.nsamples * shape.tsamp
fig, ax = plt.subplots(figsize=(8, 3.5), layout="constrained")
ax.plot(*significance_against_dm(strongest["freq_hz"].value), ".-", label="20 ms: the mains")
ax.plot(*significance_against_dm(best.freq_hz), "o", label="141.7 ms: the pulsar")
ax.set_xlabel("DM of the trial (pc cm$^{-3}$)")
ax.set_ylabel("sigma")
ax.set_xlim(0, 150)
ax.legend()
plt.show()

# %% [markdown]
# *What to see.* The mains is there at (nearly) every DM, up and down without a clear peak. The pulsar is there only
# around its DM, in a curve with one peak. So the strongest signal of the night was thrown away, and rightly.
#
# Fates form chains: a duplicate points to a detection that may be the harmonic of another one, and so on.
# `related_id` is the link. Follow it:

# %%
by_id = {int(row["det_id"]): row for row in detections}


def follow(det_id: int) -> None:
    """Print what became of a detection, and of the one it belongs to, until the end of the chain."""
    while True:
        row = by_id[det_id]
        fate = Fate(row["fate"])
        print(f"detection {det_id}: {1e3 / row['freq_hz'].value:.3f} ms, {row['sigma']:.1f} sigma: {fate.name.lower()}")
        if fate not in (Fate.DUPLICATE, Fate.HARMONIC):
            print(f"  candidate {row['related_id']}" if fate is Fate.KEPT else "  not a candidate")
            return
        det_id = int(row["related_id"])


follow(int(related["det_id"][-1]))
follow(int(detections["det_id"][detections["fate"] == Fate.HARMONIC][0]))

# %% [markdown]
# ## Labels: write down what you think
#
# You have looked; now say what it is. A grade is one of pulsar, rfi, noise, known, unsure, and a note is any text.
# They go into a file of your own beside the catalogue, so nobody's labels overwrite those of another.

# %%
from_ground = int(table["cand_id"][np.argmin(table["dm"])])
catalogue.grade(best.cand_id, "pulsar", "narrow pulse, there all the time, DM 88.7")
catalogue.grade(from_ground, "rfi", "DM 0")
catalogue.grade(from_ground, "noise")  # oh, no
catalogue.undo_grade()
catalogue.labels

# %% [markdown]
# *What to see.* One row for each candidate and person, with what stands now: the slip was taken back. The catalogue
# shows the grades in its last column, also when it is opened again:

# %%
fp.load(folder / "bad_night.h5")

# %% [markdown]
# Grading by hand goes faster with the mouse and the keyboard: `fastpipe browse bad_night.h5`, in a terminal, opens
# the same catalogue as a page in a web browser, with sorting, filters, plots, and one key for each grade. Its labels
# and those of this notebook are the same files.
#
# A check, and then the folder of this notebook is removed. (To keep a catalogue, choose a folder of your own
# instead.)

# %%
assert abs(best.period_s - pulsar.period_s) < 1e-5
assert fp.load(folder / "bad_night.h5")[best.cand_id - 1].label == "pulsar"
scratch.cleanup()

# %% [markdown]
# Things to try next:
#
# - Search again without `find_rfi=False, find_birdies=False`. What is left of the catalogue?
# - Search with `log10_fap_max=1.0`, which keeps what noise gives ten times in a search. How many candidates come in
#   addition? Look at the sheet: would you have known that they are noise?
# - How many turns of the 50 Hz wave does the mains need for its 48 sigma? Simulate it alone (`["mains"]`), for 10 s
#   instead of 34 s.
# - Give grades as somebody else: copy the folder, and look up in the documentation how `fastpipe merge` brings them
#   together.
