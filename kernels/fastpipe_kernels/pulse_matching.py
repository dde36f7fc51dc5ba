"""Matched filter of folded profiles, given by their harmonics, with pulses of many widths at many places."""

from typing import Any

import numpy as np

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.lanes import LANES, greater_bits16, load16, splat16, store16, where_greater16

SNR, WIDTH, PLACE = range(3)
"""Rows of what `match_pulses` finds."""
_MOST_BETWEEN = 1.03
"""Factor by which the top between two places is larger than the larger one at most."""


@kernel
def _try_places(scaled: Any, nharm: int, waves: Any, nplaces: int, found: Any) -> None:
    """Sum harmonics at all places of a turn: ``found[p] = sum over k of re_k cos(2 pi k p / n) - im_k sin(2 pi k p / n)``.

    Four places that mirror each other share the sums over odd and even harmonics, of cosines and of sines.
    """
    nothing = splat16(np.float32(0))
    half = nplaces // 2
    for place in range(nplaces // 4 + 1):
        odd_cos, odd_sin, even_cos, even_sin = nothing, nothing, nothing, nothing
        odd, even, twice = place, 2 * place % nplaces, 2 * place
        for row in range(0, 2 * nharm, 4):
            odd_cos = odd_cos + load16(scaled, LANES * row) * splat16(waves[0, odd])
            odd_sin = odd_sin + load16(scaled, LANES * (row + 1)) * splat16(waves[1, odd])
            even_cos = even_cos + load16(scaled, LANES * (row + 2)) * splat16(waves[0, even])
            even_sin = even_sin + load16(scaled, LANES * (row + 3)) * splat16(waves[1, even])
            odd += twice if odd + twice < nplaces else twice - nplaces
            even += twice if even + twice < nplaces else twice - nplaces
        cosines, sines = even_cos + odd_cos, even_sin + odd_sin
        store16(found, LANES * place, cosines - sines)
        store16(found, LANES * ((nplaces - place) % nplaces), cosines + sines)
        cosines, sines = even_cos - odd_cos, even_sin - odd_sin
        store16(found, LANES * (place + half), cosines - sines)
        store16(found, LANES * (half - place), cosines + sines)


@kernel
def _find_tops(found: Any, nplaces: int, tops: Any) -> None:
    """Write the largest value of each lane to ``tops[0]`` and its place to ``tops[1]``."""
    top, at = load16(found, 0), splat16(np.float32(0))
    for place in range(1, nplaces):
        value = load16(found, LANES * place)
        at = where_greater16(value, top, splat16(np.float32(place)), at)
        top = where_greater16(value, top, value, top)
    store16(tops, 0, top)
    store16(tops, LANES, at)


@kernel
def match_pulses(harmonics: Any, shapes: Any, waves: Any, counts: Any, scratch: Any, best: Any) -> None:
    """Find the best pulse of each profile: the largest sum of ``shapes[w, k] Re(harmonics[k, i] e^(2 pi i k p / n))``.

    Sums run over k; all widths w and the n places p of each are tried. `harmonics` complex128 ``[nharm, nprofiles]``, k from
    1 on; `shapes` float32 ``[nwidths, nharm]``; `waves` float32 ``[nwidths, 2, nplaces]``: cosine and sine of the places of
    a turn; `counts` int64 ``[nwidths, 2]``: harmonics and places (even, at least 4) of each width, wide ones first;
    `scratch` float32 ``[4 nharm + 4 + nplaces, 16]``; `best` float64 ``[3, nprofiles]``, overwritten: value, number of the
    width, and place in turns, of the top of the parabola through the largest value and its neighbours. Costs
    nplaces nharm / 2 multiplications and additions a width, for 16 profiles at once.
    """
    nharm, nprofiles = harmonics.shape
    loaded, scaled = scratch[: 2 * nharm], scratch[2 * nharm : 4 * nharm + 2]
    tops, found = scratch[4 * nharm + 2 : 4 * nharm + 4], scratch[4 * nharm + 4 :]
    limit = np.empty((1, LANES), np.float32)
    for first in range(0, nprofiles, LANES):
        count = min(LANES, nprofiles - first)
        loaded[:] = np.float32(0)
        for k in range(nharm):
            for lane in range(count):
                loaded[2 * k, lane] = harmonics[k, first + lane].real
                loaded[2 * k + 1, lane] = harmonics[k, first + lane].imag
        limit[:] = np.float32(-np.inf)
        for width in range(len(counts)):
            used, nplaces = counts[width]
            for k in range(used):
                factor = splat16(shapes[width, k])
                store16(scaled, 2 * LANES * k, load16(loaded, 2 * LANES * k) * factor)
                store16(scaled, 2 * LANES * k + LANES, load16(loaded, 2 * LANES * k + LANES) * factor)
            # Harmonics go in pairs.
            scaled[2 * used : 2 * used + 2] = np.float32(0)
            _try_places(scaled, used, waves[width], nplaces, found)
            _find_tops(found, nplaces, tops)
            bits = greater_bits16(load16(tops, 0) * splat16(np.float32(_MOST_BETWEEN)), load16(limit, 0))
            for lane in range(count):
                if (bits >> lane) & 1:
                    place = int(tops[1, lane])
                    before, at = found[(place - 1) % nplaces, lane], float(tops[0, lane])
                    after = found[(place + 1) % nplaces, lane]
                    slope, bend = float(after) - float(before), max(2.0 * at - float(before) - float(after), 1e-30)
                    snr = at + slope**2 / (8.0 * bend)
                    if snr > limit[0, lane]:
                        limit[0, lane] = snr
                        best[SNR, first + lane] = snr
                        best[WIDTH, first + lane] = width
                        best[PLACE, first + lane] = (place + slope / (2.0 * bend)) / nplaces % 1.0
