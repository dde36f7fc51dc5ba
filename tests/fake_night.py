"""The summary of a night in which a bit of everything happened."""

import math

from fastpipe.data.night_summary import ExpectedPulsar, NightCandidate, NightRow, NightSummary, RowStatus, SharedInterference

START_UNIX_S = 1.79e9
HOSTILE = "<script>alert(\"x\")</script> & 'quoted'"


def _row(beam: int, status: RowStatus = "done", **values: object) -> NightRow:
    done = {"exit_code": 0, "nattempts": 1, "wall_s": 241.3, "cpu_s": 3100.0, "tobs_s": 300.0, "masked_fraction": 0.061}
    found = done | {"ncandidates": 12, "nshared": 2} if status == "done" else {}
    fixed = {"name": f"J1924+1230_tracking-M{beam:02d}", "source": "J1924+1230", "beam": beam, "nbytes": 25 * 10**9}
    return NightRow(**(fixed | {"status": status, "reason": ""} | found | values))


def _candidate(cand_id: int, beam: int, period_s: float, snr: float, score: float, **values: object) -> NightCandidate:
    fixed = {
        "observation": f"J1924+1230_tracking-M{beam:02d}",
        "dm": 48.0 + cand_id,
        "log10_fap": 4.0 - snr,
        "known_pulsar": "",
    }
    given = fixed | {"beams": (beam,), "warning": ""} | values
    return NightCandidate(cand_id=cand_id, beam=beam, period_s=period_s, snr=snr, score=score, **given)


def _pulsar(name: str, beam: int, reason: str, **values: object) -> ExpectedPulsar:
    fixed = {
        "is_seen": False,
        "is_alarm": False,
        "distance_arcmin": 0.7,
        "period_s": 0.226,
        "dm": 159.0,
        "flux_1400_mjy": 3.2,
    }
    return ExpectedPulsar(
        name=name, observation=f"J1924+1230_tracking-M{beam:02d}", beam=beam, reason=reason, **(fixed | values)
    )


def fake_night(*, is_over: bool = True) -> NightSummary:
    """19 beams: one with a bad file, one that failed, one not complete, one mostly interference."""
    odd = {
        4: _row(4, masked_fraction=0.63, ncandidates=3),
        9: _row(
            9, "failed", reason="found 2.1 GiB of memory, expected at least 3.4GiB; give more", exit_code=6, nattempts=2
        ),
        12: _row(12, "quarantined", reason=f"found {HOSTILE}, expected a recording; give one"),
        19: _row(19, "waiting", reason="serial numbers 3 and 4 are missing"),
    }
    if not is_over:
        odd |= {17: _row(17, "running"), 18: _row(18, "pending")}
    candidates = [
        _candidate(1, 3, 0.2265174, 88.0, 1.0, known_pulsar="B1933+16"),
        _candidate(2, 7, 0.0923077, 48.5, 0.98, beams=(7, 17, 6)),
        _candidate(3, 1, 1.337302, 12.1, 0.71, warning="follows its pulse"),
        _candidate(4, 2, 0.0016, math.nan, 0.05),
    ]
    noise = [_candidate(5 + place, 1 + place % 16, 0.1 + 0.0173 * place, 6.0, 0.2) for place in range(25)]
    return NightSummary(
        inbox=f"/data/nights/20261122 {HOSTILE}",
        start_unix_s=START_UNIX_S,
        updated_unix_s=START_UNIX_S + 19_000,
        is_over=is_over,
        rows=tuple(odd.get(beam) or _row(beam) for beam in range(1, 20)),
        candidates=(*candidates, *noise),
        pulsars=(
            _pulsar("J1925+1241", 5, "should be seen: it is 12 times as bright as needed", is_alarm=True),
            _pulsar("B1933+16", 3, "S/N 88.0", is_seen=True, flux_1400_mjy=42.0),
            _pulsar("J1924+1231", 1, "too faint: about 0.21 mJy would be seen", flux_1400_mjy=0.03),
        ),
        interference=(
            SharedInterference(period_s=0.2371, dm=11.0, beams=tuple(range(1, 15))),
            SharedInterference(period_s=0.0213, dm=3.0, beams=(2, 9, 16)),
        ),
        remarks=("92.30773 ms in beams 7, 17, 6 fits a source 3.9' west and 4.4' south of beam 1.",),
    )
