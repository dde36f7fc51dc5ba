"""Stores that go past the caches, for arrays that are larger than they are and are written once, and fetching ahead.

An ordinary store to memory reads the cache line first, although all of it is overwritten, and pushes other data out of the
caches. A streaming store does neither. It needs an address that is a multiple of 64 bytes, and all of a cache line is to be
written at once. Fetching ahead is for rows far apart, of which the processor cannot guess which comes next.
"""

from typing import Any

from llvmlite import ir
from numba import config, types
from numba.core.extending import intrinsic

from fastpipe_kernels.lanes import F32X8, make_store_transposed, pointer_to, store8

LINE_BYTES = 64
"""Bytes of a cache line, which a row of 16 float32 fills."""


@intrinsic
def _address(typingctx: Any, array: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.ptrtoint(data, ir.IntType(64))

    return types.int64(array), codegen


@intrinsic
def _stream8(typingctx: Any, array: Any, position: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        done = builder.store(args[2], pointer_to(context, builder, sig.args[0], args[0], args[1], F32X8.vector))
        done.align = LINE_BYTES // 2
        done.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
        return context.get_dummy_value()

    return types.none(array, types.intp, F32X8), codegen


@intrinsic
def _prefetch(typingctx: Any, array: Any, position: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        line = pointer_to(context, builder, sig.args[0], args[0], args[1], ir.IntType(8))
        is_written, distance, is_data = (ir.Constant(ir.IntType(32), number) for number in (0, 2, 1))
        kinds = [line.type, is_written.type, distance.type, is_data.type]
        function = builder.module.declare_intrinsic("llvm.prefetch", [line.type], ir.FunctionType(ir.VoidType(), kinds))
        builder.call(function, [line, is_written, distance, is_data])
        return context.get_dummy_value()

    return types.none(array, types.intp), codegen


@intrinsic
def _fence(typingctx: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.none(), codegen


def _address_twin(array: Any) -> int:
    return int(array.ctypes.data)


def _prefetch_twin(array: Any, position: int) -> None:
    """Do nothing: NumPy does not fetch ahead."""


def _fence_twin() -> None:
    """Do nothing: NumPy does not stream."""


stream_transposed: Any = make_store_transposed(is_streaming=True)
"""Transpose 16 x 16 float32 as `lanes.store_transposed`; the rows of the target must be whole cache lines."""
stream8: Any = store8 if config.DISABLE_JIT else _stream8
"""Store 8 float32 past the caches, as `lanes.store8`: half a cache line, of which the other half follows at once."""
prefetch: Any = _prefetch_twin if config.DISABLE_JIT else _prefetch
"""Fetch the cache line of an element, which may lie beyond the end of the array: ``prefetch(array, position)``."""
address: Any = _address_twin if config.DISABLE_JIT else _address
"""Address of the first byte of an array: ``address(array)``."""
finish_streaming: Any = _fence_twin if config.DISABLE_JIT else _fence
"""Make what was streamed visible to other threads before whatever is written next: ``finish_streaming()``."""
