#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every vendor's stream is heard as the sound that it is, whatever it is called; and what does not keep
the time that its rate would have it keep is not heard, and told with the remedy."""
import json
import os
import socket
import sys
import threading
import unittest
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import doubles  # noqa: E402
import vendors  # noqa: E402
from daemon import Daemon, replay  # noqa: E402
from sound import channels, linear, write_ulaw_wav  # noqa: E402

SECONDS = 6
# A sanitizer's daemon is too slow for this many streams at their pace: it is there to find faults.
SLOWED = bool(os.environ.get("UT_SANITIZE"))


def together(jobs):
    threads = [threading.Thread(target=job) for job in jobs]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


class Vendors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        caller, agent = channels()
        begin = 6 * 8000  # The caller speaks from here on.
        cls.caller, cls.agent = (c[begin:begin + SECONDS * 8000] for c in (caller, agent))
        cls.daemon = Daemon("--http", "127.0.0.1:0", "--audiosocket", "127.0.0.1:0", name="vendors")
        cls.http, cls.socket = cls.daemon.port("http"), cls.daemon.port("audiosocket")
        cls.daemon.wait_serving()

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.end() == 0, cls.daemon.logged()
        assert "+1312" not in cls.daemon.logged()

    def summary(self, call):
        self.daemon.wait_ended(call)
        return [e for e in self.daemon.of(call) if e["type"] == "summary"][0]

    def spoken(self):
        """Seconds that the caller speaks, by the replay of the same cut."""
        write_ulaw_wav("cut.wav", self.caller, self.agent)
        return [e for e in replay("cut.wav") if e["type"] == "summary"][0]["caller_speech_s"]

    def heard(self, call, spoken):
        summary = self.summary(call)
        with self.subTest(call):
            self.assertAlmostEqual(summary["duration_s"], SECONDS, delta=0.2)
            if not SLOWED:
                self.assertAlmostEqual(summary["caller_speech_s"], spoken, delta=0.5)
            self.assertFalse([e["problem"] for e in self.daemon.of(call) if e.get("problem")])

    def test_each_is_heard(self):
        spoken, codes = self.spoken(), {}
        self.assertGreater(spoken, 2)

        def run(name, play):
            codes[name] = play(self.http, name, self.caller, self.agent, 1.0)
        together([lambda n=name, p=play: run(n, p) for name, play in vendors.VENDORS.items()])
        for name in vendors.VENDORS:
            self.assertEqual(codes.get(name), 1000, name)
            self.heard(name, spoken)

    def test_two_at_once_by_way_of_another_program(self):
        """Texts have a byte order mark, come as bytes, in pieces or with names in capitals: they say the same.
        Of two calls of a vendor at once each is heard as its own."""
        quiet, ways, codes = b"\xff" * len(self.caller), ("mark", "bytes", "pieces", "capitals"), {}
        rows = [(f"{name}-{n}", way, play, sound) for way, (name, play) in zip(ways * 3, vendors.VENDORS.items())
                for n, sound in enumerate((self.caller, quiet))]

        def run(call, way, play, sound):
            vendors.Forwarded.way.now = way
            codes[call] = play(self.http, call, sound[:16000], quiet[:16000], 1.0)
        together([lambda row=row: run(*row) for row in rows])
        for call, way, _, sound in rows:
            with self.subTest(call, way=way):
                self.assertEqual(codes.get(call), 1000)
                summary = self.summary(call)
                self.assertAlmostEqual(summary["duration_s"], 2, delta=0.2)
                if not SLOWED:
                    self.assertEqual(summary["caller_speech_s"] > .5, sound is self.caller, summary)

    def test_g722_of_telnyx(self):
        """Silence by its coding: a byte is a sample at 8 kHz, and half a second is one."""
        self.assertEqual(vendors.telnyx("G722", 8000, bytes)(self.http, "g722", b"\xfa" * 16000,
                                                             b"\xfa" * 16000, 1.0), 1000)
        self.assertAlmostEqual(self.summary("g722")["duration_s"], 2, delta=0.05)

    def test_refused_by_name(self):
        refusals = [
            ("/media/twilio", ['{"event":"connected"}', '{"event":"start","start":{"callSid":"r1",'
             '"mediaFormat":{"encoding":"audio/opus","sampleRate":48000}}}'], "audio/opus at 48000 Hz is not read"),
            ("/media/fork", [vendors.MEDIA_START % ("g722", 160)], "the format g722 is not read: choose slin"),
            ("/media/fork", ['{"content-type":"audio/l16;rate=192000"}'], "sampleRate must be from 8000 to 96000"),
            ("/media/fork", ['{"sampleRate":8000,"mixType":"mixed"}'], "mixed voices are not scored")]
        for path, texts, reason in refusals:
            ws = vendors.WebSocket("127.0.0.1", self.http, path)
            for text in texts:
                ws.send(text)
            self.assertIsNone(ws.recv())
            ws.sock.close()
            self.assertIn(ws.close_code, (1003, 1008), reason)
            self.daemon.wait_logged(reason)

    def fork(self, call, sound):
        ws = vendors.WebSocket("127.0.0.1", self.http, "/media/fork")
        ws.send(json.dumps({"callSid": call, "sampleRate": 8000, "mixType": "mono"}))
        clock = doubles.Clock(1.0)
        for n, part in enumerate(doubles.frames(sound, 160)):
            clock.wait(n * 0.02)
            ws.send(linear(part))
        return ws

    def audiohook(self, call, sound, continues=None):
        hook = doubles.AudioHook(self.http, call)
        hook.continues = continues
        self.assertEqual(hook.open()["type"], "opened")
        hook.talk(sound, sound, 1.0)
        return hook

    def test_a_connection_that_is_made_again(self):
        """One call, one summary, and the time between the connections is lost. A call that has ended is
        another one, of the same caller: his calm voice is known."""
        third = len(self.caller) // 3
        one, two = self.caller[:third], self.caller[third:2 * third]

        def lost():
            self.fork("again-fork", one).sock.close()
            self.fork("again-fork", two).close()

        def unseen():  # The old connection is there still, as far as the daemon can see.
            old = self.audiohook("again-hook", one)
            new = self.audiohook("again-hook", two, [{"id": old.session, "clientSeq": 3, "serverSeq": 3}])
            self.assertEqual((old.ws.recv(), old.ws.close_code, new.close()), (None, 1000, 1000))

        def streamed():  # Each stream of Twilio's has an id of its own; the call's stays.
            for part, drops in ((one, True), (two, False)):
                doubles.twilio(self.http, "again-twilio", part, part, 1.0, drops=drops)

        def ended():
            self.fork("over", self.caller[:2 * third]).close()
            self.daemon.wait_ended("over")
            self.fork("over", two[:4000]).close()
        def twice():  # A name that is in use: another call, and nobody's sound is added to the first.
            first = self.fork("twice", one)
            self.fork("twice", b"\xff" * 16000).close()
            first.close()
        together([lost, unseen, streamed, ended, twice])
        if not SLOWED:
            self.assertGreater(self.summary("twice")["caller_speech_s"], .5)
        self.assertEqual(self.summary("twice-2")["caller_speech_s"], 0)
        log = self.daemon.logged()
        for call in ("again-fork", "again-hook", "again-twilio"):
            summary = self.summary(call)
            phases = [e["phase"] for e in self.daemon.of(call) if e["type"] == "call"]
            self.assertEqual((phases.count("started"), phases.count("ended")), (1, 1), phases)
            self.assertGreaterEqual(summary["duration_s"], 4)
            self.assertIn(f"a call goes on after its connection was lost\" call={call} ", log)
        self.daemon.wait_until(lambda events: 2 == len([e for e in events if e["call"] == "over" and
                                                        e["type"] == "summary"]))
        self.assertIn("a call goes on with another's baseline\" call=over", log)

    def asterisk(self, call, kind, sound, apart_s=0.02, size=160, pack=linear):
        """An AudioSocket leg that says one thing and may send another."""
        with socket.create_connection(("127.0.0.1", self.socket)) as s:
            s.sendall(b"\x01\x00\x10" + uuid.UUID(call).bytes)
            clock = doubles.Clock(1.0)
            for n, part in enumerate(doubles.frames(sound, size)):
                clock.wait(n * apart_s)
                pcm = pack(part)
                s.sendall(bytes([kind]) + len(pcm).to_bytes(2, "big") + pcm)
            s.sendall(b"\x00\x00\x00")

    def test_what_keeps_no_time(self):
        """Two seconds of the clock tell, which may be four of such sound, or six where the rates are nearer;
        from then on its time is lost. A sender whom a busy machine lets stand still is not told from one that
        pauses: it is heard again, alone."""
        def fork(meta, pack, pace=1.0):
            return lambda call: vendors.binary(['{"callSid":"{call}"' + meta + "}"], pack)(
                self.http, call, self.caller * (1 if pace == 1 else 2), b"", pace)

        def leg(kind, pack):
            return lambda call: self.asterisk(call, kind, self.caller, pack=pack)
        cases = [
            # Linear frames that hold mu-law, as older Asterisks send from Dial(); 16 kHz under the type of 8.
            (0xa00, leg(0x10, bytes), "come at 4000 a second, not at 8000", "G.711 under the name of linear sound; dial AudioSocket"),
            (0xa10, leg(0x10, vendors.wide), "come at 16000 a second, not at 8000", "c(slin)"),
            ("says-nothing", fork("", vendors.wide), "come at 16000 a second, not at 8000", "say sampleRate=16000"),
            ("says-twice", fork(',"sampleRate":16000', linear), "come at 8000 a second, not at 16000", "say sampleRate=8000"),
            ("says-ulaw", fork(',"format":"ulaw"', linear), "come at 16000 a second, not at 8000",
             "linear sound under the name of G.711; say format=slin"),
            # 8000 samples of a clip in the time of 12000, 11025 or 6000: so they are, by the clock.
            ("12000-as-8000", fork("", linear, 1.5), "come at 12000 a second, not at 8000", "say sampleRate=12000"),
            ("11025-as-8000", fork("", linear, 11025 / 8000), "come at 11025 a second, not at 8000", "say sampleRate=11025"),
            ("6000-as-8000", fork("", linear, .75), "come at 6000 a second, not at 8000", "send 8000 a second or more")]

        def name(case, n):
            return str(uuid.UUID(int=case + n)) if isinstance(case, int) else f"{case}-{n}"

        def told(call):
            self.daemon.wait_ended(call)
            return [e["problem"] for e in self.daemon.of(call) if e.get("problem")]
        together([lambda c=c: c[1](name(c[0], 0)) for c in cases])
        for case, play, rate, remedy in cases:
            call = name(case, 0)
            for n in range(1, 4):
                if told(call):
                    break
                call = name(case, n)
                play(call)
            with self.subTest(call):
                problem = " ".join(told(call))
                self.assertIn(rate, problem)
                self.assertIn(remedy, problem)
                events = self.daemon.of(call)
                self.assertFalse([e for e in events if e["type"] == "alert"])
                self.assertLess(self.summary(call)["duration_s"], 3 * SECONDS)
                if not SLOWED:
                    self.assertTrue([e for e in events if e.get("why") == "rate"])
                    self.assertFalse([e for e in events if e.get("why") == "gap"])
        self.assertIn("samples keep no time", self.daemon.logged())


if __name__ == "__main__":
    unittest.main()
