"""What follows from recording and configuration before anything is read."""

from dataclasses import dataclass

from fastpipe.config import SearchConfig
from fastpipe.data.deadline_choice import DeadlineChoice
from fastpipe.data.header import Header
from fastpipe.data.recording import Recording
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.deadline import TimedSearch, meet_deadline
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.frame import SearchFrame, at_position, choose_frame
from fastpipe.pipeline.memory import reserve
from fastpipe.pipeline.preflight import SearchPlan, check_and_plan
from fastpipe.pipeline.store import Store, address_of


@dataclass(frozen=True, slots=True)
class SearchSetup:
    """The search of one observation as it will be: the same in every process that takes part in it."""

    recording: Recording
    """With the position that counts."""
    config: SearchConfig
    """Options of all stages, without a deadline."""
    plan: SearchPlan
    """The trials."""
    frame: SearchFrame
    """Frame of frequencies."""
    budget: Budget
    """Memory and threads, with what is in the memory all the time."""
    remarks: tuple[str, ...]
    """Sentences for the reader: what a deadline took away."""

    @property
    def header(self) -> Header:
        """What the recording says of itself."""
        return self.recording.header


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen for a deadline: a search that is run again must not choose anew, on a machine that is busier."""

    config: SearchConfig
    choice: DeadlineChoice | None


def set_up(recording: Recording, config: SearchConfig, budget: Budget, executor: Executor, store: Store) -> SearchSetup:
    """Check a search and plan it.

    Call it before threads start: astropy's settings are changed while it works.

    Parameters
    ----------
    recording
        The open recording.
    config
        Options of all stages.
    budget
        Memory and threads.
    executor
        Measures the machine where there is a deadline.
    store
        Knows what was chosen for the deadline if the search was begun before.

    Raises
    ------
    FastpipeError
        If the configuration does not fit the recording, memory is too small, or time too short.
    """
    recording = at_position(recording, config.barycentre.position)
    header = recording.header
    frame = choose_frame(header, config.barycentre)
    plan = check_and_plan(header, config)
    if not header.is_series:
        # What does not fit in memory is refused before anything is read.
        budget = reserve(header, plan.dispersion, config, budget)
    address = address_of("deadline", header, config)
    known = store.load(address, _Choice) if config.dedispersion.deadline else None
    if known is not None:
        in_time = TimedSearch(known.config, check_and_plan(header, known.config), known.choice)
    else:
        in_time = meet_deadline(recording, config, plan, budget, executor)
        if config.dedispersion.deadline:
            store.save(address, _Choice(in_time.config, in_time.choice))
    return SearchSetup(recording, in_time.config, in_time.plan, frame, budget, in_time.remarks)
