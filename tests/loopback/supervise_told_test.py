#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Told is kept, kept is told: while the record cannot be written, alerts are told within seconds as not stored and
a problem says so; once it can, they are kept, and nobody is told twice. A record that is taken away under the
daemon, and a second daemon on one folder, are told at once."""
import fcntl
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import unittest

from mail_server import Server as MailServer
from patience import PATIENCE_S
from ports import free_port
from supervise import FIRST_KEYS, UNDERTONE, Daemon, Receiver


class Feed:
    """What /events says of alerts: (time, alert, action, stored)."""

    def __init__(self, port):
        self.alerts = []
        self.s = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        who = f"Authorization: Bearer {FIRST_KEYS[port]}\r\n" if FIRST_KEYS[port] else ""
        self.s.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\n".encode())
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            for line in self.s.makefile("rb"):
                event = json.loads(line[6:])["event"] if line.startswith(b"data: ") else {"type": ""}
                if event["type"] == "alert":
                    self.alerts.append((time.monotonic(), event["state"]["alert"], event["action"], event["state"]["stored"]))
        except OSError:
            return

    def of(self, alert):
        return [a for a in self.alerts if a[1] == alert]

    def wait(self, alert):
        end = time.monotonic() + PATIENCE_S
        while not self.of(alert):
            assert time.monotonic() < end, alert + " was never told"
            time.sleep(0.01)
        return self.of(alert)[0]


def codes(d):
    return [p["code"] for p in d.get("/api/v1/health")[1]["problems"]]


class Told(unittest.TestCase):
    def setUp(self):
        shutil.rmtree("data", ignore_errors=True)

    def test_record_that_does_not_answer(self):
        hook = Receiver()
        d = Daemon("data=data", "webhook=" + hook.url, "escalate=0")
        feed = Feed(d.port)
        d.do("start c1 q a", "alert c1 1 1 raised")
        self.assertTrue(feed.wait("c1-1")[3])
        other = sqlite3.connect("data/undertone.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        pushed = time.monotonic()
        d.do("alert c1 2 2 raised")
        at, _, _, stored = feed.wait("c1-2")
        late = at - pushed
        d.wait_for("/api/v1/health", lambda h: "store_slow" in [p["code"] for p in h["problems"]])
        found = time.monotonic() - pushed
        d.do("alert c1 2 3 cleared")
        end = time.monotonic() + PATIENCE_S
        while not [a for a in feed.of("c1-2") if a[2] == "cleared"]:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        other.execute("ROLLBACK")
        other.close()
        hook.wait(["c1-1", "c1-2"])
        d.wait_for("/api/v1/health", lambda h: h["status"] == "ok")
        kept = d.get("/api/v1/alerts?state=all")[1]["alerts"]
        self.assertEqual([(a["alert"], a["cleared"], a["stored"]) for a in kept],
                         [("c1-2", True, True), ("c1-1", False, True)])
        d.do("alert c1 3 4 raised")
        feed.wait("c1-3")
        self.assertEqual([(a[2], a[3]) for a in feed.of("c1-2")], [("raised", False), ("cleared", False)])
        self.assertFalse(stored)
        self.assertEqual(hook.repeats, 0)
        print(f"a locked record: told after {late:.1f} s, a problem after {found:.1f} s")
        self.assertLess(late, 4.0)
        d.quit()
        hook.stop()

    def test_letters_of_a_call_that_is_followed(self):
        """The log tells each try of its letters, and of no other call's; a refused request, without its key."""
        def lines(what):
            with open("letters.log") as f:
                return [line for line in f if what in line]
        hook = Receiver()
        hook.answer = 503
        with open("letters.log", "w") as log:
            d = Daemon("data=data", "webhook=" + hook.url, "escalate=0", "log-call=c1", log=log)
        d.do("start c1 q a", "start d2 q a", "alert c1 1 1 raised")
        end = time.monotonic() + PATIENCE_S
        while not lines("again later"):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        hook.answer = 200
        d.do("alert d2 1 1 raised")
        hook.wait(["c1-1", "d2-1"])
        d.wait_for("/api/v1/health", lambda h: h["status"] == "ok")
        self.assertRegex(lines("again later")[0], r"call=c1 alert=c1-1 channel=webhook:1 action=raised tries=1 again_in_ms=[1-9]\d*")
        self.assertRegex(lines("letter sent")[0], r"call=c1 alert=c1-1 channel=webhook:1 action=raised tries=[2-9]")
        self.assertEqual(lines("call=d2"), [])
        d.quit()
        hook.stop()

    def test_record_that_is_taken_away(self):
        for name, harm in (("deleted", lambda: os.remove("data/undertone.db")),
                           ("replaced", lambda: (shutil.copy("data/undertone.db", "data/copy"),
                                                 os.replace("data/copy", "data/undertone.db"))),
                           ("its log deleted", lambda: os.remove("data/undertone.db-wal")),
                           ("emptied", lambda: os.truncate("data/undertone.db", 0)),
                           ("its key deleted", lambda: os.remove("data/key")),
                           ("made read-only", lambda: os.chmod("data/undertone.db", 0o400))):
            shutil.rmtree("data", ignore_errors=True)
            d = Daemon("data=data", "escalate=0")
            self.assertEqual(codes(d), [])
            harm()
            health = d.wait_for("/api/v1/health", lambda h: h["problems"])
            self.assertIn(health["problems"][0]["code"], ("store_gone", "store_readonly", "key_wrong"), name)
            self.assertIn(health["problems"][0]["code"], d.get("/readyz")[1], name)
            d.do("alert c1 1 1 raised")  # Calls and alerts go on.
            d.wait_for("/api/v1/alerts", lambda a: a["alerts"])
            d.kill()

    def test_two_daemons_on_one_folder(self):
        d = Daemon("data=data")
        r = subprocess.run([UNDERTONE, "serve", "--data", "data", "--http", f"127.0.0.1:{free_port()}"],
                           capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertNotEqual(r.returncode, 0)
        self.assertIn(f"process {d.process.pid},", r.stderr)
        self.assertIn("--data", r.stderr)
        os.unlink("data/lock")  # Nor does it help to clean up.
        for command in ("serve", "repair"):
            http = ("--http", f"127.0.0.1:{free_port()}") if command == "serve" else ()
            r = subprocess.run([UNDERTONE, command, "--data", "data", *http], capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertNotEqual(r.returncode, 0, command)
            self.assertIn("uses this", r.stderr + r.stdout)
        d.kill()  # The lock goes with the process.
        with open("data/lock", "w") as f:  # Versions before have locked the file alone, as `drain` looks.
            f.write("4711\n")
            f.flush()
            fcntl.flock(f, fcntl.LOCK_EX)
            r = subprocess.run([UNDERTONE, "serve", "--data", "data", "--http", f"127.0.0.1:{free_port()}"],
                               capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertNotEqual(r.returncode, 0)
        self.assertIn("process 4711,", r.stderr)
        d = Daemon("data=data")
        with open("data/lock") as f, self.assertRaises(BlockingIOError):
            fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB)
        d.quit()

    def test_alerts_by_mail(self):
        """Kept while the server is away, sent once; the rows' filters hold; one thread an alert; what is refused for good is told."""
        with open("own", "w") as f:
            f.write("{{action}} é {{queue}}\n{{text}}\n{{link}}\n")
        server = MailServer()
        to = ["mail=ana@example.org,bo+x@example.org,queue=Bill*,template=own", "mail=c@example.org,severity=high",
              "mail-from=ut@example.org", "smtp=" + server.url, "escalate=0"]
        d = Daemon("data=data", *to)
        d.do("start c1 Billing a", "start c2 Sales a", "alert c1 1 1 raised", "alert c2 1 1 raised")
        d.wait_for("/api/v1/health", lambda h: "get through to mail:1" in str(h["problems"]))
        self.assertEqual(server.mails, [])
        with server:
            d.wait_for("/api/v1/health", lambda h: h["status"] == "ok")
            d.do("alert c1 1 2 cleared")
            end = time.monotonic() + PATIENCE_S
            while len(server.mails) < 2:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)
            self.assertEqual([(m.sender, m.receivers) for m in server.mails],
                             [("ut@example.org", ["ana@example.org", "bo+x@example.org"])] * 2)
            raised, cleared = (m.parsed for m in server.mails)
            self.assertEqual((raised["Subject"], cleared["Subject"]), ("raised é Billing", "cleared é Billing"))
            self.assertIn("speaking faster", raised.get_body().get_content())
            self.assertEqual((cleared["In-Reply-To"], raised["In-Reply-To"]), (raised["Message-ID"], None))
            self.assertNotEqual(cleared["Message-ID"], raised["Message-ID"])
            server.refuse = b"550 no such receiver"
            d.do("alert c1 2 3 raised")
            d.wait_for("/api/v1/dead-letters", lambda a: a["dead_letters"])
            dead = d.get("/api/v1/dead-letters")[1]["dead_letters"]
            self.assertEqual([x["channel"] for x in dead], ["mail:1"])
            self.assertIn("refuses the message with 550", dead[0]["error"])
        d.quit()

    def try_channel(self, name, *options):
        """One test alert, with the folder and the port of a daemon that runs."""
        r = subprocess.run([UNDERTONE, "serve", "--data", "data", "--http", f"127.0.0.1:{self.d.port}", "--node", "n9",
                            *options, "--test-channel", name], capture_output=True, text=True, timeout=PATIENCE_S)
        return r.returncode, r.stdout, r.stderr

    def test_a_channel_is_tried(self):
        hook, away = Receiver(), free_port()
        host = f"127.0.0.1:{hook.port}"
        with open("routing", "w") as f:
            f.write("R0UTING")
        with open("own", "w") as f:
            f.write("{{title}}/{{text}}/{{call}}")
        self.d = Daemon("data=data")
        before = sorted(os.listdir("data"))

        # Taken, whatever the filters; each template says that it is a test, once and with a key of its own.
        for template in ("json", "slack", "teams", "text", "own", "pagerduty,routing-key-file=routing", "opsgenie"):
            n, incidents = len(hook.order), template.startswith(("pagerduty", "opsgenie"))
            code, out, err = self.try_channel("webhook", "--webhook",
                                              f"{hook.url}/s3cret,queue=Nobody,severity=high,template={template}")
            self.assertEqual((code, err), (0, ""), template)
            self.assertRegex(out, rf"^webhook:1: test alert test-\d+ \(raised\) sent to {host}: the receiver answered HTTP 200\n")
            self.assertEqual(out.count("\n"), 2 if incidents else 1)
            self.assertNotRegex(out, "s3cret|R0UTING")
            raised, *rest = hook.order[n:]
            self.assertRegex(raised, r"^test-\d+@n9\.test$")
            self.assertEqual([raised.replace("@", "-resolved-1@")] if incidents else [], rest)
            body = hook.seen[raised].decode()
            self.assertIn("test", json.loads(body)["alert"]["call"] if template == "json" else body)
            self.assertRegex(body, "This is a test|Test alert, nobody needs help")
            if incidents:
                sent, last = json.loads(body), json.loads(hook.seen[rest[0]])
                alias = "dedup_key" if "routing_key" in sent else "alias"
                self.assertEqual(sent[alias], last[alias])
                self.assertEqual((sent.get("event_action"), last.get("event_action")),
                                 ("trigger", "resolve") if alias == "dedup_key" else (None, None))
                self.assertEqual("/close?" in hook.headers[rest[0]][":path"], alias == "alias")

        # Refused, and away.
        hook.answer = 403
        code, out, err = self.try_channel("webhook:2", "--webhook", f"http://127.0.0.1:{away}/s3cret", "--webhook", hook.url)
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, rf"^undertone serve: webhook:2: {host} did not take .*HTTP 403; check the address, the keys")
        code, out, err = self.try_channel("webhook:1", "--webhook", f"http://127.0.0.1:{away}/s3cret", "--webhook", hook.url)
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, rf"^undertone serve: webhook:1: 127.0.0.1:{away} did not take .*connect.*; check its address")
        self.assertNotIn("s3cret", err)

        # No such channel, and none that is meant.
        for name, options, words in (("nats", ("--webhook", hook.url), "webhook:1"), ("webhook", (), "none is configured"),
                                     ("webhook", ("--webhook", hook.url) * 2, "webhook:1, webhook:2")):
            code, out, err = self.try_channel(name, *options)
            self.assertEqual((code, out), (2, ""), name)
            self.assertIn(words, err)

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            s.settimeout(PATIENCE_S)
            code, out, err = self.try_channel("syslog", "--syslog", f"udp://127.0.0.1:{s.getsockname()[1]}")
            self.assertEqual((code, err), (0, ""))
            self.assertIn(f"sent to 127.0.0.1 port {s.getsockname()[1]}: nothing is answered there", out)
            self.assertRegex(s.recv(4096).decode(), r' raised \[.* call="test".*\] This is a test of the channel')
        with MailServer() as server:
            mail = ("--mail", "ana@example.org,queue=Nobody", "--mail-from", "ut@example.org", "--smtp")
            code, out, err = self.try_channel("mail:1", *mail, server.url, "--base-url", "https://calls.example.org")
            self.assertEqual((code, err), (0, ""))
            self.assertIn(f"(raised) sent to ana@example.org by {server.url[7:]}: the mail server has taken it", out)
            sent = server.mails[0].parsed
            self.assertEqual(sent["Subject"], "Test alert, nobody needs help: queue test, agent test (low)")
            self.assertRegex(sent.get_body().get_content(), r"This is a test of the channel(.|\n)*https://calls.example.org/#/call/test")
        code, out, err = self.try_channel("mail", *mail, f"smtp://127.0.0.1:{away}")
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, "mail:1: ana@example.org by .* did not take .*check its address")
        code, out, err = self.try_channel("syslog", "--syslog", f"tcp://127.0.0.1:{away}")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("cannot be reached", err)

        # The daemon beside it knows of none of this.
        self.assertEqual(self.d.get("/api/v1/alerts?state=all")[1]["alerts"], [])
        self.assertEqual(sorted(os.listdir("data")), before)
        self.d.quit()
        hook.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
