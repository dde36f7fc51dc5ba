"""An explicit SIMD vector type for Numba.

LLVM does not vectorise short loops over the last axis reliably, because Numba cannot promise that arrays do not overlap.
Here a value of type `Lanes` is an LLVM vector such as ``<8 x float>``: one load, one addition, one store are one
instruction each. Arrays are addressed by the flat position of the first element, so a kernel over rows of 16 lanes writes
``load8(rows, 16 * i)`` and ``load8(rows, 16 * i + 8)``. Positions are not checked.

With ``NUMBA_DISABLE_JIT=1`` the same names are plain NumPy functions on short arrays: slow, and easy to step through.
"""

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import errors
from numba.core.extending import intrinsic, models, register_model
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature

LANES = 16
"""DM trials side by side in the last axis of a search array: 16 float32 are one cache line."""

_FLAGS = ("reassoc", "contract", "arcp", "nsz")


class Lanes(types.Type):
    """Numba type of a vector of `count` float32, uint8, uint16 or uint32 values."""

    def __init__(self, kind: str, count: int) -> None:
        self.kind = kind
        self.count = count
        super().__init__(name=f"{kind}x{count}")

    @property
    def element(self) -> Any:
        """LLVM type of one value."""
        return {"f32": ir.FloatType(), "u8": ir.IntType(8), "u16": ir.IntType(16), "u32": ir.IntType(32)}[self.kind]

    @property
    def dtype(self) -> Any:
        """NumPy type of one value."""
        return {"f32": np.float32, "u8": np.uint8, "u16": np.uint16, "u32": np.uint32}[self.kind]

    @property
    def vector(self) -> Any:
        """LLVM type of the whole vector."""
        return ir.VectorType(self.element, self.count)


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, fe_type: Lanes) -> None:
        super().__init__(manager, fe_type, fe_type.vector)


def pointer_to(context: Any, builder: Any, array_type: Any, array: Any, position: Any, vector: Any) -> Any:
    """Return LLVM code for the address of a vector that begins at a value of an array."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [position]), vector.as_pointer())


def _splatted(builder: Any, value: Any, vector: Any) -> Any:
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count))


def _stored_type(lanes: Lanes, array: Any) -> Any:
    """Return the LLVM type of the elements of an array that is loaded as `lanes`, or refuse the array."""
    narrower = {types.float32: ("f32",), types.uint8: ("u8", "u16", "u32", "f32"), types.uint16: ("u16", "u32")}
    if not isinstance(array, types.Array) or array.layout != "C" or lanes.kind not in narrower.get(array.dtype, ()):
        raise errors.TypingError(
            f"found {array} to load as {lanes}, expected a C-contiguous array of such or narrower values"
        )
    return {types.float32: ir.FloatType(), types.uint8: ir.IntType(8), types.uint16: ir.IntType(16)}[array.dtype]


def make_load(lanes: Lanes) -> Any:
    """Make a load of consecutive values of an array; narrower unsigned values are widened, and bytes made float32."""

    @intrinsic
    def load(typingctx: Any, array: Any, position: Any) -> Any:
        stored = _stored_type(lanes, array)

        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            packed = ir.VectorType(stored, lanes.count)
            value = builder.load(pointer_to(context, builder, sig.args[0], args[0], args[1], packed))
            value.align = 1
            if stored == lanes.element:
                return value
            return (builder.uitofp if lanes.kind == "f32" else builder.zext)(value, lanes.vector)

        return lanes(array, types.intp), codegen

    def twin(array: Any, position: int) -> Any:
        return array.reshape(-1)[position : position + lanes.count].astype(lanes.dtype)

    return twin if config.DISABLE_JIT else load


def make_store(lanes: Lanes) -> Any:
    """Make a store of a vector to consecutive values of an array of the same kind."""

    @intrinsic
    def store(typingctx: Any, array: Any, position: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            done = builder.store(args[2], pointer_to(context, builder, sig.args[0], args[0], args[1], lanes.vector))
            done.align = 1
            return context.get_dummy_value()

        return types.none(array, types.intp, lanes), codegen

    def twin(array: Any, position: int, value: Any) -> None:
        array.reshape(-1)[position : position + lanes.count] = value

    return twin if config.DISABLE_JIT else store


def make_splat(lanes: Lanes, scalar: Any) -> Any:
    """Make a vector of which all values are one number."""

    @intrinsic
    def splat(typingctx: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return _splatted(builder, args[0], lanes.vector)

        return lanes(scalar), codegen

    def twin(value: Any) -> Any:
        return np.full(lanes.count, value, lanes.dtype)

    return twin if config.DISABLE_JIT else splat


F32X8 = Lanes("f32", 8)
F32X16 = Lanes("f32", 16)
U8X64 = Lanes("u8", 64)
U16X32 = Lanes("u16", 32)
U32X16 = Lanes("u32", 16)

load8: Any = make_load(F32X8)
"""Load 8 float32, or 8 uint8 as float32: ``load8(array, position)``; `position` counts the elements of the flat array."""
store8: Any = make_store(F32X8)
"""Store 8 float32: ``store8(array, position, value)``."""
splat8: Any = make_splat(F32X8, types.float32)
"""Make 8 equal float32: ``splat8(number)``."""
load16: Any = make_load(F32X16)
"""Load 16 float32, as `load8`."""
store16: Any = make_store(F32X16)
"""Store 16 float32, as `store8`."""
splat16: Any = make_splat(F32X16, types.float32)
"""Make 16 equal float32, as `splat8`."""
load_u8: Any = make_load(U8X64)
"""Load 64 uint8, as `load8`."""
store_u8: Any = make_store(U8X64)
"""Store 64 uint8, as `store8`."""
load_u16: Any = make_load(U16X32)
"""Load 32 uint16, or 32 uint8 and widen them, as `load8`."""
store_u16: Any = make_store(U16X32)
"""Store 32 uint16, as `store8`."""
load_u32: Any = make_load(U32X16)
"""Load 16 uint16 or uint8 and widen them to uint32, as `load8`."""
splat_u32: Any = make_splat(U32X16, types.uint32)
"""Make 16 equal uint32, as `splat8`."""


def _define_operator(symbol: Any, instruction: str) -> None:
    """Teach Numba `symbol` (say ``operator.add``) for two vectors of the same type."""

    @infer_global(symbol)
    class _Typing(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) == 2 and isinstance(args[0], Lanes) and args[0] == args[1]:
                return signature(args[0], *args)
            return None

    @lower_builtin(symbol, Lanes, Lanes)
    def _lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if sig.args[0].kind == "f32":
            return getattr(builder, "f" + instruction)(args[0], args[1], flags=_FLAGS)
        return getattr(builder, instruction)(args[0], args[1])


_define_operator(operator.add, "add")
_define_operator(operator.sub, "sub")
_define_operator(operator.mul, "mul")


@intrinsic
def _to_float16(typingctx: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.uitofp(args[0], F32X16.vector)

    return F32X16(U32X16), codegen


@intrinsic
def _greater_bits16(typingctx: Any, left: Any, right: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(builder.fcmp_ordered(">", args[0], args[1]), ir.IntType(16))
        return builder.zext(bits, ir.IntType(64))

    return types.int64(F32X16, F32X16), codegen


@intrinsic
def _where_greater16(typingctx: Any, left: Any, right: Any, yes: Any, no: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[2], args[3])

    return F32X16(F32X16, F32X16, F32X16, F32X16), codegen


@intrinsic
def _ends_u8(typingctx: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        one, two = (ir.Constant(U8X64.vector, [number] * U8X64.count) for number in (1, 2))
        # Of all bytes plus one, modulo 256, only those of 255 and 0 are below two.
        return builder.zext(builder.icmp_unsigned("<", builder.add(args[0], one), two), U8X64.vector)

    return U8X64(U8X64), codegen


def _interleave(builder: Any, rows: list[Any], distance: int, width: int) -> list[Any]:
    """Exchange blocks of `width` columns between rows `distance` apart: one of the four steps of a 16 x 16 transposition."""
    keep = [i if not i & width else 16 + (i ^ width) for i in range(16)]
    move = [(i ^ width) if not i & width else 16 + i for i in range(16)]
    masks = [ir.Constant(ir.VectorType(ir.IntType(32), 16), mask) for mask in (keep, move)]
    out = list(rows)
    for i in range(16):
        if not i & distance:
            pair = rows[i], rows[i ^ distance]
            out[i], out[i ^ distance] = (builder.shuffle_vector(*pair, mask) for mask in masks)
    return out


def make_store_transposed(*, is_streaming: bool) -> Any:
    """Make a transposition of 16 x 16 float32; a streaming one goes past the caches to whole cache lines."""

    @intrinsic
    def store(typingctx: Any, source: Any, position: Any, stride: Any, target: Any, target_position: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            vector, word = F32X16.vector, args[1].type
            rows = []
            for i in range(16):
                start = builder.add(args[1], builder.mul(args[2], ir.Constant(word, i)))
                row = builder.load(pointer_to(context, builder, sig.args[0], args[0], start, vector))
                row.align = 1
                rows.append(row)
            for step in (1, 2, 4, 8):
                rows = _interleave(builder, rows, step, step)
            for i in range(16):
                start = builder.add(args[4], ir.Constant(word, 16 * i))
                done = builder.store(rows[i], pointer_to(context, builder, sig.args[3], args[3], start, vector))
                done.align = 64 if is_streaming else 1
                if is_streaming:
                    done.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
            return context.get_dummy_value()

        return types.none(source, types.intp, types.intp, target, types.intp), codegen

    return _store_transposed_twin if config.DISABLE_JIT else store


def _to_float16_twin(value: Any) -> Any:
    return value.astype(np.float32)


def _greater_bits16_twin(left: Any, right: Any) -> int:
    return int(np.sum((left > right) * (1 << np.arange(LANES))))


def _where_greater16_twin(left: Any, right: Any, yes: Any, no: Any) -> Any:
    return np.where(left > right, yes, no)


def _ends_u8_twin(value: Any) -> Any:
    return ((value == 0) | (value == 255)).astype(np.uint8)


def _store_transposed_twin(source: Any, position: int, stride: int, target: Any, target_position: int) -> None:
    flat = source.reshape(-1)
    rows = np.stack([flat[position + i * stride : position + i * stride + LANES] for i in range(LANES)])
    target.reshape(-1)[target_position : target_position + LANES * LANES] = rows.T.reshape(-1)


to_float16: Any = _to_float16_twin if config.DISABLE_JIT else _to_float16
"""Turn 16 uint32 into 16 float32: ``to_float16(value)``."""
greater_bits16: Any = _greater_bits16_twin if config.DISABLE_JIT else _greater_bits16
"""Bits 0 to 15 of an integer, set where ``left > right``: ``greater_bits16(left, right)``; False for NaN."""
where_greater16: Any = _where_greater16_twin if config.DISABLE_JIT else _where_greater16
"""Take `yes` where ``left > right``, else `no`: ``where_greater16(left, right, yes, no)``."""
ends_u8: Any = _ends_u8_twin if config.DISABLE_JIT else _ends_u8
"""1 where a byte is 0 or 255, the ends of what it can hold, else 0: ``ends_u8(value)``."""
store_transposed: Any = make_store_transposed(is_streaming=False)
"""Transpose 16 x 16 float32: rows `stride` apart in `source` become 16 consecutive rows of lanes in `target`.

``store_transposed(source, position, stride, target, target_position)``
"""
