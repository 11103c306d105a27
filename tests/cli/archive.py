#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Archives as they come: folders, pipes among files, one name in many folders; what each line tells of its
file, and what the two legs of a recording tell of how it was made."""
import os
import signal
import subprocess
import sys
import unittest

from undertone import PROGRAM, SAMPLES, run, voice, wav

sys.path.insert(0, os.path.join(os.environ["UT_SOURCE"], "tests", "loopback"))
from sound import read_ulaw_wav, write_ulaw_wav  # noqa: E402

CALL = os.path.join(SAMPLES, "escalating-en.wav")


class Archive(unittest.TestCase):
    def test_folders(self):
        os.makedirs("f/2/x", exist_ok=True)
        for name in ("f/b.wav", "f/2/x/a.alaw", "f/.hidden.wav", "f/notes.txt", "c.wav"):
            wav(name, voice(1))
        os.mkfifo("f/pipe.wav")
        r = run("replay", "--json", "c.wav", "f/")
        self.assertEqual([o["file"] for o in r.lines("call")], ["c.wav", "f/2/x/a.alaw", "f/b.wav"])
        r = run("replay", "--json", "--files-from", "-", data=b"f\tmono-is=caller\nc.wav\n")
        self.assertEqual([(o["file"], o["caller_channel"]) for o in r.lines("call")],
                         [("f/2/x/a.alaw", 1), ("f/b.wav", 1), ("c.wav", None)])

    def test_pipes_among_files(self):
        """One that is written to is heard like any; one that is not is told, and stops nothing."""
        wav("p.wav", voice(1))
        for name in ("filled", "empty"):
            os.mkfifo(name)
        writer = subprocess.Popen(["sh", "-c", "cat p.wav >filled"])
        r = run("replay", "--json", "--jobs", "3", "filled", "empty", "p.wav")
        writer.wait(60)
        self.assertEqual([o["file"] for o in r.lines("summary")], ["filled", "p.wav"])
        self.assertIn("empty: is a pipe into which nobody writes", r.err)

    def test_a_pipe_that_stalls_can_be_stopped(self):
        os.mkfifo("stalls")
        p = subprocess.Popen([PROGRAM, "replay", "--json", "--mono-is", "caller", "stalls"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open("stalls", "wb") as f:
            with open(wav("s.wav", voice(1)), "rb") as g:
                f.write(g.read(4000))
            f.flush()
            p.send_signal(signal.SIGTERM)
            p.communicate(timeout=120)
        self.assertEqual(p.returncode, -signal.SIGTERM)

    def test_ids_and_files(self):
        """A line names its file where it is read by itself; ids do not depend on the order."""
        r = run("replay", "--json", CALL)
        for kind in ("call", "alert", "summary"):
            self.assertEqual({o["file"] for o in r.lines(kind)}, {CALL}, kind)
        self.assertGreater(r.lines("turns")[0]["listening_ratio"], 0)
        ids = []
        for folder in ("m", "n"):
            os.makedirs(folder, exist_ok=True)
            wav(f"{folder}/call.wav", voice(1))
        for order in (["m/call.wav", "n/call.wav"], ["n/call.wav", "./m/call.wav"]):
            r = run("replay", "--json", *order)
            ids.append({os.path.normpath(o["file"]): o["call"] for o in r.lines("call")})
        self.assertEqual(ids[0], ids[1])
        self.assertEqual(len(set(ids[0].values())), 2)
        self.assertEqual(run("replay", "--json", "m/call.wav").lines("call")[0]["call"], "call")

    def test_no_share_without_an_agent(self):
        wav("alone.wav", voice(3))
        turns = run("replay", "--json", "--mono-is", "caller", "alone.wav").lines("turns")[0]
        self.assertIsNone(turns["listening_ratio"])


class Legs(unittest.TestCase):
    """What an operator can mend."""

    def notes(self, name, caller, agent, *args):
        n = min(len(caller), len(agent))
        write_ulaw_wav(name, caller[:n], agent[:n])
        r = run("replay", "--json", *args, name)
        return " ".join(o["text"] for o in r.lines("note"))

    def test_legs(self):
        """The bytes of 8 kHz mu-law; what each of the notes takes is tried in legs_test.c."""
        caller, agent = read_ulaw_wav(CALL)
        quiet, late = b"\xff" * 280000, b"\xff" * 24000
        self.assertIn("the agent is silent throughout", self.notes("silent.wav", caller, quiet))
        self.assertEqual(self.notes("none.wav", caller, quiet, "--agent-channel", "none"), "")
        self.assertIn("the agent's leg looks about 3 s late", self.notes("agent.wav", caller, late + agent))


if __name__ == "__main__":
    unittest.main()
