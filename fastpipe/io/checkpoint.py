"""Results of parts of a search as files that are read only if they are whole and of the kind that is asked for."""

import hashlib
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from fastpipe.io.atomic import replacing

T = TypeVar("T")

_MAGIC: Final = b"fastpipe checkpoint 1\n"
_DIGEST_BYTES: Final = 32


def encode(value: Any) -> bytes:
    """Turn dataclasses, texts, numbers, lists and arrays of these into bytes; equal values give equal bytes."""
    return msgspec.msgpack.encode(value, enc_hook=_encode_array)


def write_checkpoint(path: Path, value: Any) -> None:
    """Write a value to a file that appears when it is complete.

    Parameters
    ----------
    path
        The file; an older one is replaced.
    value
        A dataclass whose fields are annotated with types that `encode` knows.

    Raises
    ------
    ResourceError, ConfigError
        If the disk is full, or the folder cannot be written.
    """
    content = encode(value)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.writelines((_MAGIC, _digest(path, content), content))


def read_checkpoint(path: Path, kind: type[T]) -> T | None:
    """Read a value of a dataclass from a file.

    Parameters
    ----------
    path
        The file.
    kind
        The dataclass.

    Returns
    -------
    object or None
        None where there is no file, or one that is damaged, of another kind, or was written under another name: its content
        has to be made again.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + _DIGEST_BYTES
    content = memoryview(data)[start:]
    if not data.startswith(_MAGIC) or _digest(path, content) != data[len(_MAGIC) : start]:
        return None
    try:
        return msgspec.msgpack.decode(content, type=kind, dec_hook=_decode_array)
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError):
        return None


def _digest(path: Path, content: bytes | memoryview) -> bytes:
    """Return what is wrong in a damaged file, and in a whole one that came to have the name of another."""
    digest = hashlib.sha256(path.name.encode() + b"\n")
    digest.update(content)
    return digest.digest()


def _encode_array(value: Any) -> Any:
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return {"dtype": np.lib.format.dtype_to_descr(value.dtype), "shape": value.shape, "data": value.tobytes()}
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"found a {type(value).__name__} in a checkpoint, expected numbers, texts and arrays")


def _decode_array(_kind: type, value: Any) -> Any:
    fields: Any = value["dtype"]
    if not isinstance(fields, str):
        fields = [(name, kind, *map(tuple, shape)) for name, kind, *shape in fields]
    # A copy, for the bytes that were read may not be written to and would stay in the memory as a whole.
    return np.frombuffer(value["data"], np.lib.format.descr_to_dtype(fields)).reshape(value["shape"]).copy()
