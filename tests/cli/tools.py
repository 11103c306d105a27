#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Tools that take long: what is asked wrongly is told at once, with the remedy, and nothing is written."""
import os
import re
import shutil
import subprocess
import sys
import unittest

TOOLS = os.path.join(os.environ["UT_SOURCE"], "tools")
BUILD = os.environ["UT_BUILD"]


def tool(name, *args, **environment):
    return subprocess.run([os.path.join(TOOLS, name), *args], capture_output=True, text=True,
                          env={**os.environ, **environment})


class Tools(unittest.TestCase):
    def told(self, r, status, said):
        self.assertEqual(r.returncode, status, r.stderr)
        self.assertIn(said, r.stderr)
        self.assertNotIn("Traceback", r.stderr)
        self.assertNotIn("unbound variable", r.stderr)

    def test_help(self):
        before = sorted(os.listdir("."))
        for name in ("bench", "bench-supervise", "make-samples", "measure-signals", "quickstart", "train/run"):
            r = tool(name, "--help")
            self.assertEqual((r.returncode, r.stderr), (0, ""), name)
            self.assertIn("alert" if name == "quickstart" else os.path.basename(name), r.stdout)
        self.assertEqual(sorted(os.listdir(".")), before)

    def test_benches(self):
        for name in ("bench", "bench-supervise"):
            self.told(tool(name, "--build"), 2 if name == "bench" else 1, "--build needs")
            self.told(tool(name, "--build", "no/such"), 2 if name == "bench" else 1, "remedy")
        self.told(tool("bench", "--build", BUILD, "--no-such"), 2, "no such option")
        self.told(tool("bench", "--build", BUILD, "--model", "no/such.utm"), 2, "no/such.utm: No such file")

    def test_measure_signals(self):
        os.makedirs("empty", exist_ok=True)
        os.makedirs("lonely", exist_ok=True)
        with open("lonely/a.f0ref", "w") as f:
            f.write("100\n")
        for args, said in ((["--pitch", "nowhere"], "no such folder"), (["--pitch", "empty"], "no *.f0ref"),
                           (["--pitch", "lonely"], "lonely/a.wav: is not there"),
                           (["--corpora", "empty"], "empty/manifest.csv: No such file")):
            self.told(tool("measure-signals", "--build", BUILD, *args), 2, said)

    def test_circles(self):
        nm = ("l/libut_a.a:one.c.o:0000000000000000 T first\nl/libut_a.a:one.c.o:                 U second\n"
              "l/libut_a.a:two.c.o:0000000000000000 T second\nl/libut_a.a:two.c.o:                 U {}\n"
              "l/libut_b.a:one.c.o:0000000000000000 T third\nl/libut_b.a:one.c.o:                 U second\n")
        for called, said in (("first", "a circle of 2 files: libut_a.a(one.c) libut_a.a(two.c)\n"), ("puts", "")):
            r = subprocess.run([os.path.join(TOOLS, "circles")], input=nm.format(called), capture_output=True, text=True)
            self.assertEqual((r.returncode, r.stderr, r.stdout.split("    ")[0]), (0, "", said), called)

    def test_arrays_put_into_a_file(self):
        """The file of the features' networks stays as it is when an array is replaced by itself."""
        code = ("import sys; sys.path.insert(0, sys.argv[1]); from train import model_file as m; a = m.read(sys.argv[2])[1]; "
                "m.replace(sys.argv[2], m.FEATURES_NAME, {'speech.tune': a['speech.tune']}); "
                "m.replace(sys.argv[3], m.FEATURES_NAME, {'pitch.near': a['pitch.near']})")
        shipped = os.path.join(TOOLS, "..", "models", "features.utm")
        shutil.copy(shipped, "copy.utm")
        subprocess.run([sys.executable, "-B", "-c", code, TOOLS, "copy.utm", "new.utm"], check=True)
        with open(shipped, "rb") as a, open("copy.utm", "rb") as b, open("new.utm", "rb") as c:
            self.assertEqual(a.read(), b.read())
            self.assertEqual(c.read()[:8], b"UTFEATS\0")

    def test_libraries_do_the_same_job(self):
        """What is measured against a library gives what the library gives."""
        program = os.path.join(BUILD, "tools", "bench-libraries")
        self.told(subprocess.run([program, "--repeat", "none"], capture_output=True, text=True), 2, "usage")
        r = subprocess.run([program, "--repeat", "1"], capture_output=True, text=True)
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        differences = [float(x) for x in re.findall(r"differ by (\S+)", r.stdout)]
        self.assertGreater(len(differences), 7)
        self.assertLess(max(differences), 1e-5)
        resamplers = re.findall(r"own (\S+) (\S+) dB, library (\S+) (\S+) dB", r.stdout)
        self.assertEqual(len(resamplers), 8)
        for passed, stopped, passed_too, stopped_too in resamplers:
            self.assertLess(max(abs(float(passed)), abs(float(passed_too))), 0.1)
            self.assertLess(max(float(stopped), float(stopped_too)), -65)

    def test_fitting(self):
        os.makedirs("corpora/getgoing", exist_ok=True)
        dump = os.path.join(BUILD, "tools", "dump-activity")
        self.told(tool("fit-activity", "--corpora", "corpora", "--dump", dump, "--out", "no/such.utm"), 2, "no/such.utm")
        self.told(tool("fit-activity", "--corpora", "nowhere", "--dump", dump, "--out", "a.utm"), 2, "nowhere/manifest.csv")
        self.told(tool("train/run"), 2, "tools/train/run CORPORA CALLS TEACHER WORK")
        self.told(tool("train/run", "nowhere", "calls", "teacher", "work"), 1, "nowhere/manifest.csv is missing")
        for name in ("corpora/manifest.csv", "corpora/crema_votes.csv", "corpora/calls.csv"):
            open(name, "w").close()
        self.told(tool("train/run", "corpora", "corpora", "teacher.npz", "work"), 1, "teacher.npz is missing")
        open("teacher.npz", "w").close()
        self.told(tool("train/run", "corpora", "corpora", "teacher.npz", "work", BUILD="nowhere"), 1, "-DUT_BUILD_TESTS=ON")
        self.assertFalse(os.path.exists("work"))


if __name__ == "__main__":
    unittest.main()
