#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Calls off the wire: `serve --sniff lo` hears what two others say to each other, and is no party."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from capture import sdp  # noqa: E402
from daemon import UNDERTONE, Daemon, api  # noqa: E402
from peers import Answering, Baresip, may_sniff, need  # noqa: E402
from ports import free_ports  # noqa: E402
from sound import linear, read_ulaw_wav, sample_call, write_wav  # noqa: E402


class Phone:
    """One end of a call, by hand: a socket for SIP and one for RTP."""

    def __init__(self, port):
        self.sip, self.rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self.sip.bind(("127.0.0.1", port))
        self.rtp.bind(("127.0.0.1", port + 1))
        self.port = port

    def say(self, to, call_id, start, method="INVITE", body="", to_tag="", extra=""):
        text = (f"{start}\r\nVia: SIP/2.0/UDP x\r\nFrom: <sip:1001@x>;tag=A\r\nTo: <sip:2002@x>{to_tag}\r\n"
                f"Call-ID: {call_id}\r\nCSeq: 1 {method}\r\n{extra}")
        if body:
            text += "Content-Type: application/sdp\r\n"
        self.sip.sendto(f"{text}Content-Length: {len(body)}\r\n\r\n{body}".encode(), ("127.0.0.1", to.port))

    def close(self):
        self.sip.close()
        self.rtp.close()


class Sniff(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not may_sniff():
            print("skipped: no right to listen on an interface (CAP_NET_RAW)")
            raise SystemExit(77)
        cls.caller, cls.agent = read_ulaw_wav(sample_call())

    def serve(self, first, count, *args, name="sniff"):
        """What goes by on these ports alone: other tests talk on lo as well."""
        daemon = Daemon("--http", "127.0.0.1:0", "--sniff", f"lo,filter=portrange {first}-{first + count - 1}",
                        *args, name=name)
        self.addCleanup(daemon.close)
        daemon.wait_serving()
        return daemon

    def phones(self, n):
        first = free_ports(2 * n)
        made = [Phone(first + 2 * i) for i in range(n)]
        for phone in made:
            self.addCleanup(phone.close)
        return first, made

    def invite(self, a, b, call_id, pt="0", maps=""):
        line = dict(types=pt, maps=maps)
        a.say(b, call_id, "INVITE sip:2002@x SIP/2.0", body=sdp("127.0.0.1", a.port + 1, **line))
        b.say(a, call_id, "SIP/2.0 200 OK", to_tag=";tag=B", body=sdp("127.0.0.1", b.port + 1, **line))

    def talk(self, ends, seconds, pt=0, ts=0, seq=0, start=0):
        """ends: rows of from, to and voice; each packet at its time."""
        began = time.monotonic()
        for n in range(int(seconds * 50)):
            time.sleep(max(0, began + n * 0.02 - time.monotonic()))
            for i, (a, b, voice) in enumerate(ends):
                head = struct.pack("!BBHII", 0x80, pt, seq + n, ts + n * 160, a.port)
                at = start + n * 160
                a.rtp.sendto(head + voice[at:at + 160], ("127.0.0.1", b.port + 1))

    def test_two_softphones(self):
        """A real call, to its alert: 1 is who called, and the other one is never scored."""
        need("baresip")
        write_wav("caller.wav", self.caller)
        write_wav("agent.wav", self.agent)
        first = free_ports(64)
        daemon = self.serve(first, 64, "--sniff-role", "order:1=caller")
        self.addCleanup(Answering("answers", "agent.wav", first).end)
        calls = Baresip("calls", f"sip:agent@127.0.0.1:{first}", "caller.wav", "PCMU/8000/1")
        self.addCleanup(calls.end)
        calls.wait_established()
        begun = daemon.wait(lambda e: e["type"] == "call" and e["source"] == "sniff")
        self.assertEqual((begun["agent"], begun["source"]), ("agent", "sniff"), begun)
        daemon.first_key()
        replaces = api(daemon.port("http"), "/calls/" + begun["call"])[1].get("replaces", "")
        self.assertRegex(replaces, "^" + begun["call"] + ";to-tag=[0-9a-f]+;from-tag=[0-9a-f]+$")
        alert = daemon.wait(lambda e: e["type"] == "alert", timeout=120)
        # The caller's turn before the alert's ends a hair under the threshold: phones that begin a moment apart
        # may have it over.
        self.assertTrue(39 < alert["t"] < 48.5, alert)
        daemon.wait_ended(begun["call"], timeout=120)
        events = daemon.of(begun["call"])
        self.assertEqual(len({e["call"] for e in daemon.events}), 1)
        self.assertEqual(sum(e["type"] == "alert" and e["action"] == "raised" for e in events), 1)
        summary = next(e for e in events if e["type"] == "summary")
        self.assertGreater(summary["caller_speech_s"], 5)

    def test_hold_codec_and_bye(self):
        """A payload type that changes its meaning, and the end at BYE."""
        first, (a, b) = self.phones(2)
        daemon = self.serve(first, 4, "--sniff-role", "aor:sip:1*=caller")
        ends = (a, b, self.caller), (b, a, self.agent)
        self.invite(a, b, "one@x", "96", "a=rtpmap:96 PCMU/8000\r\n")
        self.talk(ends, 3, pt=96)
        self.invite(a, b, "one@x", "96", "a=rtpmap:96 L16/8000\r\n")
        wide = [(p, q, linear(v)[:320 * 100]) for p, q, v in ends]
        swapped = [(p, q, bytes(x for i in range(0, len(v), 2) for x in (v[i + 1], v[i]))) for p, q, v in wide]
        began = time.monotonic()
        for n in range(100):
            time.sleep(max(0, began + n * 0.02 - time.monotonic()))
            for p, q, v in swapped:
                head = struct.pack("!BBHII", 0x80, 96, 150 + n, 24000 + n * 160, p.port)
                p.rtp.sendto(head + v[n * 320:(n + 1) * 320], ("127.0.0.1", q.port + 1))
        call = daemon.wait(lambda e: e["type"] == "call")["call"]
        a.say(b, "one@x", "BYE sip:2002@x SIP/2.0", "BYE", to_tag=";tag=B")
        ended = daemon.wait_ended(call)
        self.assertEqual((call, ended["reason"]), ("one@x", "bye"))
        summary = next(e for e in daemon.of(call) if e["type"] == "summary")
        self.assertAlmostEqual(summary["duration_s"], 5, delta=0.7)
        daemon.wait_metric('undertone_ingress_accepted_total{kind="sniff"}', lambda n: n == 1)
        self.assertEqual(daemon.metric('undertone_ingress_dropped_total{kind="sniff"}'), 0)

    def test_both_legs_through_a_pbx(self):
        """A PBX between two telephones has two calls; they are one, the first."""
        first, (a, x, y, b) = self.phones(4)
        daemon = self.serve(first, 8, "--sniff-role", "order:1=caller")
        self.invite(a, x, "leg1@x")
        self.invite(y, b, "leg2@x")
        self.talk(((a, x, self.caller), (y, b, self.caller), (b, y, self.agent), (x, a, self.agent)), 4)
        daemon.wait(lambda e: e["type"] == "call" and e["call"] == "leg1@x")
        daemon.wait_metric('undertone_ingress_other_legs_total{kind="sniff"}', lambda n: n == 1)
        self.assertEqual({e["call"] for e in daemon.events}, {"leg1@x"})

    def test_nobody_says_who_is_who(self):
        """Shown, and not scored; and so is RTP that no SIP explains."""
        first, (a, b, c, d) = self.phones(4)
        daemon = self.serve(first, 8)
        self.invite(a, b, "two@x")
        self.talk(((a, b, self.caller), (b, a, self.agent), (c, d, self.caller[80:]), (d, c, self.agent[80:])), 8)
        daemon.wait(lambda e: e["type"] == "call" and e["call"] == "two@x")
        daemon.wait(lambda e: e["type"] == "call" and e["call"] != "two@x")
        self.assertFalse([e for e in daemon.events if e["type"] == "score" and e.get("stress") is not None])
        daemon.wait_logged("nobody says who the caller is")

    def test_srtp_is_told(self):
        first, (a, b) = self.phones(2)
        daemon = self.serve(first, 4)
        secret = dict(proto="RTP/SAVP", maps="a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n")
        a.say(b, "s@x", "INVITE sip:2002@x SIP/2.0", body=sdp("127.0.0.1", a.port + 1, **secret))
        b.say(a, "s@x", "SIP/2.0 200 OK", body=sdp("127.0.0.1", b.port + 1, **secret))
        self.talk(((a, b, self.caller),), 1)
        daemon.wait_metric('undertone_ingress_encrypted_total{kind="sniff"}', lambda n: n == 1)
        self.assertEqual(daemon.events, [])

    def test_an_interface_that_comes_and_goes(self):
        name = f"ut{os.getpid() % 100000}"

        def link(*args):
            return subprocess.run(["ip", "link", *args], capture_output=True).returncode == 0
        daemon = Daemon("--http", "127.0.0.1:0", "--sniff", name, name="gone")
        self.addCleanup(daemon.close)
        daemon.wait_serving()
        daemon.wait_logged("is not there; there are: ")
        down = 'undertone_ingress_down{kind="sniff"}'
        self.assertEqual(daemon.metric(down), 1)
        if not shutil.which("ip") or not link("add", name, "type", "bridge"):
            self.skipTest("no right to make an interface")
        self.addCleanup(link, "del", name)
        link("set", name, "up")
        daemon.wait_metric(down, lambda n: n == 0, timeout=20)
        link("set", name, "down")
        daemon.wait_metric(down, lambda n: n == 1, timeout=20)
        link("set", name, "up")
        daemon.wait_metric(down, lambda n: n == 0, timeout=20)

    def test_refusals(self):
        rows = {"lo,filter=udp and (": "does not understand", "lo,speed=3": "knows only filter=", ",": "names no interface"}
        for spec, words in rows.items():
            done = subprocess.run([UNDERTONE, "serve", "--http", "127.0.0.1:0", "--sniff", spec], capture_output=True,
                                  text=True, timeout=60)
            self.assertNotEqual(done.returncode, 0, spec)
            self.assertIn(words, done.stderr)
        done = subprocess.run([UNDERTONE, "serve", "--http", "127.0.0.1:0", "--sniff", "lo", "--sniff", "lo,filter=udp"],
                              capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("is there twice", done.stderr)
        if os.geteuid() == 0 and shutil.which("setpriv"):
            done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", UNDERTONE, "serve", "--http",
                                   "127.0.0.1:0", "--sniff", "lo"], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode != 0, True)
            self.assertIn("may not be opened: give the program the capability", done.stderr)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
