#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real peers carry the sample call into `undertone serve`, all at once: baresip with PCMU, PCMA,
G722, Opus and SRTP, sipp as SIPREC client, rtpengine forking a call, static RTP. The events must be
those of `undertone replay` on the same call."""
import array
import os
import socket
import subprocess
import sys
import time
import unittest
import wave

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, SOURCE, near, of_media, replay  # noqa: E402
from peers import Baresip, Rtpengine, certificate, need  # noqa: E402
from sip_client import Client, Sender, free_port, sdp  # noqa: E402
from sound import ULAW, read_ulaw_wav, sample_call  # noqa: E402

# A sanitizer slows the peers' clocks against ours: then it is the sanitizer's word that counts.
SLOWED = bool(os.environ.get("UT_SANITIZE"))

need("baresip", "sipp", "rtpengine", "openssl")
CODECS = [("PCMU", "PCMU/8000/1", 8000, 1, ""), ("PCMA", "PCMA/8000/1", 8000, 1, ""),
          ("G722", "G722/16000/1", 16000, 1, ""), ("opus", "opus/48000/2", 48000, 2, ""),
          ("SRTP", "PCMU/8000/1", 8000, 1, ";mediaenc=srtp-mand")]


def write_wav(path, ulaw, rate, channels):
    """The call as a softphone would play it: baresip wants the codec's own rate and channels. Between
    the samples it is linear: what that adds lies above the telephone's band."""
    pcm, step = [ULAW[c] for c in ulaw], rate // 8000
    out = array.array("h")
    for a, b in zip(pcm, pcm[1:] + [0]):
        for k in range(step):
            out.extend([(a * (step - k) + b * k) // step] * channels)
    with wave.open(path, "wb") as w:
        w.setparams((channels, 2, rate, 0, "NONE", ""))
        w.writeframes(out.tobytes())


def alerts(events):
    return [(round(e["t"], 2), e["action"]) for e in events if e["type"] == "alert"]


class Peers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.caller, cls.agent = read_ulaw_wav(sample_call())
        cls.expected = of_media(replay(sample_call()))
        for rate, channels in {(c[2], c[3]) for c in CODECS}:
            write_wav(f"caller{rate}.wav", cls.caller, rate, channels)
        cls.expected_mono = of_media(replay("caller8000.wav", "--mono-is", "caller"))
        certificate("sip.pem")
        cls.sip, cls.tls = free_port(), free_port()
        cls.rtp = [free_port(), free_port()]
        cls.engine = Rtpengine()
        low = 25000 + 100 * (os.getpid() % 50)
        cls.daemon = Daemon(
            "--sip", f"127.0.0.1:{cls.sip}", "--sip-tls", f"127.0.0.1:{cls.tls}",
            "--sip-cert", "sip.pem", "--sip-mono-is", "caller",
            "--rtp", f"127.0.0.1:{cls.rtp[0]},codec=PCMU,role=caller,call=desk",
            "--rtp", f"127.0.0.1:{cls.rtp[1]},codec=PCMU,role=agent,call=desk", "--rtp-idle", "3",
            "--rtpengine", f"127.0.0.1:{cls.engine.port}", "--rtpengine-role", "order:1=caller",
            "--rtp-port-min", str(low), "--rtp-port-max", str(low + 99), name="peers")
        cls.daemon.wait_serving()  # A phone that is refused does not dial again.
        cls.carry()

    @classmethod
    def carry(cls):
        """Everybody at once, at the speed of a live call."""
        phones = []
        for n, (name, codec, rate, _, account) in enumerate(CODECS):
            uri = f"sip:undertone@127.0.0.1:{cls.sip}"
            if name == "SRTP":
                uri = f"sip:undertone@127.0.0.1:{cls.tls};transport=tls"
            phones.append(Baresip(name, uri, os.path.abspath(f"caller{rate}.wav"), codec,
                                  27000 + 40 * n, account))
        recorder = Client(cls.sip)
        ports = recorder.invite(sdp([20000, 20002])).ports()
        legs = []
        for _ in range(2):
            legs.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            legs[-1].bind(("127.0.0.1", 0))
        to = cls.engine.call("forked", *(x.getsockname()[1] for x in legs))
        cls.daemon.wait(lambda e: e.get("phase") == "started" and e["source"] == "rtpengine")
        started = time.monotonic() + 0.2
        senders = [Sender(c, p, started=started) for pair in (ports, cls.rtp)
                   for c, p in zip((cls.caller, cls.agent), pair)]
        senders += [Sender(c, p, sock=s, started=started)
                    for c, p, s in zip((cls.caller, cls.agent), to, legs)]
        sipp = subprocess.run(
            ["sipp", "-sf", f"{SOURCE}/tests/loopback/siprec.xml", "-i", "127.0.0.1", "-bind_local",
             "-p", str(free_port()), "-mi", "127.0.0.1", "-mp", "26400", "-m", "1", "-nostdin",
             "-trace_err", f"127.0.0.1:{cls.sip}"], capture_output=True, timeout=60)
        cls.sipp = sipp.returncode
        for s in senders:
            s.join()
        recorder.request("BYE")
        cls.engine.ask(command="delete", call_id="forked", from_tag="caller", delete_delay=0)
        cls.recorded = recorder.call_id
        # The phones hang up when their file ends; static RTP is over when it has been idle.
        cls.daemon.wait_until(lambda events: cls.phases(events, "ended") >= len(CODECS) + 4 and
                              cls.phases(events, "started") == cls.phases(events, "ended"), 120)
        for p in phones:
            p.end()
        cls.status = cls.daemon.end()
        cls.engine.end()

    @staticmethod
    def phases(events, phase):
        return sum(e.get("phase") == phase for e in events)

    def calls(self, source):
        return [e["call"] for e in self.daemon.events
                if e.get("phase") == "started" and e["source"] == source]

    def check(self, call, expected):
        got = of_media(self.daemon.of(call))
        if SLOWED:
            self.assertEqual(got[-1]["type"], "summary")
            return
        found = near(got, expected)
        self.assertIsNone(found, f"{found}\n{alerts(got)} against {alerts(expected)}")

    def test_end(self):
        self.assertEqual(self.status, 0)
        self.assertNotIn("inline:", self.daemon.logged())

    def test_siprec(self):
        self.check(self.recorded, self.expected)

    def test_static_rtp(self):
        self.check(self.calls("rtp")[0], self.expected)

    def test_rtpengine(self):
        self.check(self.calls("rtpengine")[0], self.expected)

    def test_sipp(self):
        self.assertEqual(self.sipp, 0)

    def test_baresip(self):
        """Each phone's call by its order: the same alerts, at most a turn of the caller apart.

        A codec and the phone's own silence change evidence a little, and where it is near the
        threshold that is the difference between two turns.
        """
        calls = self.calls("sip")
        self.assertEqual(len(calls), len(CODECS))
        wanted = alerts(self.expected_mono)
        for call in calls:
            got = self.daemon.of(call)
            summary = [e for e in got if e["type"] == "summary"][0]
            if SLOWED:
                continue
            # baresip begins and ends with some silence of its own.
            self.assertAlmostEqual(summary["duration_s"], len(self.caller) / 8000, delta=1.5)
            self.assertEqual([a for _, a in alerts(got)], [a for _, a in wanted])
            for (t, _), (w, _) in zip(alerts(got), wanted):
                self.assertAlmostEqual(t, w, delta=8)


if __name__ == "__main__":
    unittest.main()
