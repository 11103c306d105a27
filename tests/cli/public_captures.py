#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Captures that others keep as their tests, out of Debian's source packages: whatever is in them, a replay ends by
itself and in order, and nobody is taken for the caller whom no signalling names. UT_CAPTURES names a folder in which
the archives are kept; without it they are fetched. Skipped where they cannot be."""
import glob
import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

from undertone import run

PACKAGES = ("tcpdump", "wireshark", "ndpi")
ENDINGS = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz")
AT_ONCE, BYTES_MAX = 40, 64 << 20


def fetch(folder):
    """The archives of upstream's sources, by apt-get with lists of its own: the system's stay as they are."""
    for name in ("apt/lists/partial", "apt/cache/archives/partial", "apt/parts"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    for path in glob.glob("/etc/apt/sources.list") + glob.glob("/etc/apt/sources.list.d/*"):
        if not path.endswith((".list", ".sources")):
            continue
        with open(path, errors="replace") as f:
            text = f.read()
        with open(os.path.join(folder, "apt/parts", os.path.basename(path)), "w") as f:
            f.writelines(("Types: deb-src\n" if line.startswith("Types:") else "deb-src " + line[4:] if line.startswith("deb ") else line)
                         for line in text.splitlines(True))
    apt = ["apt-get", "-qq", "-oDir::Etc::SourceList=/dev/null", f"-oDir::Etc::SourceParts={folder}/apt/parts",
           f"-oDir::State::Lists={folder}/apt/lists", f"-oDir::Cache={folder}/apt/cache"]
    subprocess.run([*apt, "update"], cwd=folder, timeout=300)
    for package in PACKAGES:  # One file of a package may be missing, and the archive there all the same.
        subprocess.run([*apt, "source", "--download-only", package], cwd=folder, timeout=600)


def unpack(archive, folder):
    """The captures in an archive, flat and numbered; what is compressed once more is unpacked."""
    with tarfile.open(archive) as tar:
        for n, member in enumerate(tar):
            if not member.isfile() or member.size > BYTES_MAX or not member.name.lower().endswith(ENDINGS):
                continue
            data = tar.extractfile(member).read()
            name = os.path.basename(member.name)
            if name.endswith(".gz"):
                name, data = name[:-3], gzip.decompress(data)
            os.makedirs(os.path.join(folder, str(n)), exist_ok=True)
            with open(os.path.join(folder, str(n), name), "wb") as f:
                f.write(data)


class PublicCaptures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="captures-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        kept = os.environ.get("UT_CAPTURES")
        if not kept:
            fetch(cls.folder)
        archives = glob.glob(os.path.join(kept or cls.folder, "*.orig.tar.*"))
        archives = [a for a in archives if not a.endswith(".asc")]
        if not archives:
            print("skipped: apt-get fetches no sources of", *PACKAGES)
            sys.exit(77)
        for archive in archives:
            unpack(archive, os.path.join(cls.folder, os.path.basename(archive)))
        cls.paths = sorted(p for p in glob.glob(cls.folder + "/*.orig.tar.*/*/*"))
        print(len(cls.paths), "captures of", *map(os.path.basename, archives))

    def replay(self, *options):
        """The calls that were found, by path."""
        calls = []
        for at in range(0, len(self.paths), AT_ONCE):
            some = self.paths[at:at + AT_ONCE]
            r = run("replay", "--json", *options, *some, timeout=1800)
            if r.status not in (0, 1, 3):  # Which one it was.
                some = [p for p in some if run("replay", "--json", *options, p).status not in (0, 1, 3)]
            self.assertIn(r.status, (0, 1, 3), (some, r.err[-3000:]))
            calls += r.lines("call")
        return calls

    def test_nobody_is_taken_for_the_caller(self):
        calls = self.replay()
        for call in calls:
            with self.subTest(call["file"]):
                who = call["caller_channel"], call["agent_channel"]
                if call["format"] != "capture, SIP and RTP":
                    self.assertEqual(who, (None, None))
                else:  # The sender of the INVITE, unless the capture begins after it.
                    self.assertIn(who, ((1, 2), (1, None), (None, None)))
        print(len(calls), "calls")

    def test_all_that_sounds_is_heard(self):
        """Said to be the caller's: every voice goes through the detector."""
        self.replay("--caller-channel", "1", "--mono-is", "caller")


if __name__ == "__main__":
    unittest.main()
