"""Vectors of 32 values, twice the lanes of a search array, and halves of vectors.

Two registers of the widest kind, or four of the next: each instruction of such a loop comes twice or more, independent of
itself. Kernels that go through channels also touch each cache line half as often.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core.extending import intrinsic

from fastpipe_kernels.lanes import F32X8, F32X16, LANES, Lanes, make_load, make_splat, make_store

WIDE = 2 * LANES
"""Values of a wide vector."""

F32X32 = Lanes("f32", WIDE)

load32: Any = make_load(F32X32)
"""Load 32 float32, or 32 uint8 as float32: ``load32(array, position)``, as `lanes.load8`."""
store32: Any = make_store(F32X32)
"""Store 32 float32, as `lanes.store8`."""
splat32: Any = make_splat(F32X32, types.float32)
"""Make 32 equal float32, as `lanes.splat8`."""


def _make_pick(lanes: Lanes, places: list[int]) -> Any:
    """Make a function that returns the values at 16 places of a vector."""

    @intrinsic
    def pick(typingctx: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.shuffle_vector(args[0], args[0], ir.Constant(ir.VectorType(ir.IntType(32), LANES), places))

        return F32X16(lanes), codegen

    def twin(value: Any) -> Any:
        return value[places]

    return twin if config.DISABLE_JIT else pick


@intrinsic
def _where_greater32(typingctx: Any, left: Any, right: Any, yes: Any, no: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[2], args[3])

    return F32X32(F32X32, F32X32, F32X32, F32X32), codegen


@intrinsic
def _greater_bits8(typingctx: Any, left: Any, right: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(builder.fcmp_ordered(">", args[0], args[1]), ir.IntType(8))
        return builder.zext(bits, ir.IntType(64))

    return types.int64(F32X8, F32X8), codegen


def _greater_bits8_twin(left: Any, right: Any) -> int:
    return int(np.sum((left > right) * (1 << np.arange(LANES // 2))))


def _where_greater32_twin(left: Any, right: Any, yes: Any, no: Any) -> Any:
    return np.where(left > right, yes, no)


lower16: Any = _make_pick(F32X32, list(range(LANES)))
"""First 16 of 32 values: ``lower16(value)``."""
upper16: Any = _make_pick(F32X32, list(range(LANES, WIDE)))
"""Last 16 of 32 values: ``upper16(value)``."""
swapped16: Any = _make_pick(F32X16, [*range(LANES // 2, LANES), *range(LANES // 2)])
"""Last 8 of 16 values, then the first 8: ``swapped16(value)``."""
where_greater32: Any = _where_greater32_twin if config.DISABLE_JIT else _where_greater32
"""Take `yes` where ``left > right``, else `no`: ``where_greater32(left, right, yes, no)``."""
greater_bits8: Any = _greater_bits8_twin if config.DISABLE_JIT else _greater_bits8
"""Bits 0 to 7 of an integer, set where ``left > right``: ``greater_bits8(left, right)``; False for NaN."""
