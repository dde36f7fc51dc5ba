"""Writing a configuration as TOML, plain or with a comment on every option."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator

import msgspec

from fastpipe.config.search import SearchConfig

_WIDTH = 120
_HEADING = (
    "# Configuration of fastpipe search. Every option has its default value here: keep the lines you change.\n"
    "# Use it with: fastpipe search RECORDING -o CATALOGUE.h5 -c THIS_FILE\n"
)


def to_toml(config: SearchConfig) -> str:
    """Write a configuration as TOML that `parse_config` reads back unchanged.

    Parameters
    ----------
    config
        The configuration.

    Returns
    -------
    str
        One table for each stage with all its options; options without a value (None) are left out.

    Examples
    --------
    >>> print(to_toml(SearchConfig()).splitlines()[:3])
    ['[cleaning]', 'find_rfi = true', 'interval_s = 1.0']
    """
    stages = []
    for stage, table in msgspec.to_builtins(config).items():
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in table.items() if value is not None]
        stages.append("\n".join([f"[{stage}]", *lines, ""]))
    return "\n".join(stages)


def commented_default() -> str:
    """Write the default configuration with the docstring of every option above it.

    Returns
    -------
    str
        TOML text; options that have no value unless given are shown commented out.
    """
    default = SearchConfig()
    stages = [_HEADING]
    for stage, table in msgspec.to_builtins(default).items():
        config = type(getattr(default, stage))
        docs = field_docstrings(config)
        lines = [*_comment(inspect.getdoc(config) or ""), f"[{stage}]"]
        for name, value in table.items():
            lines += _comment(docs[name])
            lines.append(f"# {name} =" if value is None else f"{name} = {json.dumps(value, ensure_ascii=False)}")
        stages.append("\n".join([*lines, ""]))
    return "\n".join(stages)


def field_docstrings(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Return the docstring under each field of a class, by the name of the field.

    Python does not keep these texts, so they are read from the source of the class.
    """
    definition = ast.parse(textwrap.dedent(inspect.getsource(struct))).body[0]
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for line, following in zip(definition.body, definition.body[1:], strict=False):
        match line, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
    return found


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(text, _WIDTH - 2))
