#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bad files get a clear error with a remedy, and never stop the others."""
import bz2
import gzip
import lzma
import os
import struct
import sys
import unittest

from undertone import SAMPLES, run, voice, wav

sys.path.insert(0, os.path.join(os.environ["UT_SOURCE"], "tests", "loopback"))
from sound import ALAW_OF_ULAW  # noqa: E402

GOOD = None


def setUpModule():
    global GOOD
    tone = voice(3)
    GOOD = wav("good.wav", [x for pair in zip(tone, [0] * len(tone)) for x in pair], channels=2)


class Refused(unittest.TestCase):
    """One file alone: exit status, what is said, nothing on standard output."""

    def refused(self, path, *said, status=1, args=()):
        r = run("replay", "--json", *args, path)
        self.assertEqual(r.status, status, r.err)
        self.assertEqual(r.out, b"")
        for words in (os.path.basename(path), *said):
            self.assertIn(words, r.err)

    def test_no_such_file(self):
        self.refused("nosuch.wav", "No such file", "check the spelling")

    def test_directory(self):
        os.makedirs("folder.wav", exist_ok=True)
        self.refused("folder.wav", "holds no recordings", status=3)

    def test_a_link_leads_up_again(self):
        os.makedirs("round/deep", exist_ok=True)
        wav("round/deep/a.wav", [0] * 8000, channels=2)
        for link, to in (("round/deep/up", ".."), ("round/deep/here", "."), ("round/other", "deep")):
            if not os.path.islink(link):
                os.symlink(to, link)
        r = run("replay", "--json", "round", timeout=20)
        self.assertEqual([os.path.relpath(e["file"]) for e in r.lines("call")],
                         ["round/deep/a.wav", "round/other/a.wav"], r.err)

    def test_empty(self):
        open("empty.wav", "wb").close()
        self.refused("empty.wav", "is empty", "copy it again")

    def test_text(self):
        with open("text.wav", "w") as f:
            f.write("Dear all,\nplease find the call attached.\n")
        self.refused("text.wav", "is a text")

    def test_head_alone(self):
        wav("whole.wav", [0] * 100)
        with open("whole.wav", "rb") as f:
            head = f.read(20)
        with open("head.wav", "wb") as f:
            f.write(head)
        self.refused("head.wav", "ends within its header")

    def test_noise_bytes(self):
        with open("noise.wav", "wb") as f:
            f.write(bytes((i * 7919 >> 3) & 255 for i in range(5000)))
        self.refused("noise.wav", "--raw-encoding")

    def test_no_channels(self):
        self.refused(wav("zero.wav", [0] * 100, channels=0), "0 channels")

    def test_too_many_channels(self):
        self.refused(wav("many.wav", [0] * 10240, channels=1024), "1024 channels", "remix")

    def test_rates(self):
        for rate in (1, 7999, 96001, 1000000):
            self.refused(wav("rate.wav", [0] * 100, rate=rate), "%d Hz" % rate, "sox")

    def test_unknown_codec(self):
        for tag, name in ((0x83, "G.729"), (0x45, "G.726"), (0xff, "AAC"), (0x1610, "AAC"), (0x161, "WMA"), (0x42, "G.723.1")):
            self.refused(wav("codec.wav", [], tag=tag, data=b"\1" * 400), f"holds {name} (WAVE format 0x{tag:04x})", "ffmpeg -i")

    def test_mp4(self):
        with open("call.m4a", "wb") as f:
            f.write(b"\0\0\0\x20ftypM4A \0\0\0\0" + b"\0" * 100)
        self.refused("call.m4a", "MP4", "ffmpeg")

    def test_what_others_read(self):
        adts = (b"\xff\xf1\x50\x80\x04\x1f\xfc" + b"\0" * 25) * 10
        for name, head, said in (("a.aac", adts, "is AAC"), ("a.spx", b"OggS" + bytes(24) + b"Speex   " + bytes(60), "is Speex"),
                                 ("a.ts", (b"G" + bytes(187)) * 4, "MPEG transport stream"), ("a.wma", b"\x30\x26\xb2\x75" + bytes(50), "is WMA"),
                                 ("a.amr", b"#!AMR-WB\n" + bytes(50), "is AMR-WB"), ("a.webm", b"\x1a\x45\xdf\xa3" + bytes(50), "Matroska"),
                                 ("a.g729", bytes(range(7, 200)), "headerless G.729"), ("a.mp3", b"\xff\xfb\x90\x64" + bytes(9), "begins like MP3")):
            with open(name, "wb") as f:
                f.write(head)
            self.refused(name, said, "ffmpeg")
        for name, head in (("a.silk", b"#!SILK_V3" + bytes(50)), ("b.silk", b"\x02#!SILK_V3" + bytes(50))):
            with open(name, "wb") as f:
                f.write(head)
            self.refused(name, "is SILK", "silk_v3_decoder")

    def test_compressed(self):
        for name, pack, remedy in (("call.pcap.gz", gzip.compress, "gunzip call.pcap.gz"), ("call.wav.bz2", bz2.compress, "bunzip2 call.wav.bz2"),
                                   ("call.xz", lzma.compress, "unxz call.xz"), ("call.zst", lambda b: b"\x28\xb5\x2f\xfd" + b, "unzstd"),
                                   ("calls.zip", lambda b: b"PK\x03\x04" + b, "unzip calls.zip")):
            with open(name, "wb") as f:
                f.write(pack(bytes(range(256)) * 40))
            self.refused(name, "is compressed; unpack it first", remedy)

    def test_raw_without_coding(self):
        with open("call.raw", "wb") as f:
            f.write(bytes(range(256)) * 10)
        self.refused("call.raw", "--raw-encoding")

    def test_channel_that_is_not_there(self):
        self.refused(GOOD, "--caller-channel 3", args=("--caller-channel", "3"))
        self.refused(GOOD, "--agent-channel 5", args=("--agent-channel", "5"))

    @unittest.skipIf(os.getuid() == 0, "root may read everything")
    def test_forbidden(self):
        wav("forbidden.wav", [0] * 100)
        os.chmod("forbidden.wav", 0)
        self.refused("forbidden.wav", "Permission denied", "chmod")


class Used(unittest.TestCase):
    """Odd, and yet a recording: it is replayed, and what is odd is said."""

    def test_truncated(self):
        tone = voice(4)
        wav("cut.wav", tone, data_bytes=2 * 8000 * 10)
        r = run("replay", "--json", "--mono-is", "caller", "cut.wav")
        self.assertIn(r.status, (0, 3))
        self.assertIn("cut off: the header promises 10.0 s, 4.0 s are there", r.err)
        self.assertAlmostEqual(r.lines("summary")[0]["duration_s"], 4, delta=.05)
        self.assertIn("cut off", r.lines("note")[0]["text"])

    def test_a_header_that_says_too_little(self):
        """Its writer was cut off, or writes still: what is there is read to its end, and told. Two zero bytes of
        filling and a chunk behind the samples are no sound."""
        with open(GOOD, "rb") as f:
            whole = f.read()
        at = whole.index(b"data") + 4
        size = struct.unpack("<I", whole[at:at + 4])[0]
        for name, said in (("zero", 0), ("half", size // 8 * 4), ("most", size - 4000)):
            with open(name + ".wav", "wb") as f:
                f.write(whole[:at] + struct.pack("<I", said) + whole[at + 4:])
            r = run("replay", "--json", name + ".wav")
            self.assertAlmostEqual(r.lines("summary")[0]["duration_s"], 3.0, places=2)
            self.assertIn(f"{name}.wav: says in its header", r.err)
            self.assertIn("3.0 s are there", r.err)
        for said in (0x7ffff000, 0x7fffffff, 0x80000000, 0xfffff000):  # Of who writes into a pipe: no promise.
            with open("piped.wav", "wb") as f:
                f.write(whole[:at] + struct.pack("<I", said) + whole[at + 4:])
            r = run("replay", "--json", "piped.wav")
            self.assertAlmostEqual(r.lines("summary")[0]["duration_s"], 3.0, places=2)
            self.assertEqual((r.lines("note"), r.err), ([], ""))
        for name, tail in (("filled", b"\0\0"), ("listed", b"LIST" + struct.pack("<I", 4) + b"INFO")):
            with open(name + ".wav", "wb") as f:
                f.write(whole + tail)
            r = run("replay", "--json", name + ".wav")
            self.assertAlmostEqual(r.lines("summary")[0]["duration_s"], 3.0, places=2)
            self.assertNotIn("says in its header", r.err)

    def test_without_a_head(self):
        """A-law looks like a text in UTF-8 to many programs, and mu-law now and then like MP3."""
        whole = open(os.path.join(SAMPLES, "escalating-en.wav"), "rb").read()
        ulaw = whole[whole.index(b"data") + 8:][::2][80000:120000]
        alaw = bytes(ALAW_OF_ULAW[c] for c in ulaw)
        text = [c for c in alaw if 0x20 <= c < 0x7f or c >= 0x80]  # Printable from end to end.
        for name, sound in (("a.alaw", alaw), ("b.al", bytes(text)), ("c.ulaw", b"\xff\xfb" + ulaw), ("d.PCMU", ulaw), ("e.alaw", b"U" * 4000)):
            with open(name, "wb") as f:
                f.write(sound)
            r = run("replay", "--json", "--mono-is", "caller", name)
            self.assertIn(r.status, (0, 3), r.err)
            self.assertAlmostEqual(r.lines("summary")[0]["duration_s"], len(sound) / 8000, delta=.02)
        with open("notes.ulaw", "w") as f:
            f.write("What was agreed on the phone.\n" * 9)
        self.assertIn("is a text", run("replay", "notes.ulaw").err)

    def test_libraries_keep_quiet(self):
        """libmpg123 tells standard error of each odd frame; what is wrong is told in our own words, once."""
        frame = b"\xff\xfb\x90\x64" + bytes(413)
        with open("junk.mp3", "wb") as f:
            f.write(frame * 60 + bytes(range(256)) * 3 + frame * 60 + b"junk")
        r = run("replay", "--json", "--mono-is", "caller", "junk.mp3")
        self.assertEqual([line for line in r.err.splitlines() if not line.startswith("undertone: ")], [])
        self.assertEqual(len(r.lines("summary")), 1, r.err)

    def odd(self, name, samples):
        r = run("replay", "--json", "--mono-is", "caller", wav(name, samples))
        self.assertIn(r.status, (0, 3), r.err)
        self.assertEqual(len(r.lines("summary")), 1)
        text = r.out.decode().lower()
        self.assertNotIn("nan", text)
        self.assertNotIn("inf", text.replace("info", ""))
        return r

    def test_silence_is_never_scored(self):
        r = self.odd("silence.wav", [0] * 8000 * 5)
        self.assertEqual(r.status, 3)
        self.assertNotIn("peak", r.lines("summary")[0])

    def test_direct_current_is_never_scored(self):
        self.assertEqual(self.odd("dc.wav", [.5] * 8000 * 5).status, 3)

    def test_full_scale_square_wave_raises_nothing(self):
        r = self.odd("square.wav", [1 if i // 20 % 2 else -1 for i in range(8000 * 20)])
        self.assertEqual(r.lines("alert"), [])
        self.assertEqual(r.status, 3)

    def test_fifty_milliseconds(self):
        self.assertEqual(self.odd("short.wav", voice(1)[:400]).status, 3)

    def test_one_sample_and_none(self):
        self.odd("one.wav", [.1])
        r = run("replay", "--json", "--mono-is", "caller", wav("none.wav", []))
        self.assertIn(r.status, (1, 3), r.err)

    def test_not_a_number(self):
        values = [float("nan"), float("inf"), float("-inf"), 1e30, -1e30, .1] * 8000
        data = struct.pack("<%df" % len(values), *values)
        r = run("replay", "--json", "--mono-is", "caller", wav("nan.wav", [], tag=3, bits=32, data=data))
        self.assertIn(r.status, (0, 3), r.err)
        self.assertNotIn(b"nan", r.out.lower().replace(b"nan.wav", b"").replace(b'"nan"', b""))
        r = run("features", "nan.wav")
        self.assertEqual(r.status, 0, r.err)
        self.assertNotIn(b"nan", r.out.lower())
        self.assertNotIn(b"inf", r.out.lower())

    def test_mono_of_unknown_role(self):
        wav("mono.wav", voice(3))
        r = run("replay", "--json", "mono.wav")
        self.assertEqual(r.status, 3)
        self.assertIn("--mono-is caller", r.err)
        self.assertEqual(r.lines("call")[0]["caller_channel"], None)
        self.assertEqual(r.lines("summary")[0]["why"], "role")
        self.assertEqual(r.lines("score"), [])

    def test_both_channels_the_same_mixture(self):
        tone = voice(3)
        wav("twice.wav", [x for v in tone for x in (v, v)], channels=2)
        r = run("replay", "--json", "twice.wav")
        self.assertEqual(r.status, 3)
        self.assertIn("same sound on both channels", r.err)
        self.assertEqual(run("replay", "--json", "--mono-is", "caller", "twice.wav").lines("call")[0]["caller_channel"], 1)

    def test_file_name_of_any_bytes(self):
        name = b"a\xff\n\x1b[31m\".wav"
        with open("good.wav", "rb") as f, open(name, "wb") as g:
            g.write(f.read())
        r = run("replay", "--json", os.fsdecode(name))
        self.assertNotIn(b"\x1b", r.out)
        self.assertEqual(r.lines("call")[0]["file"], 'a\ufffd\n\x1b[31m".wav')
        r = run("replay", os.fsdecode(name), "nosuch\x1b.wav")
        self.assertNotIn(b"\x1b", r.out)
        self.assertNotIn("\x1b", r.err)


class Others(unittest.TestCase):
    def test_one_bad_among_many(self):
        with open("bad.wav", "wb") as f:
            f.write(b"RIFF")
        files = [GOOD] * 30 + ["bad.wav"] + [GOOD] * 30
        r = run("replay", "--json", "--jobs", "3", *files)
        self.assertEqual(r.status, 1 if r.lines("score") else 1)
        self.assertEqual(len(r.lines("summary")), 60)
        self.assertEqual(len({o["call"] for o in r.lines("call")}), 60)
        self.assertIn("bad.wav", r.err)

    def test_known_and_unknown_roles(self):
        wav("mono.wav", voice(1))
        r = run("replay", "--json", "mono.wav", "nosuch.wav")
        self.assertEqual(r.status, 1)
        self.assertEqual(len(r.lines("summary")), 1)


if __name__ == "__main__":
    unittest.main()
