"""Rice compression by the description in the FITS standard, bit by bit, in text of zeros and ones."""

import numpy as np
from numpy.typing import NDArray

CODES = {1: (3, 7), 2: (4, 15), 4: (5, 26)}
"""Bits of a code, and the code of blocks that are stored as they are, by bytes of an integer."""


def encode(values: list[int], width: int, block_length: int = 32) -> bytes:
    """Compress unsigned integers of `width` bytes, each block by the code that makes it shortest."""
    code_bits, raw_code = CODES[width]
    modulus = 2 ** (8 * width)
    text = f"{values[0]:0{8 * width}b}"
    differences = [(after - before) % modulus for before, after in zip([values[0], *values], values, strict=False)]
    folded = [2 * d if d < modulus // 2 else 2 * (modulus - d) - 1 for d in differences]
    for start in range(0, len(folded), block_length):
        block = folded[start : start + block_length]
        sizes = {code: sum((value >> (code - 1)) + code for value in block) for code in range(1, raw_code)}
        code = min(sizes, key=lambda each: sizes[each])
        if not any(block):
            code = 0
        elif sizes[code] >= 8 * width * len(block):
            code = raw_code
        text += f"{code:0{code_bits}b}" + "".join(_encode_one(value, code, raw_code, 8 * width) for value in block)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[start : start + 8], 2) for start in range(0, len(text), 8))


def _encode_one(folded: int, code: int, raw_code: int, nbits: int) -> str:
    if code == 0:
        return ""
    if code == raw_code:
        return f"{folded:0{nbits}b}"
    lower = f"{folded % 2 ** (code - 1):0{code - 1}b}" if code > 1 else ""
    return "0" * (folded >> (code - 1)) + "1" + lower


def decode(packed: bytes, width: int, nvalues: int, block_length: int = 32) -> NDArray[np.int64]:
    """Decompress unsigned integers of `width` bytes."""
    code_bits, raw_code = CODES[width]
    text = "".join(f"{byte:08b}" for byte in packed)
    last, text = int(text[: 8 * width], 2), text[8 * width :]
    values = []
    for start in range(0, nvalues, block_length):
        code, text = int(text[:code_bits], 2), text[code_bits:]
        for _ in range(min(block_length, nvalues - start)):
            folded = 0
            if code == raw_code:
                folded, text = int(text[: 8 * width], 2), text[8 * width :]
            elif code > 0:
                upper = text.index("1")
                folded = int("0" + text[upper + 1 : upper + code], 2) + (upper << (code - 1))
                text = text[upper + code :]
            difference = -(folded + 1) // 2 if folded % 2 else folded // 2
            last = (last + difference) % 2 ** (8 * width)
            values.append(last)
    return np.array(values, np.int64)
