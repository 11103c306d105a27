#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The manual and the shells' completions say what the program says, and mandoc has nothing against them."""
import os
import re
import shutil
import subprocess
import unittest

from undertone import run

SHARE = os.path.join(os.environ["UT_BUILD"], "share")
PAGES = sorted(os.path.join(d, f) for d, _, names in os.walk(os.path.join(SHARE, "man")) for f in names)


def read(*path):
    with open(os.path.join(SHARE, *path)) as f:
        return f.read()


def commands():
    return re.findall(r"^  (\w+) +\S", run("--help").out.decode().split("commands:\n")[1], re.M)


def options(command):
    """Names and values of the options that --help tells of."""
    return re.findall(r"^  --([a-z-]+)", run(command, "--help").out.decode(), re.M)


class Manual(unittest.TestCase):
    def test_every_command_has_a_page_with_its_options(self):
        overview = read("man", "man1", "undertone.1")
        self.assertIn("replay", commands())
        for command in commands():
            page = read("man", "man1", f"undertone-{command}.1")
            self.assertIn(f".Xr undertone-{command} 1", overview)
            self.assertTrue(options(command), command)
            for name in options(command):
                if name != "help":
                    self.assertRegex(page, rf"(?m)^\.It Fl -{name}\b", command)

    def test_every_option_of_the_file_is_told(self):
        page = read("man", "man5", "undertone.conf.5")
        for name in options("serve"):
            told = self.assertNotRegex if name in ("config", "check-config", "test-channel") else self.assertRegex
            told(page, rf"(?m)^\.It Ic {name} = Ar ", name)
        self.assertIn("The default is 1000.", page)
        self.assertIn("SIGHUP takes a new value.", page)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed: tools/packages.test names it")
    def test_mandoc_finds_nothing(self):
        self.assertGreater(len(PAGES), 10)
        r = subprocess.run(["mandoc", "-Tlint", *PAGES], capture_output=True, text=True)
        # The pages are not installed: that they name each other is looked at below.
        faults = [line for line in r.stdout.splitlines() if "referenced manual not found: Xr undertone" not in line]
        self.assertEqual(faults, [])
        text = subprocess.run(["mandoc", "-Tutf8", os.path.join(SHARE, "man", "man1", "undertone-replay.1")],
                              capture_output=True, text=True).stdout
        self.assertRegex(re.sub(".\b", "", text), r"--json\s+Print JSON Lines")

    def test_claims_name_tests_that_there_are(self):
        with open(os.path.join(os.environ["UT_SOURCE"], ".github", "SECURITY.md")) as f:
            claims = set(re.findall(r"\b(?:cli|fault|fuzz|install|loopback|unit|web)/[a-z][a-z_-]+\b", f.read()))
        listed = subprocess.run(["ctest", "--test-dir", os.environ["UT_BUILD"], "-N"], capture_output=True, text=True, check=True)
        self.assertGreater(len(claims), 20)
        self.assertEqual(claims - set(re.findall(r": (\S+/\S+)", listed.stdout)), set())

    def test_pages_name_pages_that_there_are(self):
        there = {tuple(os.path.basename(p).rsplit(".", 1)) for p in PAGES}
        for page in PAGES:
            for name, section in re.findall(r"^\.Xr (\S+) (\d)", read(page), re.M):
                self.assertIn((name, section), there, page)

    def complete(self, *words):
        script = os.path.join(SHARE, "bash-completion", "completions", "undertone")
        line = f'. "{script}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _undertone; printf "%s\\n" "${{COMPREPLY[@]}}"'
        r = subprocess.run(["bash", "-c", line, "bash", "undertone", *words], capture_output=True, text=True)
        self.assertEqual(r.stderr, "")
        return r.stdout.split()

    def test_bash_completes(self):
        self.assertEqual(self.complete("repl"), ["replay"])
        self.assertEqual(set(self.complete("")) - {"--help", "--version"}, set(commands()))
        self.assertEqual(self.complete("serve", "--audiosocket-j"), ["--audiosocket-join"])
        self.assertEqual(self.complete("serve", "--log-level", ""), ["debug", "info", "warn", "error"])
        open("call.wav", "w").close()
        self.assertEqual(self.complete("replay", "ca"), ["call.wav"])
        for command in commands():
            self.assertEqual(set(self.complete(command, "--")) - {"--help"},
                             {"--" + name for name in options(command)} - {"--help"}, command)

    def test_zsh_is_told_the_same(self):
        script = read("zsh", "site-functions", "_undertone")
        self.assertTrue(script.startswith("#compdef undertone\n"))
        for command in commands():
            case = re.search(rf"(?ms)^    {command}\) _arguments (.*?);;$", script).group(1)
            for name in options(command):
                self.assertIn(f"--{name}[", case)
        if shutil.which("zsh"):
            subprocess.run(["zsh", "-n", os.path.join(SHARE, "zsh", "site-functions", "_undertone")], check=True)

    def test_what_the_build_asks_for_is_known(self):
        self.assertEqual(run("--manual", "nothing").status, 2)


if __name__ == "__main__":
    unittest.main()
