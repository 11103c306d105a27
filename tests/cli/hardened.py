#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the compiler and the linker made: read from the binary. And that the program leaves no core."""
import json
import os
import platform
import re
import shutil
import subprocess
import unittest
from pathlib import Path

UNDERTONE, BUILD, SOURCE = (os.environ[name] for name in ("UNDERTONE", "UT_BUILD", "UT_SOURCE"))
with open(f"{BUILD}/CMakeCache.txt") as cache:
    LEFT_OUT = os.environ.get("UT_SANITIZE") or not {"UT_HARDEN:BOOL=ON", "UT_COVERAGE:BOOL=OFF"} <= set(cache.read().splitlines())
NOBODY = 65534


def said(*args):
    return subprocess.run(args, capture_output=True, text=True, check=True).stdout


@unittest.skipIf(LEFT_OUT, "built without: for sanitizers or for coverage")
class Binary(unittest.TestCase):
    def test_layout(self):
        head = said("readelf", "-hlWd", UNDERTONE)
        self.assertRegex(head, r"Type: +DYN", "it does not move in memory")
        self.assertRegex(head, r"\(FLAGS_1\) +Flags: .*\bNOW\b.*\bPIE\b")
        self.assertRegex(head, r"GNU_RELRO")
        self.assertRegex(head, r"GNU_STACK +\S+ \S+ \S+ \S+ \S+ RW ", "its stack can be executed")
        self.assertNotRegex(head, r"LOAD +\S+ \S+ \S+ \S+ \S+ .WE", "a part can be written and executed")
        self.assertNotIn("RPATH", head.replace("RUNPATH", "RPATH"))

    def test_checked_calls(self):
        called = said("nm", "--dynamic", "--undefined-only", UNDERTONE)
        for name in ("__stack_chk_fail", "__snprintf_chk", "__memcpy_chk"):
            self.assertIn(name, called)
        self.assertNotRegex(called, r" (gets|strcpy|strcat|sprintf)(@|\n)")

    @unittest.skipUnless(platform.machine() == "x86_64", "Intel's control-flow enforcement")
    def test_branches(self):
        """Every object of ours; the program has the mark where the system's own start files have it."""
        with open(f"{BUILD}/compile_commands.json") as f:  # A build that was kept has objects of files that are gone.
            made = [re.search(r" -o (\S+\.c\.o) ", c["command"])[1] for c in json.load(f)]
        objects = [os.path.join(BUILD, o) for o in made if o.startswith("src/")]
        self.assertGreater(len(objects), 200)
        for f in objects:
            self.assertRegex(said("readelf", "-n", f), r"x86 feature: IBT, SHSTK", f)

    def test_flags_of_every_file(self):
        with open(f"{BUILD}/compile_commands.json") as f:
            commands = {c["file"]: c["command"] for c in json.load(f) if c["file"].startswith(f"{SOURCE}/src/")}
        self.assertGreater(len(commands), 200)
        for name, command in commands.items():
            for flag in ("-fstack-protector-strong", "-fstack-clash-protection"):
                self.assertIn(flag, command, name)
            if not re.match(f"{re.escape(SOURCE)}/src/(dsp|features|stress)/", name):  # Arithmetic on its own numbers.
                self.assertIn("-ftrivial-auto-var-init=zero", command, name)
            self.assertRegex(command, r"-D_FORTIFY_SOURCE=[23]", name)


def is_open_to_all():
    return all(p.stat().st_mode & 1 for p in (Path(UNDERTONE), *Path(UNDERTONE).parents))


@unittest.skipUnless(os.getuid() or is_open_to_all(), "the program lies where nobody but root may go")
class Memory(unittest.TestCase):
    def seen(self, *args):
        """The limit of cores, and whose /proc/PID/environ is: root's is what nobody else may look into."""
        def stranger():
            if os.getuid() == 0:
                os.setuid(NOBODY)
        p = subprocess.Popen([UNDERTONE, "serve", "--http", "127.0.0.1:0", *args], preexec_fn=stranger, cwd="/",
                             stderr=subprocess.PIPE, text=True)
        try:
            for line in p.stderr:
                if "msg=serving" in line:
                    break
            with open(f"/proc/{p.pid}/limits") as f:
                core = re.search(r"Max core file size +(\S+) +(\S+)", f.read()).groups()
            return core, os.stat(f"/proc/{p.pid}/environ").st_uid
        finally:
            p.kill()
            p.communicate()

    def test_no_core(self):
        core, owner = self.seen()
        self.assertEqual((core[0], owner), ("0", 0))
        core, owner = self.seen("--core-dumps")
        self.assertEqual((core[0], owner), (core[1], NOBODY if os.getuid() == 0 else os.getuid()))


class Packaged(unittest.TestCase):
    def test_configuration(self):
        """The one that the package installs is fine, and opens nothing but the page on the loopback address."""
        path = f"{SOURCE}/tools/packaging/undertone.conf"
        said = subprocess.run([UNDERTONE, "serve", "--config", path, "--check-config"], capture_output=True, text=True)
        self.assertEqual((said.returncode, said.stderr), (0, "undertone serve: the configuration is fine\n"))
        with open(path) as f:
            told = dict(line.split(" = ") for line in f.read().splitlines() if line and line[0] != "#")
        self.assertEqual(told, {"http": "127.0.0.1:8080", "data": "/var/lib/undertone", "retain": "90d"})

    @unittest.skipUnless(shutil.which("systemd-analyze"), "apt-get install systemd")
    def test_unit(self):
        unit = f"{SOURCE}/tools/packaging/debian/undertone.service"
        r = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", unit], capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        self.assertRegex(r.stdout, r"exposure level for undertone\.service: [01]\.")


if __name__ == "__main__":
    unittest.main(verbosity=2)
