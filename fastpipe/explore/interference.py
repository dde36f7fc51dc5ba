"""The interference in a recording, as an object that shows itself."""

from pathlib import Path

import numpy as np

from fastpipe.data.recording import Recording
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.explore.facts import facts_html
from fastpipe.io.output_file import check_output_file
from fastpipe.io.rfi_mask_file import write_rfi_mask
from fastpipe.plotting.picture import Picture
from fastpipe.plotting.rfi import draw_rfi
from fastpipe.plotting.rfi_text import reason_fractions, rfi_report


class Interference:
    """What a search would mask in a recording, and why.

    Parameters
    ----------
    recording
        The open recording.
    findings
        What the search for interference found in it.
    """

    def __init__(self, recording: Recording, findings: RFIFindings) -> None:
        self.recording = recording
        self.findings = findings

    @property
    def mask(self) -> RFIMask:
        """The mask: bad channels of every interval with their reasons, and samples that are bad in all channels."""
        return self.findings.mask

    def plot(self) -> Picture:
        """Draw statistics, mask and reasons over time and frequency."""
        return Picture(draw_rfi(self.recording.header, self.findings))

    def save(self, path: str | Path) -> Path:
        """Write mask and statistics to an HDF5 file, which serves as `mask_file` of other searches.

        Parameters
        ----------
        path
            The file; an older one is replaced.

        Returns
        -------
        Path
            The same name.

        Raises
        ------
        ResourceError
            If the disk is full.
        ConfigError
            If the folder does not exist or may not be written, or the path is the recording.
        """
        check_output_file(Path(path), self.recording.paths)
        write_rfi_mask(path, self.recording.header, self.findings)
        return Path(path)

    def __repr__(self) -> str:
        return "\n".join(["Interference", *(f"  {line}" for line in rfi_report(self.recording, self.findings))])

    def _repr_html_(self) -> str:
        mask, header = self.mask, self.recording.header
        nbad = int(np.count_nonzero(mask.bad_channels))
        facts = [
            ("masked", f"{100 * mask.masked_fraction:.2f} % of the data"),
            ("channels", f"{nbad} of {header.nchans} masked throughout"),
            *(("reason", f"{100 * fraction:.2f} % {words}") for words, fraction in reason_fractions(mask)),
            *(("note", remark) for remark in self.findings.remarks),
        ]
        return facts_html("Interference", facts)
