#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Commands, options, and what is said when they are wrong."""
import os
import re
import unittest

from undertone import run, voice, wav


class Usage(unittest.TestCase):
    def wrong(self, *args, said, data=None):
        r = run(*args, data=data)
        self.assertEqual(r.status, 2, r.err)
        self.assertEqual(r.out, b"")
        self.assertIn(said, r.err)

    def test_help_and_version(self):
        self.assertRegex(run("--version").out, rb"^undertone \d+\.\d+\.\d+\nbuilt in: .*\bserve\b")
        self.assertIn(b"replay", run("--help").out)
        for command in ("replay", "features", "score"):
            r = run(command, "--help")
            self.assertEqual(r.status, 0)
            self.assertIn(b"usage: undertone " + command.encode(), r.out)

    def test_actions(self):
        """What a button opens is checked before anybody presses it."""
        def check(*actions):
            r = run("serve", *[x for a in actions for x in ("--action", a)], "--check-config")
            return r.status, r.err
        self.assertEqual(check("Listen=sip:spy-{agent}@pbx.example.com", "Open=https://pbx.example.com/c/{call}")[0], 0)
        for actions, said in ((["A=tel:1", "B=tel:2", "A=tel:3"], "two actions are called A"), (["A=tel:{caller}"], "{caller} is no name"),
                              (["A=javascript:x"], "must begin with https://"), (["A=https://{agent}/"], "must be written out"),
                              ([f"A{i}=tel:1" for i in range(25)], "more than 24 times")):
            status, err = check(*actions)
            self.assertEqual(status, 2, actions)
            self.assertIn(said, err)

    def test_what_others_could_learn(self):
        """Passwords and keys on the command line, short ones, and files that all may read: told, never repeated."""
        def warnings(*args):
            r = run("serve", *args, "--check-config")
            self.assertEqual(r.status, 0, r.err)
            self.assertNotRegex(r.err, "quince|longenoughmediatoken|hunter")
            return re.findall(r"warning: (\S+): .*(guessed|command line|in this file)", r.err)
        with open("secrets.conf", "w") as f:
            f.write("media-token = longenoughmediatoken\nsip-user = me:quince\nnats = nats://me:hunter@127.0.0.1:1\n")
        os.chmod("secrets.conf", 0o640)
        self.assertEqual(warnings("--config", "secrets.conf"), [("sip-user", "guessed")])
        os.chmod("secrets.conf", 0o644)
        self.assertEqual(warnings("--config", "secrets.conf"), [("sip-user", "guessed"), ("config", "in this file")])
        self.assertEqual(warnings("--media-token", "longenoughmediatoken", "--nats", "nats://me:hunter@127.0.0.1:1"),
                         [("media-token", "command line"), ("nats", "command line")])
        for kind, told in (("PRIVATE KEY", [("http-cert", "in this file")]), ("CERTIFICATE", [])):
            with open("some.pem", "w") as f:
                f.write(f"-----BEGIN {kind}-----\n")
            os.chmod("some.pem", 0o644)
            self.assertEqual(warnings("--http-cert", "some.pem"), told)

    def test_files_with_secrets_that_others_could_read(self):
        """Those that a webhook, an action or the mail server names, and a record's folder that others may write into."""
        def told(*args):
            r = run("serve", *args, "--check-config")
            self.assertEqual(r.status, 0, r.err)
            return re.findall(r"warning: (\S+): .*(in this file|into this folder)", r.err)
        named = {"secret": "longenoughsecret", "headers": "Authorization: Bearer longenough", "login": "me:longenoughsecret"}
        for name, text in named.items():
            with open(name, "w") as f:
                f.write(text)
        os.makedirs("folder", exist_ok=True)
        args = ["--data", "folder", "--webhook", "http://127.0.0.1:1/x,on=raised,secret-file=secret,header-file=headers",
                "--action", "Join=AMI 127.0.0.1:1 login-file=login Action: Ping", "--mail", "qa@example.org", "--mail-from", "ut@example.org",
                "--smtp", "smtp://127.0.0.1:1", "--smtp-user", "me", "--smtp-password-file", "secret"]
        for mode, folder, wanted in ((0o640, 0o770, []), (0o644, 0o777, [
                ("action", "in this file"), ("data", "into this folder"), ("smtp-password-file", "in this file"),
                ("webhook", "in this file"), ("webhook", "in this file")])):
            for name in named:
                os.chmod(name, mode)
            os.chmod("folder", folder)
            self.assertEqual(sorted(told(*args)), wanted)

    def test_no_command(self):
        self.wrong(said="usage: undertone COMMAND")
        self.wrong("reply", said="no command 'reply'")

    def test_options(self):
        self.wrong("replay", said="needs a file")
        self.wrong("replay", "--caler-chanel", "1", "x.wav", said="--caler-chanel")
        self.wrong("replay", "-x", "x.wav", said="-x")
        self.wrong("replay", "x.wav", "--jobs", said="--jobs needs a value")
        for value in ("0", "-1", "257", "two", "1x", ""):
            self.wrong("replay", "--jobs", value, "x.wav", said="--jobs")
        for value in ("0", "1.5", "nan", "x", "-0.5"):
            self.wrong("replay", "--threshold", value, "x.wav", said="--threshold")
        self.wrong("replay", "--mono-is", "agent", "x.wav", said="caller")
        self.wrong("replay", "--raw-encoding", "mp4", "x.wav", said="ulaw|alaw")
        self.wrong("replay", "--raw-rate", "100", "x.wav", said="8000 to 96000")
        self.wrong("replay", "--agent-channel", "1", "x.wav", said="never scored")
        self.wrong("replay", "--threshold", ".5", "--budget", "1", "x.wav", said="one of them")

    def test_a_threshold_that_nothing_reaches(self):
        wav("voice.wav", voice(1))
        for command in (["replay", "voice.wav"], ["listen", "--caller", "x"]):
            self.wrong(*command, "--threshold", "0.99999", said="--threshold 0.99999 would never alert")
        end = re.search(r"evidence ends at (0\.\d+)", run("replay", "--threshold", "1", "voice.wav").err).group(1)
        self.wrong("replay", "--threshold", str(float(end) + 2e-4), "voice.wav", said="ends at " + end)
        self.assertIn(run("replay", "--mono-is", "caller", "--threshold", end, "voice.wav").status, (0, 3))

    def test_a_configuration_with_such_a_threshold(self):
        said = run("serve", "--threshold", "1", "--check-config").err
        high = round(float(re.search(r"evidence ends at (0\.\d+)", said).group(1)) + 1e-4, 4)
        with open("high.conf", "w") as f:
            f.write(f"http = 127.0.0.1:0\nthreshold = {high}\n")
        for more in (["--check-config"], []):
            r = run("serve", "--config", "high.conf", *more)
            self.assertIn(r.status, (1, 2))
            self.assertIn(f"high.conf:2: threshold {high:g} would never alert", r.err)
        r = run("serve", "--threshold", ".99999", "--check-config")
        self.assertEqual(r.status, 2)
        self.assertIn("threshold 0.99999 would never alert", r.err)

    def test_model_that_is_none(self):
        self.wrong("replay", "--model", "nosuch.utm", "x.wav", said="nosuch.utm")
        self.wrong("replay", "--model", ".", "x.wav", said="cannot be read")
        with open("model.utm", "wb") as f:
            f.write(b"not a model" * 100)
        self.wrong("replay", "--model", "model.utm", "x.wav", said="not a file of this kind")

    def test_empty_values_are_seen(self):
        for args, said in ((["replay", ""], "undertone: '': cannot be opened"),
                           (["replay", "--model", "", "x.wav"], "undertone: '': the model cannot be read"),
                           (["replay", "--raw-encoding", "", "x.wav"], "--raw-encoding '': takes ulaw|")):
            self.assertIn(said, run(*args).err)

    def test_double_dash_ends_options(self):
        wav("--json", voice(1))
        r = run("replay", "--json", "--", "--json")
        self.assertEqual(r.lines("call")[0]["file"], "--json")

    def test_files_from_a_list(self):
        wav("a b.wav", voice(1))
        wav("c.wav", voice(1))
        with open("list", "w") as f:
            f.write("a b.wav\r\n\nc.wav")
        r = run("replay", "--json", "--files-from", "list")
        self.assertEqual([o["file"] for o in r.lines("call")], ["a b.wav", "c.wav"])
        r = run("replay", "--json", "--files-from", "-", data=b"c.wav\n")
        self.assertEqual([o["file"] for o in r.lines("call")], ["c.wav"])
        self.wrong("replay", "--files-from", "nosuch", said="nosuch")
        with open("list0", "wb") as f:
            f.write(b"a b.wav\0c.wav\0")
        r = run("replay", "--json", "--files-from", "list0")
        self.assertEqual([o["file"] for o in r.lines("call")], ["a b.wav", "c.wav"])
        for coding, status in (("utf-8-sig", 3), ("utf-16", 2), ("utf-16-le", 2)):
            with open("marked", "w", encoding=coding) as f:
                f.write("c.wav\na b.wav\n")
            r = run("replay", "--json", "--files-from", "marked")
            self.assertEqual(r.status, status, r.err)
            if status == 2:
                self.assertIn("is a list in UTF-16", r.err)
            else:
                self.assertEqual([o["file"] for o in r.lines("call")], ["c.wav", "a b.wav"])

    def test_who_is_where_a_line(self):
        """An archive of calls that came in and calls that were made has the caller on either channel."""
        tone, quiet = voice(1), [0] * 8000
        wav("two.wav", [x for pair in zip(tone, quiet) for x in pair], channels=2)
        wav("one.wav", tone)
        wav("a\tb.wav", tone)
        rows = [("two.wav", (1, 2)), ("two.wav\tcaller=2", (2, 1)), ("two.wav\tcaller=2 agent=none", (2, None)),
                ("one.wav\tmono-is=caller", (1, None)), ("one.wav\tmono-is=mixed", (None, None)), ("one.wav", (None, None)),
                ("a\tb.wav\tmono-is=caller", (1, None)), ("a\tb.wav", (None, None)), ("two.wav\tagent=1,caller=2", (2, 1))]
        for apart in ("\n", "\0"):
            with open("roles", "w") as f:
                f.write(apart.join(line for line, _ in rows))
            r = run("replay", "--json", "--files-from", "roles")
            self.assertEqual([(o["caller_channel"], o["agent_channel"]) for o in r.lines("call")], [w for _, w in rows])
        r = run("replay", "--json", "--caller-channel", "2", "--files-from", "-", data=b"two.wav\ntwo.wav\tcaller=1")
        self.assertEqual([o["caller_channel"] for o in r.lines("call")], [2, 1])
        for text in ("caller=0", "caller=x", "caller=1 agent=1", "mono-is=agent", "agent=1 callr=2", "caller=99999"):
            self.wrong("replay", "--files-from", "-", data=b"one.wav\none.wav\t" + text.encode(), said="line 2: \"" + text)


if __name__ == "__main__":
    unittest.main()
