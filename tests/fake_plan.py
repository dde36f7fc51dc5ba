"""A plan with its cost that nobody had to measure."""

from fastpipe.algorithms.dedispersion_plan import make_dispersion_plan
from fastpipe.algorithms.smearing import plan_smearing
from fastpipe.data.planned_search import PlannedSearch
from fastpipe.data.search_cost import PassCost, SearchCost, StageCost
from fastpipe.simulation.shape import FilterbankShape


def fake_plan(dm_max: float = 200.0) -> PlannedSearch:
    """Plan 13 s in 512 channels up to a DM in pc cm^-3."""
    header = FilterbankShape(nchans=512, nsamples=2**18, tsamp=5e-5).header()
    dispersion = make_dispersion_plan(header.chan_freqs_mhz, header.tsamp, 0.0, dm_max)
    reading = PassCost(
        dm_min=0.0,
        dm_max=float(dispersion.dm_trials[-1]),
        ntrials=dispersion.ntrials,
        nchunks=3,
        read_bytes=2**29,
        additions=10**10,
        transform_points=10**8,
        peak_bytes=900 * 2**20,
    )
    cost = SearchCost(
        stages=(StageCost("dedispersion", 10.0), StageCost("Fourier search", 20.0)),
        passes=(reading,),
        ntrials=10**9,
        nthreads=2,
        other_bytes=400 * 2**20,
        max_candidates=100,
        max_folding_s=40.0,
        catalogue_bytes=10**8,
    )
    smearing = plan_smearing(dispersion, header.chan_freqs_mhz, header.tsamp)
    return PlannedSearch(header, dispersion, smearing, cost)
