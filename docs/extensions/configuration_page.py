"""The reference of the configuration, as Markdown, from the classes that hold it."""

import inspect
import json
import typing

import msgspec
from markdown_text import escaped

from fastpipe.config import SearchConfig
from fastpipe.config.cluster import ClusterConfig
from fastpipe.config.stage import StageConfig
from fastpipe.config.text import field_docstrings


def configuration_text() -> str:
    """Return one section for each stage of a search, in the order in which the data pass them."""
    default = SearchConfig()
    stages = ((field.name, type(getattr(default, field.name))) for field in msgspec.structs.fields(SearchConfig))
    return "\n".join(_section(f"[{name}]", config) for name, config in stages)


def cluster_text() -> str:
    """Return the section of the file that describes a cluster."""
    return _section("The cluster file", ClusterConfig)


def _section(title: str, config: type[StageConfig]) -> str:
    docs = field_docstrings(config)
    rows = [
        f"| `{field.name}` | {_default(field)} | {_values(field)}{escaped(docs[field.name])} |" for field in _fields(config)
    ]
    head = [f"## {title}", "", escaped(inspect.getdoc(config) or ""), "", "| option | default | meaning |", "|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def _fields(config: type[StageConfig]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(config)


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "needed"
    if field.default is None:
        return "none"
    value = list(field.default) if isinstance(field.default, tuple) else field.default
    return f"`{json.dumps(value)}`"


def _values(field: msgspec.structs.FieldInfo) -> str:
    if typing.get_origin(field.type) is not typing.Literal:
        return ""
    return " or ".join(f'`"{value}"`' for value in typing.get_args(field.type)) + ". "
