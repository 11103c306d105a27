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
from ports import free_port, free_ports  # noqa: E402
from sip_client import Client, Sender, sdp  # noqa: E402
from sound import ULAW, read_ulaw_wav, sample_call  # noqa: E402

# A sanitizer slows the peers' clocks against ours: then it is the sanitizer's word that counts.
SLOWED = bool(os.environ.get("UT_SANITIZE"))

need("baresip", "sipp", "rtpengine", "openssl")
PHONES = {"PCMU": ("PCMU/8000/1", 8000, 1, ""), "PCMA": ("PCMA/8000/1", 8000, 1, ""),
          "G722": ("G722/16000/1", 16000, 1, ""), "opus": ("opus/48000/2", 48000, 2, ""),
          "SRTP": ("PCMU/8000/1", 8000, 1, ";mediaenc=srtp-mand")}
SENDERS = ("siprec", "rtp", "rtpengine")
TRIES = 3


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


AFTER = ("t", "duration_s", "silence_s", "longest_silence_s", "long_silences", "abstain_s")


def without_the_end(events, end_s):
    """Without what tells of the time in which nothing came any more, until the call was given up."""
    kept = [e for e in events if e["type"] != "score" or e["t"] <= end_s]
    return [{k: v for k, v in e.items() if e["type"] in ("score", "alert") or k not in AFTER}
            for e in kept]


def alerts(events):
    return [(round(e["t"], 2), e["action"]) for e in events if e["type"] == "alert"]


class Peers(unittest.TestCase):
    """Everybody at once. Packets that are sent too late are lost, as in a live call: whose events differ
    from the replay's on a machine that did not keep pace has another try, with fewer beside it."""

    @classmethod
    def setUpClass(cls):
        cls.caller, cls.agent = read_ulaw_wav(sample_call())
        cls.expected = of_media(replay(sample_call()))
        for rate, channels in {(rate, channels) for _, rate, channels, _ in PHONES.values()}:
            write_wav(f"caller{rate}.wav", cls.caller, rate, channels)
        cls.expected_mono = of_media(replay("caller8000.wav", "--mono-is", "caller"))
        certificate("sip.pem")
        cls.sip, cls.tls = free_port(), free_port()
        cls.rtp = [free_port(), free_port()]
        cls.engine = Rtpengine()
        low = free_ports(100)
        cls.daemon = Daemon(
            "--sip", f"127.0.0.1:{cls.sip}", "--sip-tls", f"127.0.0.1:{cls.tls}",
            "--sip-cert", "sip.pem", "--sip-mono-is", "caller",
            "--rtp", f"127.0.0.1:{cls.rtp[0]},codec=PCMU,role=caller,call=desk",
            "--rtp", f"127.0.0.1:{cls.rtp[1]},codec=PCMU,role=agent,call=desk", "--rtp-idle", "3",
            "--rtpengine", f"127.0.0.1:{cls.engine.port}", "--rtpengine-role", "order:1=caller",
            "--rtp-port-min", str(low), "--rtp-port-max", str(low + 99), name="peers")
        cls.daemon.wait_serving()
        cls.call, cls.phone = {}, {}
        try:
            cls.carry((*PHONES, *SENDERS))
            for _ in range(TRIES - 1):
                differing = {who: cls.difference(who) for who in cls.call}
                differing = {who: what for who, what in differing.items() if what}
                if differing:
                    print("carried again, as they differ from the replay:", differing, flush=True)
                    cls.carry(differing)
        except BaseException:
            print(*(p.told() for p in cls.phone.values()), sep="\n", flush=True)
            raise
        cls.status = cls.daemon.end()
        cls.engine.end()

    @classmethod
    def carry(cls, whom):
        """Carries a call of each of these at the speed of a live one; their ids are then in cls.call."""
        for name in whom:
            if name in PHONES:
                cls.dial(name)
        began, ends, known = [], [], set(cls.started())
        for name in whom:
            if name in SENDERS:
                sockets, ports, end = getattr(cls, "begin_" + name)()
                began += zip((cls.caller, cls.agent), ports, sockets)
                ends.append(end)
        at = time.monotonic() + 0.2
        senders = [Sender(channel, port, sock=s, started=at) for channel, port, s in began]
        if len(whom) == len(PHONES) + len(SENDERS):
            cls.record_with_sipp()
        for s in senders:
            s.join()
        for name, end in zip((n for n in whom if n in SENDERS), ends):
            cls.call[name] = end() or [c for c in cls.started(name) if c not in known][-1]
        # The phones hang up when their file ends; static RTP is over when it has been idle.
        cls.daemon.wait_until(lambda events: all(
            any(e.get("phase") == "ended" and e["call"] == call for e in events)
            for call in (cls.call[name] for name in whom)), 240)
        for name in whom:
            if name in PHONES:
                cls.phone[name].end()

    @classmethod
    def dial(cls, name):
        """One phone after the other, so that it is known whose call it is."""
        codec, rate, _, account = PHONES[name]
        uri = f"sip:undertone@127.0.0.1:{cls.sip}"
        if "srtp" in account:
            uri = f"sip:undertone@127.0.0.1:{cls.tls};transport=tls"
        known = len(cls.started("sip"))
        cls.phone[name] = Baresip(name, uri, os.path.abspath(f"caller{rate}.wav"), codec, account)
        cls.phone[name].wait_established()
        cls.daemon.wait_until(lambda _: len(cls.started("sip")) > known)
        cls.call[name] = cls.started("sip")[-1]

    @classmethod
    def begin_siprec(cls):
        recorder = Client(cls.sip)
        ports = recorder.invite(sdp([20000, 20002])).ports()

        def end():
            recorder.request("BYE")
            return recorder.call_id
        return [None, None], ports, end

    @classmethod
    def begin_rtp(cls):
        return [None, None], cls.rtp, lambda: None

    @classmethod
    def begin_rtpengine(cls):
        known = cls.started("rtpengine")
        call_id = f"forked{len(known)}"
        legs = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for leg in legs:
            leg.bind(("127.0.0.1", 0))
        to = cls.engine.call(call_id, *(x.getsockname()[1] for x in legs))
        cls.daemon.wait_until(lambda _: len(cls.started("rtpengine")) > len(known))
        return legs, to, lambda: cls.engine.ask(
            command="delete", call_id=call_id, from_tag="caller", delete_delay=0) and None

    @classmethod
    def record_with_sipp(cls):
        cls.sipp = subprocess.run(
            ["sipp", "-sf", f"{SOURCE}/tests/loopback/siprec.xml", "-i", "127.0.0.1", "-bind_local",
             "-p", str(free_port()), "-mi", "127.0.0.1", "-mp", str(free_ports(8)), "-m", "1",
             "-nostdin", "-trace_err", f"127.0.0.1:{cls.sip}"], capture_output=True, timeout=180)

    @classmethod
    def started(cls, source=None):
        return [e["call"] for e in cls.daemon.events
                if e.get("phase") == "started" and source in (None, e["source"])]

    @classmethod
    def difference(cls, who):
        """How its last call differs from what the replay gives, or None."""
        events = cls.daemon.of(cls.call[who])
        got = of_media(events)
        if SLOWED:
            return None if got[-1]["type"] == "summary" else "no summary"
        if who in SENDERS:
            end_s = len(cls.caller) / 8000
            found = near(without_the_end(got, end_s), without_the_end(cls.expected, end_s))
            return found and f"{found}\n{alerts(got)} against {alerts(cls.expected)}"
        # The same alerts, at most a turn of the caller apart: a codec and the phone's own silence change
        # evidence a little, and where it is near the threshold that is the difference between two turns.
        # baresip begins and ends with some silence of its own.
        got, wanted, duration_s = alerts(got), alerts(cls.expected_mono), got[-1]["duration_s"]
        if abs(duration_s - len(cls.caller) / 8000) > 1.5:
            return f"{duration_s} s"
        if [a for _, a in got] != [a for _, a in wanted] or any(
                abs(t - w) > 8 for (t, _), (w, _) in zip(got, wanted)):
            return f"{got} against {wanted}"
        return None

    def test_end(self):
        self.assertEqual(self.status, 0)
        self.assertNotIn("inline:", self.daemon.logged())

    def test_senders(self):
        for who in SENDERS:
            with self.subTest(who):
                self.assertIsNone(self.difference(who))

    def test_sipp(self):
        self.assertEqual(self.sipp.returncode, 0, self.sipp)

    def test_baresip(self):
        for who in PHONES:
            with self.subTest(who):
                self.assertIsNone(self.difference(who), self.phone[who].told())


if __name__ == "__main__":
    unittest.main()
