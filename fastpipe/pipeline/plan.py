"""The plan of a search and its cost, before anything is searched."""

from fastpipe.algorithms.smearing import plan_smearing
from fastpipe.config import SearchConfig
from fastpipe.data.planned_search import PlannedSearch
from fastpipe.data.recording import Recording
from fastpipe.errors import ConfigError
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.cost import predict_cost
from fastpipe.pipeline.deadline import choose_in_time
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.frame import at_position, choose_frame
from fastpipe.pipeline.machine_rates import recording_rates
from fastpipe.pipeline.memory import reserve
from fastpipe.pipeline.preflight import check_and_plan


def plan_search(recording: Recording, config: SearchConfig, budget: Budget, executor: Executor) -> PlannedSearch:
    """Plan the search of a filterbank recording and predict what it costs.

    Parameters
    ----------
    recording
        The open recording, of which a few MB are read to see how fast that is.
    config
        Options of all stages.
    budget
        Memory and threads.
    executor
        Runs the probes that measure this machine, where it was not measured before.

    Returns
    -------
    PlannedSearch
        Trials, smearing and cost, with the options that meet the deadline.

    Raises
    ------
    ConfigError
        If the recording has no channels to plan for, or the configuration does not fit it.
    ResourceError
        If the memory is too small or the deadline too short; the message says what would do.
    """
    header = recording.header
    if header.is_series or header.nchans == 1:
        raise ConfigError(
            f"found a single channel in {recording.paths[0]}, expected a recording with channels to dedisperse; search it "
            "without a plan"
        )
    # A plan accepts what the search accepts; it is the same in any frame.
    choose_frame(at_position(recording, config.barycentre.position).header, config.barycentre)
    plan = check_and_plan(header, config)
    # What does not fit in memory is refused before anything is measured.
    budget = reserve(header, plan.dispersion, config, budget)
    rates = recording_rates(recording, executor, with_drifts=config.acceleration.drifts is not None)
    search = choose_in_time(header, config, plan, budget, rates)
    dispersion = search.plan.dispersion
    cost = predict_cost(header, search.config, search.plan, budget, *rates)
    smearing = plan_smearing(dispersion, header.descending_freqs_mhz, header.tsamp, config.dedispersion.coherent_dm)
    return PlannedSearch(header, dispersion, smearing, cost, search.choice, config.acceleration.drifts)
