"""What the configurations of all stages have in common."""

import msgspec

from fastpipe.errors import ConfigError


class StageConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frozen options of one stage: keyword-only, each with a default, unknown ones forbidden.

    The docstring under each field is also the comment that ``fastpipe config`` prints above it.
    """

    def require(self, is_valid: bool, name: str, expected: str) -> None:
        """Refuse a value that makes no sense.

        Parameters
        ----------
        is_valid
            Whether the value may stay.
        name
            Name of the field.
        expected
            What the value should have been, in words.

        Raises
        ------
        ConfigError
            If the value may not stay.
        """
        if not is_valid:
            raise ConfigError(f"found {name} = {getattr(self, name)!r}, expected {expected}; change {name}")
