"""Sub-bands of simulated recordings, summed without the pipeline."""

import numpy as np

from fastpipe.algorithms.birdies import BirdieRules, find_lines
from fastpipe.algorithms.lane_fft import next_fft_length
from fastpipe.algorithms.subband_spectra import SubbandSpectra, make_subbands, subband_plan, subband_spectra
from fastpipe.constants import LANES
from fastpipe.data.birdies import Birdies, Comb
from fastpipe.data.header import Header
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

SHAPE = FilterbankShape(nchans=32, nsamples=2**16, tsamp=2e-4, nbits=32)
MAINS = (Comb(50.0, None, 1e-3, "mains"), Comb(60.0, None, 1e-3, "mains"))
RULES = BirdieRules(combs=MAINS)


def spectra_of(data: np.ndarray, header: Header) -> SubbandSpectra:
    """Flatten the channels of spectra [nsamples, nchans], add them into sub-bands and transform these."""
    std = data.std(axis=0)
    flat = np.divide(data - data.mean(axis=0), std, out=np.zeros_like(data), where=std > 0)
    plan = subband_plan(header.nchans)
    sums = np.add.reduceat(flat, np.arange(0, header.nchans, plan.nchans // LANES), axis=1)
    block = np.zeros((next_fft_length(len(data)), LANES), np.float32)
    block[: len(data), : sums.shape[1]] = sums
    subbands = make_subbands(header.descending_freqs_mhz, std > 0, plan)
    return subband_spectra(block, len(data), header.tsamp, subbands)


def lines_of(
    pulsar: SimulatedPulsar | None = None,
    interference: SimulatedInterference | None = None,
    shape: FilterbankShape = SHAPE,
    seed: int = 1,
    rules: BirdieRules = RULES,
) -> Birdies:
    """Find the birdies of a simulated recording."""
    header, blocks = simulate(shape, pulsar, interference, seed)
    return find_lines(spectra_of(np.concatenate(list(blocks)).astype(np.float32), header), rules)
