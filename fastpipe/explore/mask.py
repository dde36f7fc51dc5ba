"""The mask of an observation that shows itself."""

import numpy as np

from fastpipe.data.header import Header
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.explore.facts import facts_html, facts_text
from fastpipe.plotting.mask import draw_mask
from fastpipe.plotting.picture import Picture
from fastpipe.plotting.rfi_text import reason_fractions
from fastpipe.units import format_seconds


class Mask:
    """What was masked in an observation, and why.

    Parameters
    ----------
    header
        Of the recording.
    mask
        Its mask: `values.mask` is True where a channel is bad in an interval.
    """

    def __init__(self, header: Header, mask: RFIMask) -> None:
        self.header = header
        self.values = mask

    def plot(self) -> Picture:
        """Draw what is masked over time and frequency, and why."""
        return Picture(draw_mask(self.header, self.values))

    def _facts(self) -> list[tuple[str, str]]:
        mask = self.values
        interval = format_seconds(mask.interval_samples * self.header.tsamp)
        nspikes = int(np.diff(mask.bad_samples, axis=1).sum())
        return [
            ("masked", f"{100 * mask.masked_fraction:.2f} % of the data"),
            ("channels", f"{np.count_nonzero(mask.bad_channels)} of {self.header.nchans} masked throughout"),
            ("intervals", f"{len(mask.reasons)} of {interval}"),
            ("spikes", f"{nspikes} samples masked in all channels"),
            *(("reason", f"{100 * fraction:.2f} % {words}") for words, fraction in reason_fractions(mask)),
        ]

    def __repr__(self) -> str:
        return facts_text("Mask", self._facts())

    def _repr_html_(self) -> str:
        return facts_html("Mask", self._facts())
