"""Stores that go past the caches, for arrays that are larger than they are and are written once.

An ordinary store to memory reads the cache line first, although all of it is overwritten, and pushes other data out of the
caches. A streaming store does neither. It needs an address that is a multiple of 64 bytes.
"""

from typing import Any

from llvmlite import ir
from numba import config, types
from numba.core.extending import intrinsic

from fastpipe_kernels.lanes import make_store_transposed

LINE_BYTES = 64
"""Bytes of a cache line, which a row of 16 float32 fills."""


@intrinsic
def _address(typingctx: Any, array: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.ptrtoint(data, ir.IntType(64))

    return types.int64(array), codegen


@intrinsic
def _fence(typingctx: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.none(), codegen


def _address_twin(array: Any) -> int:
    return int(array.ctypes.data)


def _fence_twin() -> None:
    """Do nothing: NumPy does not stream."""


stream_transposed: Any = make_store_transposed(is_streaming=True)
"""Transpose 16 x 16 float32 as `lanes.store_transposed`; the rows of the target must be whole cache lines."""
address: Any = _address_twin if config.DISABLE_JIT else _address
"""Address of the first byte of an array: ``address(array)``."""
finish_streaming: Any = _fence_twin if config.DISABLE_JIT else _fence
"""Make what was streamed visible to other threads before whatever is written next: ``finish_streaming()``."""
