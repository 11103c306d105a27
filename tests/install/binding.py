#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Python binding on a sample: however the samples come, the events are the same, and they are right."""
import os
import struct
import sys

SOURCE = os.environ["UT_SOURCE"]
sys.path.insert(0, os.path.join(SOURCE, "tools/python"))
sys.path.insert(0, os.path.join(SOURCE, "tests/loopback"))
import undertone  # noqa: E402
from sound import decode, read_ulaw_wav  # noqa: E402


def main():
    caller, agent = read_ulaw_wav(os.path.join(SOURCE, "samples/escalating-en.wav"))[:2]
    table = [struct.pack("=h", decode(b)) for b in range(256)]
    pcm = [b"".join(table[b] for b in side) for side in (caller, agent)]
    ways = {}
    for way in ("ulaw", "s16", "interleaved"):
        call, events = undertone.Call(8000, 8000, "py"), []
        for at in range(0, len(caller), 1000):
            if way == "ulaw":
                events += call.push_ulaw(undertone.CALLER, caller[at:at + 1000])
                events += call.push_ulaw(undertone.AGENT, agent[at:at + 1000])
            elif way == "s16":
                events += call.push(undertone.CALLER, pcm[0][2 * at:2 * at + 2000])
                events += call.push(undertone.AGENT, pcm[1][2 * at:2 * at + 2000])
            else:
                pairs = zip(struct.iter_unpack("=h", pcm[0][2 * at:2 * at + 2000]),
                            struct.iter_unpack("=h", pcm[1][2 * at:2 * at + 2000]))
                events += call.push_interleaved(b"".join(struct.pack("=hh", c[0], a[0]) for c, a in pairs))
        ways[way] = events + call.end()
    assert ways["ulaw"] == ways["s16"] == ways["interleaved"]
    alerts = [e for e in ways["ulaw"] if e["type"] == "alert"]
    assert [a["action"] for a in alerts] == ["raised"] and abs(alerts[0]["t"] - 41.2) < 2, alerts
    assert ways["ulaw"][-1]["type"] == "summary" and ways["ulaw"][-1]["alerts"] == 1
    for rates in ((7, 0), (0, 0), (8000, 10**6)):
        try:
            undertone.Call(*rates)
            raise AssertionError(f"{rates} were taken")
        except undertone.Error as e:
            assert str(e)


main()
