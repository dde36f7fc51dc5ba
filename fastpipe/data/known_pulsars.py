"""Known pulsars: what of a catalogue is needed to recognise one."""

from dataclasses import dataclass

import numpy as np

from fastpipe.data.tables import Column, Table, empty_table

KNOWN_PULSAR_COLUMNS: tuple[Column, ...] = (
    Column("name", "S32", "", "name from the B1950 position where it has one, else from J2000"),
    Column("j_name", "S32", "", "name from the J2000 position"),
    Column("ra_deg", "f8", "deg", "right ascension J2000; NaN where unknown"),
    Column("dec_deg", "f8", "deg", "declination J2000; NaN where unknown"),
    Column("position_err_deg", "f8", "deg", "uncertainty of the position, at least half of the last digit given"),
    Column("freq_hz", "f8", "Hz", "barycentric spin frequency at the epoch"),
    Column("freq_err_hz", "f8", "Hz", "uncertainty of the frequency, at least half of the last digit given"),
    Column("fdot_hz_s", "f8", "Hz / s", "its derivative; NaN where unknown"),
    Column("epoch_mjd", "f8", "d", "epoch of the frequency; NaN where unknown"),
    Column("dm", "f8", "pc / cm3", "dispersion measure; NaN where unknown"),
    Column("dm_err", "f8", "pc / cm3", "uncertainty of the dispersion measure, at least half of the last digit given"),
    Column("flux_1400_mjy", "f8", "mJy", "mean flux density at 1400 MHz; NaN where unknown"),
    Column("is_binary", "?", "", "True where it has a companion, its orbit known or not"),
    Column("orbit_period_s", "f8", "s", "orbital period; NaN where unknown"),
    Column("projected_axis_s", "f8", "s", "projected semi-major axis over the speed of light; NaN where unknown"),
    Column("eccentricity", "f8", "", "eccentricity of the orbit; 0 where unknown"),
)
"""Columns of a table of known pulsars."""


@dataclass(frozen=True, slots=True)
class KnownPulsars:
    """A table of known pulsars, and where it comes from."""

    table: Table
    """Columns KNOWN_PULSAR_COLUMNS."""
    sources: tuple[str, ...] = ()
    """One sentence part for each list in it, such as "33 of fastpipe's own table"."""

    def replaced_by(self, others: "KnownPulsars") -> "KnownPulsars":
        """Add other pulsars; they take the place of those that have one of their names.

        Examples
        --------
        >>> crab = empty_table(KNOWN_PULSAR_COLUMNS, 1)
        >>> crab["name"], crab["j_name"], crab["dm"] = "B0531+21", "J0534+2200", 56.8
        >>> newer = crab.copy()
        >>> newer["name"], newer["dm"] = "J0534+2200", 56.77
        >>> KnownPulsars(crab).replaced_by(KnownPulsars(newer)).table["dm"].tolist()
        [56.77]
        """
        named = ("name", "j_name")
        theirs = np.unique(np.concatenate([others.table[column] for column in named]))
        theirs = theirs[theirs != b""]
        is_replaced = np.any([np.isin(self.table[column], theirs) for column in named], axis=0)
        return KnownPulsars(np.concatenate([self.table[~is_replaced], others.table]), self.sources + others.sources)


NO_PULSARS = KnownPulsars(empty_table(KNOWN_PULSAR_COLUMNS))
"""The empty table."""
