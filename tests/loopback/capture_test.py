#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`undertone replay` on captures: the events must be those of the same call as a recording."""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from capture import SHIMS, TUNNELS, Capture, call, sdp  # noqa: E402
from daemon import UNDERTONE, near, of_media, replay  # noqa: E402
from sip_client import METADATA  # noqa: E402
from sound import read_ulaw_wav, sample_call, write_ulaw_wav  # noqa: E402


def run(path, *args):
    done = subprocess.run([UNDERTONE, "replay", "--json", *args, path], capture_output=True, text=True,
                          timeout=120)
    return done.returncode, [json.loads(x) for x in done.stdout.splitlines()], done.stderr


def ulaw_to_alaw(u):
    """Through 16 bits: ITU-T G.711."""
    u = ~u & 0xff
    t = (((u & 0x0f) << 3) + 0x84 << ((u & 0x70) >> 4)) - 0x84
    mask, x = (0xd5, t >> 3) if not u & 0x80 else (0x55, max(t >> 3, 1) - 1)
    segment = next((n for n, end in enumerate((0x1f, 0x3f, 0x7f, 0xff, 0x1ff, 0x3ff, 0x7ff, 0xfff)) if x <= end), 8)
    low = x >> 1 if segment < 2 else x >> segment
    return (segment << 4 | low & 0x0f) ^ mask if segment < 8 else 0x7f ^ mask


class Captures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        path = sample_call()
        if not os.path.exists(path):
            raise unittest.SkipTest("no sample call")
        caller, agent = read_ulaw_wav(path)
        cls.caller, cls.agent = caller[:len(caller) // 160 * 160], agent[:len(agent) // 160 * 160]
        write_ulaw_wav("call.wav", cls.caller, cls.agent)
        cls.wanted = of_media(replay("call.wav"))
        # A short one, for the many shapes of files.
        cls.short = cls.caller[:64000], cls.agent[:64000]
        write_ulaw_wav("short.wav", *cls.short)
        cls.short_wanted = of_media(replay("short.wav"))

    def same(self, events, wanted):
        difference = near(of_media(events), wanted)
        self.assertIsNone(difference)

    def test_the_whole_call(self):
        c = Capture()
        call(c, 1000.25, "one@x", self.caller, self.agent)
        status, events, errors = run(c.pcap("whole.pcap"))
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual((events[0]["caller_channel"], events[0]["agent_channel"]), (1, 2))
        self.same(events, self.wanted)
        alerts = [e for e in events if e["type"] == "alert"]
        self.assertEqual([(e["action"], e["t"]) for e in alerts],
                         [(e["action"], e["t"]) for e in self.wanted if e["type"] == "alert"])

    def test_every_shape_of_file(self):
        for kind in ("ethernet", "vlan", "qinq", "cooked", "cooked2", "raw", "null"):
            for write in ("pcap", "nano", "big", "pcapng", "pcapng-big"):
                if write != "pcap" and kind != "ethernet":
                    continue
                with self.subTest(kind, write=write):
                    c = Capture(kind)
                    call(c, 7.0, "s@x", *self.short)
                    path = f"{kind}-{write}.cap"
                    if write.startswith("pcapng"):
                        c.pcapng(path, big=write.endswith("big"))
                    else:
                        c.pcap(path, nano=write == "nano", big=write == "big")
                    status, events, errors = run(path)
                    self.assertEqual(errors, "")
                    self.same(events, self.short_wanted)

    def test_mirror_ports_and_tunnels(self):
        for kind in (*TUNNELS, *SHIMS):
            with self.subTest(kind):
                c = Capture(kind)
                call(c, 7.0, "t@x", *self.short)
                status, events, errors = run(c.pcap(kind.replace(" ", "-") + ".cap"))
                self.assertEqual((errors, events[0]["caller_channel"]), ("", 1))
                self.same(events, self.short_wanted)

    def test_tunnels_in_tunnels(self):
        """Four, one in the other, are read; eight are told."""
        for deep, is_read in ((4, True), (8, False)):
            c = Capture("ip in ip")
            call(c, 7.0, "deep@x", *self.short)
            for i, (t, kind, frame) in enumerate(c.packets):
                packet = frame[14:]
                for _ in range(deep - 1):
                    packet = TUNNELS["ip in ip"](packet)
                c.packets[i] = (t, kind, frame[:14] + packet)
            status, events, errors = run(c.pcap(f"deep-{deep}.pcap"))
            if is_read:
                self.assertEqual(errors, "")
                self.same(events, self.short_wanted)
            else:
                self.assertEqual((status, events), (1, []))
                self.assertIn("in more tunnels than four", errors)

    def test_fragments(self):
        """Every packet in pieces, the last piece first: IPv4, IPv6, and within a tunnel."""
        for kind, hosts in (("ethernet", {}), ("gre", {}), ("ethernet", {"a": "2001:db8::1", "b": "2001:db8::2"})):
            with self.subTest(kind, **hosts):
                c = Capture(kind, mtu=120)
                call(c, 7.0, "f@x", *self.short, **hosts)
                status, events, errors = run(c.pcap("pieces.pcap"))
                self.assertEqual((errors, events[0]["caller_channel"]), ("", 1))
                self.same(events, self.short_wanted)

    def test_ipv6(self):
        c = Capture()
        call(c, 7.0, "six@x", *self.short, a="2001:db8::1", b="2001:db8::2")
        self.same(run(c.pcap("six.pcap"))[1], self.short_wanted)

    def test_sip_over_tcp(self):
        """Messages in several segments, some of them twice; the ports alone would not tell who is who."""
        c = Capture(over_tcp=True)
        call(c, 7.0, "tcp@x" + "x" * 90, *self.short)
        status, events, errors = run(c.pcap("tcp.pcap"))
        self.assertEqual((status, errors, events[0]["caller_channel"]), (0, "", 1))
        self.same(events, self.short_wanted)

    def siprec(self, capture, t, ports, direction="sendonly", cseq=1):
        """INVITE of a recording client with two audio lines, and the recording server's 200."""
        src, srs = ("192.0.2.1", 5060), ("192.0.2.9", 5060)
        head = "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\n"
        line = "m=audio {0} RTP/AVP 0\r\na={1}\r\na=label:{2}\r\n"
        offer = head.format(src[0]) + "".join(line.format(p, direction, n) for n, p in enumerate(ports[0]))
        body = (f"--b1\r\nContent-Type: application/rs-metadata+xml\r\n\r\n{METADATA}\r\n--b1\r\n"
                f"Content-Type: application/sdp\r\n\r\n{offer}\r\n--b1--\r\n")
        capture.sip(t, src, srs, "rec@x", "INVITE sip:srs@x SIP/2.0", "A", body,
                    "Require: siprec\r\n", "multipart/mixed;boundary=b1")
        back = "inactive" if direction == "inactive" else "recvonly"
        capture.sip(t + 0.1, srs, src, "rec@x", "SIP/2.0 200 OK", "A", head.format(srs[0]) +
                    "".join(line.format(p, back, n) for n, p in enumerate(ports[1])))

    def test_siprec(self):
        """Both voices come from the recording client: the lines of the offer tell them apart."""
        for over_tcp in (False, True):
            with self.subTest(over_tcp=over_tcp):
                c = Capture(over_tcp=over_tcp)
                ports = (4000, 4002), (6000, 6002)
                self.siprec(c, 7.0, ports)
                for n, voice in enumerate(self.short):
                    c.rtp(7.6, ("192.0.2.1", ports[0][n]), ("192.0.2.9", ports[1][n]), voice, ssrc=n)
                status, events, errors = run(c.pcap(f"siprec{int(over_tcp)}.pcap"))
                self.assertEqual(status, 3)
                self.assertIn("--caller-channel", errors)
                status, events, errors = run(f"siprec{int(over_tcp)}.pcap", "--caller-channel", "1")
                self.same(events, self.short_wanted)

    def test_hold_and_resume(self):
        """Held for 3 s in the middle: the time goes by as silence, and is no gap of the line's."""
        for over_tcp in (False, True):
            with self.subTest(over_tcp=over_tcp):
                c = Capture(over_tcp=over_tcp)
                a, b = ("192.0.2.1", 4000), ("192.0.2.2", 5000)
                call(c, 7.0, "hold@x", self.short[0][:32000], self.short[1][:32000])
                for t, direction in ((11.6, "inactive"), (14.6, "sendrecv")):
                    c.sip(t, ("192.0.2.1", 5060), ("192.0.2.2", 5060), "hold@x",
                          "INVITE sip:agent@x SIP/2.0", "A", sdp(*a, direction=direction))
                    c.sip(t + 0.01, ("192.0.2.2", 5060), ("192.0.2.1", 5060), "hold@x",
                          "SIP/2.0 200 OK", "A", sdp(*b, direction=direction))
                later = dict(seq=1200, ts=160000 + 7 * 8000)
                c.rtp(14.6, a, b, self.short[0][32000:], ssrc=11, **later)
                c.rtp(14.6, b, a, self.short[1][32000:], ssrc=22, **later)
                _, events, errors = run(c.pcap("hold.pcap"))
                self.assertEqual(errors, "")
                write_ulaw_wav("quiet.wav", *(v[:32000] + b"\xff" * 24000 + v[32000:] for v in self.short))
                self.assertAlmostEqual(events[-1]["duration_s"], 11.0, delta=0.1)
                self.same(events, of_media(replay("quiet.wav")))
                self.assertNotIn("gap", {e.get("why") for e in events})

    def test_behind_nat(self):
        c = Capture()
        call(c, 7.0, "nat@x", *self.short, b="10.0.0.9", seen="203.0.113.9")
        status, events, _ = run(c.pcap("nat.pcap"))
        self.assertEqual(events[0]["caller_channel"], 1)
        self.same(events, self.short_wanted)

    def test_a_stranger_on_the_same_port(self):
        """RTP of others to the port that a call has named, at another host: not that call's voice."""
        c = Capture()
        self.offer_and_answer(c, 7, sdp("192.0.2.1", 4000), sdp("192.0.2.2", 5000))
        c.rtp(7.6, ("192.0.2.2", 5000), ("192.0.2.1", 4000), self.short[1], ssrc=22)
        c.rtp(7.6, ("198.51.100.7", 6000), ("198.51.100.8", 5000), self.short[0], ssrc=11)
        _, events, _ = run(c.pcap("stranger.pcap"))
        formats = [(e["format"], e["channels"]) for e in events if e["type"] == "call"]
        self.assertEqual(formats, [("capture, SIP and RTP", 1), ("capture, RTP without signalling", 1)])

    def test_two_calls(self):
        c = Capture()
        call(c, 10.0, "first@x", *self.short)
        call(c, 12.0, "second@x", self.short[1], self.short[0], a="192.0.2.7", ports=(4100, 5100))
        status, events, _ = run(c.pcap("two.pcap"))
        ids = [e["call"] for e in events if e["type"] == "call"]
        self.assertEqual(ids, ["two", "two:2"])
        self.same([e for e in events if e["call"] == "two"], self.short_wanted)

    def test_tuning_on_a_capture(self):
        def table(*args):
            done = subprocess.run([UNDERTONE, "tune", "--json", *args], capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)
        c = Capture()
        for n, voices in enumerate(((self.caller, self.agent), self.short, (self.caller, self.agent))):
            call(c, 10.0 + 100 * n, f"{n}@x", *voices, a=f"192.0.2.{7 + n}", ports=(4000 + 100 * n, 5000 + 100 * n))
        path = c.pcap("shift.pcap")
        with open("truth.csv", "w") as f:
            f.write("file,onset_s\nshift.pcap,\nshift.pcap:2,\nshift.pcap:3,35\n")
        calls, wanted = table(path), table("call.wav", "short.wav")
        self.assertEqual((calls["calls"], calls["unscored"]), (3, 0))
        self.assertAlmostEqual(calls["call_h"], 2 * 62.06 / 3600 + 8 / 3600, delta=2e-4)
        for got, row in zip(calls["rows"], wanted["rows"]):
            self.assertEqual(got["alerts"], 2 * row["alerts"], row)
        self.assertEqual(table("--labels", "truth.csv", path)["escalations"], 1)

    def test_the_same_port_for_the_next_call(self):
        c = Capture()
        call(c, 10.0, "first@x", *self.short)
        c.sip(30, ("192.0.2.1", 5060), ("192.0.2.2", 5060), "n@x", "INVITE sip:a@b SIP/2.0", "B",
              sdp("192.0.2.1", 4000))
        c.sip(30.1, ("192.0.2.2", 5060), ("192.0.2.1", 5060), "n@x", "SIP/2.0 200 OK", "B",
              sdp("192.0.2.2", 5000))
        c.rtp(30.2, ("192.0.2.1", 4000), ("192.0.2.2", 5000), self.short[0][:32000], ssrc=77)
        _, events, _ = run(c.pcap("again.pcap"))
        lengths = [e["duration_s"] for e in events if e["type"] == "summary"]
        self.assertEqual(len(lengths), 2)
        self.assertAlmostEqual(lengths[0], 8, delta=0.1)
        self.assertAlmostEqual(lengths[1], 4, delta=0.1)

    def test_the_next_call_a_second_later(self):
        """BYE, and the same two ports again at once, by another SSRC."""
        c = Capture()
        call(c, 10.0, "first@x", *self.short)
        c.sip(18.7, ("192.0.2.1", 5060), ("192.0.2.2", 5060), "first@x", "BYE sip:a@b SIP/2.0", "A", to_tag="b",
              method="BYE")
        later = Capture()
        call(later, 19.5, "second@x", *(v[:32000] for v in self.short))
        for t, kind, frame in later.packets:
            c.packets.append((t, kind, frame.replace(b"\0\0\0\x0b", b"\0\0\0\x4d").replace(b"\0\0\0\x16", b"\0\0\0\x4e")))
        _, events, errors = run(c.pcap("soon.pcap"))
        lengths = [round(e["duration_s"], 1) for e in events if e["type"] == "summary"]
        self.assertEqual((lengths, errors), ([8.0, 4.0], ""))
        self.same([e for e in events if e["call"] == "soon"], self.short_wanted)

    def test_both_legs_through_a_pbx(self):
        """It calls the agent on behalf of the caller: one call, told once."""
        c = Capture()
        call(c, 7.0, "in@x", *self.short)
        call(c, 7.01, "out@x", *self.short, a="192.0.2.2", b="192.0.2.3", ports=(6000, 7000))
        _, events, errors = run(c.pcap("legs.pcap"))
        self.assertIn("1 call is left out: it is the other leg", errors)
        self.assertEqual(events[0]["caller_channel"], 1)
        self.same([e for e in events if e["type"] != "note"], self.short_wanted)

    def offer_and_answer(self, c, t, offer, answer, call_id="o@x", **kw):
        a, b = ("192.0.2.1", 5060), ("192.0.2.2", 5060)
        c.sip(t, a, b, call_id, "INVITE sip:agent@x SIP/2.0", "A", offer, **kw)
        c.sip(t + 0.1, b, a, call_id, "SIP/2.0 200 OK", "A", answer)

    def test_which_line_is_taken(self):
        """Plain beside SRTP, and a first line of port 0."""
        a, b = ("192.0.2.1", 4000), ("192.0.2.2", 5000)
        secret = "m=audio {} RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n"
        none = "m=audio 0 RTP/AVP 0\r\n"
        rows = {"secret beside": (sdp(*a) + secret.format(4002), sdp(*b) + secret.format(0), True),
                "secret taken": (sdp(*a) + secret.format(4002), sdp(b[0], 0) + secret.format(5000), False),
                "port 0": (sdp(*a).replace("m=audio", none + "m=audio"), sdp(*b).replace("m=audio", none + "m=audio"), True)}
        for name, (offer, answer, is_heard) in rows.items():
            with self.subTest(name):
                c = Capture()
                self.offer_and_answer(c, 7, offer, answer)
                c.rtp(7.6, a, b, self.short[0], ssrc=11)
                c.rtp(7.6, b, a, self.short[1], ssrc=22)
                status, events, errors = run(c.pcap("line.pcap"))
                if is_heard:
                    self.assertEqual((errors, events[0]["caller_channel"]), ("", 1))
                    self.same(events, self.short_wanted)
                else:
                    self.assertIn("1 call is encrypted", errors)

    def test_a_payload_type_that_changes_its_meaning(self):
        """96 is mu-law, then by a re-INVITE A-law: one alert, when it was. A refused one changes nothing."""
        alaw = bytes(ulaw_to_alaw(x) for x in range(256))
        a, b = ("192.0.2.1", 4000), ("192.0.2.2", 5000)

        def lines(name):
            return [sdp(*at, types="96", maps=f"a=rtpmap:96 {name}/8000\r\n") for at in (a, b)]
        for is_refused in (False, True):
            with self.subTest(is_refused=is_refused):
                c = Capture()
                self.offer_and_answer(c, 7, *lines("PCMU"))
                if is_refused:
                    c.sip(37.4, (a[0], 5060), (b[0], 5060), "o@x", "INVITE sip:agent@x SIP/2.0", "A", lines("PCMA")[0])
                    c.sip(37.45, (b[0], 5060), (a[0], 5060), "o@x", "SIP/2.0 488 Not Acceptable Here", "A")
                else:
                    self.offer_and_answer(c, 37.45, *lines("PCMA"))
                half = 30 * 8000
                for n, voice in enumerate((self.caller, self.agent)):
                    ends = ((a, b), (b, a))[n]
                    c.rtp(7.6, *ends, voice[:half], pt=96, ssrc=n)
                    rest = voice[half:] if is_refused else voice[half:].translate(alaw)
                    c.rtp(37.6, *ends, rest, pt=96, ssrc=n, seq=2500, ts=160000 + half)
                _, events, errors = run(c.pcap("remapped.pcap"))
                alerts = [e["t"] for e in events if e["type"] == "alert" and e["action"] == "raised"]
                self.assertEqual((len(alerts), errors), (1, ""))
                # The packets between the answer and the change may move it by the network's half second.
                self.assertAlmostEqual(alerts[0], 41.2, delta=0.6)

    def test_recordings_by_other_signs(self):
        """Without Require: siprec. Its two lines are two voices, and nobody guesses whose."""
        src, srs = ("192.0.2.1", 5060), ("192.0.2.2", 5060)
        head = "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\n"
        line = "m=audio {} RTP/AVP 0\r\na={}\r\na=label:{}\r\n"
        two = head.format(src[0]) + line.format(4000, "sendonly", 1) + line.format(4002, "sendonly", 2)
        both = two.replace("sendonly", "sendrecv")
        parts = (f"--b1\r\nContent-Type: application/rs-metadata\r\n\r\n{METADATA}\r\n--b1\r\n"
                 f"Content-Type: application/sdp\r\n\r\n{both}\r\n--b1--\r\n")
        back = head.format(srs[0]) + line.format(7000, "recvonly", 1) + line.format(7002, "recvonly", 2)
        rows = {"metadata": (parts, {"ctype": "multipart/mixed;boundary=b1"}),
                "contact": (both, {"extra": "Contact: <sip:src@x>;+sip.src\r\n"}),
                "cube": (both, {"extra": "X-Cisco-Recording-Participant: sip:1@x;media-index=\"0\"\r\n"}),
                "directions": (two, {})}
        for name, (offer, kw) in rows.items():
            with self.subTest(name):
                c = Capture()
                self.offer_and_answer(c, 7, offer, back, **kw)
                for n, voice in enumerate(self.short):
                    c.rtp(7.6, (src[0], 4000 + 2 * n), (srs[0], 7000 + 2 * n), voice, ssrc=n)
                status, events, errors = run(c.pcap("signs.pcap"))
                self.assertEqual((status, events[0]["format"]), (3, "capture, SIPREC and RTP"))
                self.assertIn("--caller-channel", errors)
                _, events, _ = run("signs.pcap", "--caller-channel", "1")
                self.same(events, self.short_wanted)
        # One line, and two people in its metadata: not even the operator's word makes it the caller's.
        c = Capture()
        one = parts.replace(line.format(4002, "sendrecv", 2), "")
        self.offer_and_answer(c, 7, one, back.replace(line.format(7002, "recvonly", 2), ""),
                              ctype="multipart/mixed;boundary=b1")
        c.rtp(7.6, (src[0], 4000), (srs[0], 7000), self.short[0])
        status, events, errors = run(c.pcap("mixed.pcap"), "--mono-is", "caller")
        self.assertEqual((status, events[0].get("caller_channel")), (3, None))
        self.assertIn("both people on its one line", errors)

    def test_a_capture_that_begins_midway(self):
        """The first INVITE is one within the call: who called is not known, so nobody is scored."""
        c = Capture()
        a, b = ("192.0.2.1", 4000), ("192.0.2.2", 5000)
        self.offer_and_answer(c, 7, sdp(*a), sdp(*b), to_tag="early")
        c.rtp(7.6, a, b, self.short[0], ssrc=11)
        c.rtp(7.6, b, a, self.short[1], ssrc=22)
        status, events, errors = run(c.pcap("midway.pcap"))
        self.assertEqual(status, 3)
        self.assertIn("--caller-channel", errors)

    def test_ports_that_a_translator_changes(self):
        """The caller's packets come from a port that no SDP names; the other direction tells whose."""
        c = Capture()
        a, b = ("192.0.2.1", 4000), ("192.0.2.2", 5000)
        self.offer_and_answer(c, 7, sdp("10.0.0.9", 4444), sdp(*b))
        c.rtp(7.6, a, b, self.short[0], ssrc=11)
        c.rtp(7.6, b, a, self.short[1], ssrc=22)
        status, events, errors = run(c.pcap("ports.pcap"))
        self.assertEqual((errors, events[0]["caller_channel"]), ("", 1))
        self.same(events, self.short_wanted)

    def test_without_signalling(self):
        c = Capture()
        a, b = ("192.0.2.1", 4000), ("192.0.2.2", 5000)
        c.rtp(5, a, b, self.short[0], ssrc=1)
        c.rtp(5, b, a, self.short[1], ssrc=2)
        path = c.pcap("bare.pcap")
        status, events, errors = run(path)
        self.assertEqual((status, [(e["caller_channel"], e["agent_channel"]) for e in events if e["type"] == "call"]),
                         (3, [(None, None)]))
        self.assertIn("--caller-channel", errors)
        status, events, errors = run(path, "--caller-channel", "1")
        self.same(events, self.short_wanted)

    def test_timestamps_of_another_clock(self):
        """Of one they count twice as fast, of the other not at all: both are heard, beside each other."""
        c = Capture()
        a, b = ("192.0.2.1", 4000), ("192.0.2.2", 5000)
        self.offer_and_answer(c, 7, sdp(*a), sdp(*b))
        c.rtp(7.6, a, b, self.short[0], ssrc=11, tick=2)
        c.rtp(7.6, b, a, self.short[1], ssrc=22, tick=0)
        status, events, errors = run(c.pcap("clock.pcap"))
        for n in (1, 2):
            self.assertIn(f"channel {n}: timestamps run by another clock than the 8000 Hz of their payload type", errors)
        self.assertAlmostEqual(events[-1]["duration_s"], self.short_wanted[-1]["duration_s"], delta=0.15)
        self.assertAlmostEqual(events[-1]["caller_speech_s"], self.short_wanted[-1]["caller_speech_s"], delta=0.2)

    def test_loss_reordering_and_duplicates(self):
        c = Capture()
        call(c, 7.0, "l@x", *self.short)
        c.packets = [p for i, p in enumerate(c.packets) if i % 25 != 24]
        for i in range(10, len(c.packets) - 2, 31):
            t, kind, frame = c.packets[i]
            c.packets[i] = (t + 0.025, kind, frame)
        c.packets += [(t + 0.001, k, f) for t, k, f in c.packets[5::17]]
        status, events, errors = run(c.pcap("lossy.pcap"))
        self.assertIn(status, (0, 3))
        summary = events[-1]
        self.assertAlmostEqual(summary["duration_s"], 8.0, delta=0.1)

    def test_codecs_of_sip_tester(self):
        """A real capture of another tool: 30 ms PCMA."""
        path = "/usr/share/sip-tester/g711a.pcap"
        if not os.path.exists(path):
            self.skipTest("sip-tester is not installed")
        status, events, _ = run(path, "--mono-is", "caller")
        self.assertAlmostEqual(events[-1]["duration_s"], 7.08, delta=0.05)
        self.assertGreater(events[-1]["caller_speech_s"], 4)

    def test_what_cannot_be_used(self):
        c = Capture()
        call(c, 7.0, "f@x", *self.short)
        c.add(9, ("192.0.2.1", 9), ("192.0.2.2", 9), b"x" * 96, fragment=0x2000)
        other = ("192.0.2.3", 9), ("192.0.2.2", 9)
        c.add(9, *other, b"x" * 96, fragment=0x2000)
        c.add(9.1, *other, b"y" * 96, fragment=0x2000)
        status, events, errors = run(c.pcap("fragments.pcap"))
        self.assertIn("1 datagram lacks some of its fragments", errors)
        self.assertIn("1 datagram has fragments that contradict each other", errors)
        self.same([e for e in events if e["type"] != "note"], self.short_wanted)

        whole = open(c.pcap("whole2.pcap"), "rb").read()
        with open("cut.pcap", "wb") as f:
            f.write(whole[:len(whole) // 2])
        status, events, errors = run("cut.pcap")
        self.assertIn("ends in the middle of a packet", errors)
        self.assertGreater(events[-1]["duration_s"], 3)

        status, events, errors = run(c.pcap("snapped.pcap", snap=96))
        self.assertEqual(status, 1)
        self.assertIn("snap length", errors)

        secret = Capture()
        secret.sip(1, ("192.0.2.1", 5060), ("192.0.2.2", 5060), "e@x", "INVITE sip:a@b SIP/2.0", "A",
                   sdp("192.0.2.1", 4000, proto="RTP/SAVP"))
        secret.sip(1, ("192.0.2.2", 5060), ("192.0.2.1", 5060), "e@x", "SIP/2.0 200 OK", "A",
                   sdp("192.0.2.2", 5000, proto="RTP/SAVP"))
        secret.rtp(1.5, ("192.0.2.1", 4000), ("192.0.2.2", 5000), self.short[0])
        status, events, errors = run(secret.pcap("secret.pcap"))
        self.assertEqual((status, events), (1, []))
        self.assertIn("encrypted", errors)

        g729 = Capture()
        g729.rtp(1, ("192.0.2.1", 4000), ("192.0.2.2", 5000), self.short[0], pt=18)
        g729.rtp(9, ("192.0.2.1", 4000), ("192.0.2.2", 5000), self.short[0], pt=4, seq=2000)
        status, events, errors = run(g729.pcap("g729.pcap"), "--mono-is", "caller")
        self.assertIn("packets of G723, which is not decoded here", errors)
        named = Capture()
        line = dict(types="97", maps="a=rtpmap:97 iLBC/8000\r\n")
        named.sip(1, ("192.0.2.1", 5060), ("192.0.2.2", 5060), "i@x", "INVITE sip:a@b SIP/2.0", "A",
                  sdp("192.0.2.1", 4000, **line))
        named.sip(1.1, ("192.0.2.2", 5060), ("192.0.2.1", 5060), "i@x", "SIP/2.0 200 OK", "A",
                  sdp("192.0.2.2", 5000, **line))
        named.rtp(1.5, ("192.0.2.1", 4000), ("192.0.2.2", 5000), self.short[0], pt=97)
        self.assertIn("400 packets of iLBC, which is not decoded here", run(named.pcap("ilbc.pcap"))[2])

    def cut_short(self, *args, ready):
        """Runs on a capture that loses most of its bytes once ready(process) was there."""
        c = Capture()
        call(c, 1, "one@x", self.caller, self.agent)
        path = c.pcap("rotated.pcap")
        with subprocess.Popen([UNDERTONE, *args, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as p:
            early = ready(p)
            os.truncate(path, 5000)
            out, err = p.communicate(timeout=120)
        self.assertEqual((p.returncode, "became shorter while it was read" in err), (1, True), err)
        return early + out

    def test_a_capture_that_is_written_anew(self):
        """As tcpdump -W does. It is no reason to die of."""
        out = self.cut_short("replay", "--json", "--realtime", ready=lambda p: p.stdout.readline() + p.stdout.readline())
        events = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([e["type"] for e in events][:2] + [events[-1]["type"]], ["call", "score", "summary"])
        self.assertLess(events[-1]["duration_s"], 60)
        # A pipe takes the lines of some two seconds, and nobody has read them all.
        out = self.cut_short("features", ready=lambda p: p.stdout.readline())
        self.assertLess(len(out.splitlines()), 6000)

    def test_garbage(self):
        head = b"\xd4\xc3\xb2\xa1\x02\0\x04\0" + bytes(8) + b"\xff\xff\0\0\1\0\0\0"
        cases = {"empty": head, "version": b"\xd4\xc3\xb2\xa1\x09\0\x04\0" + bytes(16),
                 "short": head[:20], "huge": head + bytes(8) + b"\xff\xff\xff\xff" * 2 + bytes(100),
                 "noise": head + os.urandom(5000),
                 "ng": b"\n\r\r\n" + b"\xff\xff\xff\xff" + bytes(100),
                 "ng-magic": b"\n\r\r\n\x1c\0\0\0" + bytes(20)}
        for name, data in cases.items():
            with self.subTest(name):
                with open(f"{name}.pcap", "wb") as f:
                    f.write(data)
                status, events, errors = run(f"{name}.pcap")
                self.assertEqual((status, events), (1, []))
                self.assertEqual(errors.count("\n"), 1)
        status, _, errors = run("empty.pcap")
        self.assertIn("no call that can be scored", errors)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
