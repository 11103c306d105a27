#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Calls through a real rtpengine: one that rings, one whose codec changes, their ends, and no
rtpengine at all."""
import os
import re
import socket
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, api  # noqa: E402
from patience import PATIENCE_S  # noqa: E402
from peers import Rtpengine, need  # noqa: E402
from player import stream  # noqa: E402
from ports import free_ports  # noqa: E402
from sound import ALAW_OF_ULAW, channels  # noqa: E402

need("rtpengine")


def sdp(port, pt=0):
    name = "PCMA" if pt == 8 else "PCMU"
    return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {pt}\r\na=rtpmap:{pt} {name}/8000\r\na=sendrecv\r\n")


class Call:
    """Two phones that talk through rtpengine, and the proxy between them."""

    def __init__(self, engine, call_id):
        self.engine, self.id, self.to = engine, call_id, {}
        self.legs = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for leg in self.legs:
            leg.bind(("127.0.0.1", 0))
        self.sent = 0

    def offer(self, pt=0, **known):
        self.ask(1, command="offer", sdp=sdp(self.port(0), pt), **known)

    def answer(self, pt=0):
        self.ask(0, command="answer", sdp=sdp(self.port(1), pt), to_tag="answers")

    def ask(self, leg, **fields):
        """What is answered is where the other one sends to."""
        told = self.engine.ask(call_id=self.id, from_tag="began", **fields)
        self.to[leg] = int(re.search(rb"m=audio (\d+)", told).group(1))

    def port(self, leg):
        return self.legs[leg].getsockname()[1]

    def talk(self, sounds, seconds, pt=0):
        """Both play on from where they were."""
        began = time.monotonic()
        pieces = [list(stream(x, ssrc=100 + n, pt=pt))[self.sent:self.sent + int(seconds * 50)]
                  for n, x in enumerate(sounds)]
        for n, pair in enumerate(zip(*pieces)):
            time.sleep(max(0.0, began + n / 50 - time.monotonic()))
            for leg, (_, data) in enumerate(pair):
                self.legs[leg].sendto(data, ("127.0.0.1", self.to[leg]))
        self.sent += int(seconds * 50)

    def delete(self):
        self.engine.ask(command="delete", call_id=self.id, from_tag="began")


class Forks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine, low = Rtpengine(), free_ports(100)
        cls.daemon = Daemon("--rtpengine", f"127.0.0.1:{cls.engine.port}", "--rtpengine-role",
                            "order:1=caller", "--http", "127.0.0.1:0", "--rtp-port-min", str(low),
                            "--rtp-port-max", str(low + 99), name="forks")
        cls.daemon.wait_logged("msg=serving")
        cls.sounds = channels()

    def test_a_call_that_rings(self):
        """It is there from its offer on, and has one leg until it is answered: both are heard."""
        call = Call(self.engine, "rings")
        call.offer()
        time.sleep(2.5)
        self.assertEqual(self.daemon.of("rings"), [])
        call.answer()
        started = self.daemon.wait(lambda e: e["call"] == "rings")
        self.assertEqual((started["channels"], started["phase"]), (2, "started"))
        self.daemon.first_key()
        told = api(self.daemon.port("http"), "/calls/rings")
        self.assertEqual(told[1].get("replaces"), "rings;to-tag=began;from-tag=answers", told)
        call.talk(self.sounds, 10)
        at = time.monotonic()
        call.delete()  # rtpengine lists it for half a minute more.
        self.assertEqual(self.daemon.wait_ended("rings")["reason"], "bye")
        self.assertLess(time.monotonic() - at, 20)
        turns = [e for e in self.daemon.of("rings") if e["type"] == "turns"][0]
        self.assertGreater(turns["caller_talk_s"], 3)
        self.assertGreater(turns["agent_talk_s"], 3)
        self.daemon.wait_logged_like(r"call ended.*call=rings.*PCMU")

    def test_another_codec(self):
        call = Call(self.engine, "codec")
        call.offer()
        call.answer()
        self.daemon.wait(lambda e: e["call"] == "codec")
        call.talk(self.sounds, 6)
        call.offer(8, to_tag="answers")
        call.answer(8)
        call.talk([x.translate(ALAW_OF_ULAW) for x in self.sounds], 12, 8)
        call.delete()
        self.daemon.wait_ended("codec")
        events = self.daemon.of("codec")
        heard = [e for e in events if e["type"] == "score" and e["t"] <= 17]
        self.assertNotIn("gap", [e.get("why") for e in heard])
        self.assertEqual(len([e for e in events if e.get("phase") == "ended"]), 1)
        self.assertEqual(self.daemon.metric("undertone_packets_unknown_payload_total"), 0)

    def test_zz_rtpengine_goes(self):
        self.engine.end()
        url = f"http://127.0.0.1:{self.daemon.port('http')}/readyz"
        self.daemon.wait_logged("rtpengine does not answer", PATIENCE_S)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url)
        self.assertEqual(refused.exception.code, 503)
        self.assertIn(b"rtpengine at", refused.exception.read())
        self.assertEqual(self.daemon.metric("undertone_problems"), 1)
        self.assertEqual(self.daemon.end(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
