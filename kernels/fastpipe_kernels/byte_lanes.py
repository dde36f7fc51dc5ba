"""Vectors of 64 values for data that are bytes in memory: 64 bytes are one cache line.

As float32 they take four registers of the widest kind; each instruction of such a loop comes four times or more, independent
of itself.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core.extending import intrinsic

from fastpipe_kernels.lanes import U8X64, Lanes, make_load, make_splat, make_store, pointer_to

BLOCK = 64
"""Values of a vector; rows and columns of a block of bytes that is transposed."""

_PART = BLOCK // 4
"""Rows of a block that are transposed together, and bytes of the parts of a vector that stay together meanwhile."""

LARGEST_FINITE = np.float32(1e30)
"""Values beyond this count as not finite, so that the sum over any band is finite.

Numba's isfinite() subtracts a value from itself, which the compiler may take for zero.
"""

F32X64 = Lanes("f32", BLOCK)

load64: Any = make_load(F32X64)
"""Load 64 float32, or 64 uint8 as float32: ``load64(array, position)``, as `lanes.load8`."""
store64: Any = make_store(F32X64)
"""Store 64 float32, as `lanes.store8`."""
splat64: Any = make_splat(F32X64, types.float32)
"""Make 64 equal float32, as `lanes.splat8`."""


def _constant(value: float) -> Any:
    return ir.Constant(F32X64.vector, [value] * BLOCK)


@intrinsic
def _floor_bytes64(typingctx: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        clipped = args[0]
        for test, limit in ((">", _constant(0.0)), ("<", _constant(255.0))):
            clipped = builder.select(builder.fcmp_ordered(test, clipped, limit), clipped, limit)
        return builder.trunc(builder.fptosi(clipped, ir.VectorType(ir.IntType(32), BLOCK)), U8X64.vector)

    return U8X64(F32X64), codegen


@intrinsic
def _finite64(typingctx: Any, array: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if sig.args[0].dtype == types.uint8:
            return args[1]
        below = builder.fcmp_ordered("<=", args[1], _constant(float(LARGEST_FINITE)))
        above = builder.fcmp_ordered(">=", args[1], _constant(-float(LARGEST_FINITE)))
        return builder.select(builder.and_(below, above), args[1], _constant(0.0))

    return F32X64(array, F32X64), codegen


def _load_lines(builder: Any, pointer: Any, count: int) -> list[Any]:
    """Load `count` vectors of bytes; `pointer` makes the address of each from its number."""
    lines = []
    for i in range(count):
        line = builder.load(pointer(i))
        line.align = 1
        lines.append(line)
    return lines


def _shuffled(builder: Any, left: Any, right: Any, places: list[int]) -> Any:
    return builder.shuffle_vector(left, right, ir.Constant(ir.VectorType(ir.IntType(32), BLOCK), places))


@intrinsic
def _transpose_parts(typingctx: Any, source: Any, position: Any, stride: Any, target: Any, target_position: Any) -> Any:
    # Bytes of two rows by turns, from the first or from the second half of each part of 16 bytes.
    low = [_PART * part + i // 2 + BLOCK * (i % 2) for part in range(4) for i in range(_PART)]
    high = [place + _PART // 2 for place in low]

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = args[1].type

        def row(i: int) -> Any:
            start = builder.add(args[1], builder.mul(args[2], ir.Constant(word, i)))
            return pointer_to(context, builder, sig.args[0], args[0], start, U8X64.vector)

        rows = _load_lines(builder, row, _PART)
        for _ in range(4):
            pairs = [(rows[i // 2], rows[i // 2 + _PART // 2]) for i in range(_PART)]
            rows = [_shuffled(builder, *pair, high if i % 2 else low) for i, pair in enumerate(pairs)]
        for i in range(_PART):
            start = builder.add(args[4], ir.Constant(word, BLOCK * i))
            builder.store(rows[i], pointer_to(context, builder, sig.args[3], args[3], start, U8X64.vector)).align = 1
        return context.get_dummy_value()

    return types.none(source, types.intp, types.intp, target, types.intp), codegen


def make_store_lines(*, is_streaming: bool) -> Any:
    """Make a store of four lines of parts; a streaming one goes past the caches to whole cache lines."""
    even = [_PART * part + i for part in (0, 2, 4, 6) for i in range(_PART)]
    odd = [place + _PART for place in even]

    @intrinsic
    def store(typingctx: Any, source: Any, row: Any, places: Any, first: Any, out: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            word = args[1].type

            def line(i: int) -> Any:
                start = builder.add(builder.mul(args[1], ir.Constant(word, BLOCK)), ir.Constant(word, _PART * BLOCK * i))
                return pointer_to(context, builder, sig.args[0], args[0], start, U8X64.vector)

            a, b, c, d = _load_lines(builder, line, 4)
            halves = [(_shuffled(builder, a, b, half), _shuffled(builder, c, d, half)) for half in (even, odd)]
            # The parts 0 and 2 of all lines, then 1 and 3.
            lines = [_shuffled(builder, *halves[i % 2], odd if i >= 2 else even) for i in range(4)]
            for i, value in enumerate(lines):
                index = builder.add(args[1], ir.Constant(word, _PART * i))
                place = builder.load(pointer_to(context, builder, sig.args[2], args[2], index, word))
                start = builder.add(place, args[3])
                done = builder.store(value, pointer_to(context, builder, sig.args[4], args[4], start, U8X64.vector))
                done.align = BLOCK if is_streaming else 1
                if is_streaming:
                    done.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
            return context.get_dummy_value()

        return types.none(source, types.intp, places, types.intp, out), codegen

    return _store_lines_twin if config.DISABLE_JIT else store


def _floor_bytes64_twin(value: Any) -> Any:
    return np.clip(value, 0.0, 255.0).astype(np.uint8)


def _finite64_twin(array: Any, value: Any) -> Any:
    return np.where(np.abs(value) <= LARGEST_FINITE, value, np.float32(0.0))


def _transpose_parts_twin(source: Any, position: int, stride: int, target: Any, target_position: int) -> None:
    rows = np.stack([source.reshape(-1)[position + i * stride :][:BLOCK] for i in range(_PART)])
    parts = rows.reshape(_PART, 4, _PART).transpose(2, 1, 0)
    target.reshape(-1)[target_position : target_position + _PART * BLOCK] = parts.reshape(-1)


def _store_lines_twin(source: Any, row: int, places: Any, first: int, out: Any) -> None:
    parts = source.reshape(4, _PART, 4, _PART)[:, row]
    for i in range(4):
        start = places[row + _PART * i] + first
        out.reshape(-1)[start : start + BLOCK] = parts[:, i].reshape(-1)


floor_bytes64: Any = _floor_bytes64_twin if config.DISABLE_JIT else _floor_bytes64
"""Clip 64 float32 to 0..255 and cut off what is behind the point: ``floor_bytes64(value)``; NaN becomes 0 or 255."""
finite64: Any = _finite64_twin if config.DISABLE_JIT else _finite64
"""64 values made from an array, 0 where they are NaN or beyond 1e30: ``finite64(array, value)``.

Those made from bytes are left as they are: nothing is lost there to begin with, and no time either.
"""
transpose_parts: Any = _transpose_parts_twin if config.DISABLE_JIT else _transpose_parts
"""Transpose 16 rows of 64 bytes, `stride` apart in `source`, into 16 consecutive rows of `target`.

``transpose_parts(source, position, stride, target, target_position)``: byte 16 p + i of row k of the result is byte
16 p + k of row i.
"""
store_lines: Any = make_store_lines(is_streaming=False)
"""Put together four rows of a transposed block of 64 x 64 bytes and store each at its place.

``store_lines(source, row, places, first, out)``: `source` holds four results of `transpose_parts`, one after the other;
the rows `row`, `row` + 16, `row` + 32 and `row` + 48 of the transposed block go to ``out[places[...] + first]``.
"""
stream_lines: Any = make_store_lines(is_streaming=True)
"""`store_lines` past the caches; the addresses must be multiples of 64."""
