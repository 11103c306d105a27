#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""After calls by every way in, and captures replayed and imported: no number, no voice, no password or token in the log, the record, the events, the
metrics, the answers of REST, a webhook's letters and their addresses. That there is no core: cli/hardened."""
import os
import re
import shutil
import subprocess
import threading
import unittest
import urllib.parse
import urllib.request

import capture
from daemon import UNDERTONE, Daemon
from everyway import NUMBERS, SECRETS, Ways
from patience import PATIENCE_S
from sound import channels, linear
from supervise import Receiver
from ws_client import signed

SECONDS = int(os.environ.get("UT_CALL_SECONDS", "5"))


class NothingLeft(unittest.TestCase):
    def test_after_calls_by_every_way(self):
        shutil.rmtree("data", ignore_errors=True)
        hook, ways = Receiver(), Ways(channels())
        self.addCleanup(hook.stop)
        daemon = Daemon(*ways.args, "--data", "data", "--webhook", f"{hook.url},on=all", "--media-timeout", "2", "--log-level", "debug",
                        name="nothing-left")
        daemon.wait_serving()
        first_key = daemon.first_key()
        calls = {}
        threads = [threading.Thread(target=lambda way=way: calls.update({way.__name__: way(SECONDS)})) for way in ways.kinds]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(len(calls), len(ways.kinds), "a way in failed; its traceback is above")
        for call in filter(None, calls.values()):
            daemon.wait_ended(call)
        daemon.wait_until(lambda events: sum(e.get("phase") == "ended" for e in events) == len(calls))

        traces = {"events": repr(daemon.events).encode()}
        for path in ("/metrics", "/api/v1/calls", "/api/v1/alerts?state=all", "/api/v1/history", "/api/v1/health", "/api/v1/channels",
                     "/api/v1/system", "/api/v1/config", "/api/v1/tokens"):
            asked = urllib.request.Request(f"http://127.0.0.1:{ways.http}{path}", headers=signed(ways.http))
            try:
                with urllib.request.urlopen(asked, timeout=PATIENCE_S) as r:
                    traces[path] = r.read()
            except urllib.error.HTTPError as e:
                traces[path] = e.read()
        traces["webhook"] = b"\n".join(hook.seen.values()) + repr(hook.order).encode()
        self.assertEqual(daemon.end(), 0)
        traces["log"] = daemon.logged().replace(first_key, "").encode()  # The one that it must print.
        traces.update(self.captures(ways))
        for name in os.listdir("data"):
            with open(f"data/{name}", "rb") as f:
                traces["data/" + name] = f.read()
        self.assertIn("data/undertone.db", traces)
        for name, trace in traces.items():
            for what, secret in SECRETS.items():
                self.assertNotIn(secret.encode(), trace, f"{what} is in {name}")
            for number in NUMBERS:
                self.assertNotIn(number[1:].encode(), trace, f"a number is in {name}")
            self.assertNotIn(first_key.encode(), trace, f"the first key is in {name}")
            self.assert_no_voice(ways, name, trace)
        self.assertGreater(len(traces["/metrics"]), 1000)

    def captures(self, ways):
        """What a capture with numbers in its signalling leaves when it is replayed, and imported into the record."""
        c = capture.Capture()
        a, b = ("192.0.2.1", 5060), ("192.0.2.2", 5060)
        for t, src, dst, start, port in ((0.0, a, b, f"INVITE sip:+{NUMBERS[1]}@x SIP/2.0", 4000), (0.5, b, a, "SIP/2.0 200 OK", 5000)):
            body = capture.sdp(src[0], port)
            c.message(t, src, dst, (f"{start}\r\nVia: SIP/2.0/UDP x\r\nFrom: <sip:+{NUMBERS[0]}@x>;tag=A\r\nTo: <sip:+{NUMBERS[1]}@x>;tag=B\r\n"
                                    "Call-ID: captured@x\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
                                    f"P-Asserted-Identity: <sip:+{NUMBERS[0]}@x>\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
        for n, sound in enumerate(ways.cut(20)):
            ends = (a[0], 4000), (b[0], 5000)
            c.rtp(0.6, ends[n], ends[1 - n], sound, ssrc=n)
        path, traces = c.pcap("call.pcap"), {}
        for name, args in (("replay", ["--json", "--caller-channel", "1"]), ("replay text", []), ("import", ["--data", "data"])):
            r = subprocess.run([UNDERTONE, name.split()[0], *args, path], capture_output=True, timeout=PATIENCE_S)
            self.assertIn(r.returncode, (0, 3), r.stderr)
            traces[name] = r.stdout + r.stderr
        self.assertRegex(traces["replay"], rb'"caller_speech_s":[1-9]')
        return traces

    def assert_no_voice(self, ways, name, trace):
        """40 ms of speech as it came, as mu-law or linear, at any of 200 places."""
        for sound in (ways.caller, ways.agent):
            for at in range(0, len(sound) - 320, len(sound) // 100):
                piece = sound[at:at + 320]
                if len(set(piece)) > 20:  # Silence is everywhere.
                    self.assertNotIn(piece, trace, f"a voice is in {name}")
                    self.assertNotIn(linear(piece), trace, f"a voice is in {name}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
