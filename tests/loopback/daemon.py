# SPDX-License-Identifier: MIT
"""Starts `undertone serve` for a test, gathers its events, and compares them with a replay's."""
import atexit
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request

from patience import PATIENCE_S
from ws_client import FIRST_KEYS, signed

UNDERTONE = os.environ.get("UNDERTONE", "undertone")
SOURCE = os.environ.get("UT_SOURCE", ".")


def api(port, path, method="GET", body=None):
    """Status and answer of the daemon at this port, asked as its first administrator."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    c.request(method, "/api/v1" + path, json.dumps(body) if body is not None else None,
              signed(port, {"Content-Type": "application/json"}))
    r = c.getresponse()
    answer = r.status, json.loads(r.read())
    c.close()
    return answer


def join(member, new):
    """Lets the daemon at one port join the house of that at the other: by a secret of the latter."""
    def until_done(port, path, body):
        end = time.monotonic() + PATIENCE_S
        while (got := api(port, path, "POST", body))[0] != 200:
            assert time.monotonic() < end, got
            time.sleep(0.1)
        return got[1]

    until_done(new, "/join", {"secret": until_done(member, "/invite", {})["secret"]})


class Daemon:
    def __init__(self, *args, name="serve"):
        self.log_path = f"{name}.log"
        self.log = open(self.log_path, "wb")
        self.process = subprocess.Popen([UNDERTONE, "serve", "--json", *args],
                                        stdout=subprocess.PIPE, stderr=self.log)
        atexit.register(self.close)  # A test that fails leaves none behind.
        self.events = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            if not line.endswith(b"\n"):
                return  # It was killed within it.
            with self.changed:
                self.events.append(json.loads(line))
                self.changed.notify_all()

    def logged(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def port(self, what):
        """The port that it listens on for `what`, as its log says."""
        return int(self.wait_logged_like(rf"msg=listening for={what} port=(\d+)").group(1))

    def first_key(self):
        """The key of the link that it prints while there is no administrator; every client here uses it."""
        port = self.port("http")
        FIRST_KEYS[port] = self.wait_logged_like(r"/#key=(\S+)").group(1)
        return FIRST_KEYS[port]

    def wait_serving(self):
        """Returns once every listener is open."""
        self.wait_logged_like("msg=serving")

    def wait_logged_like(self, pattern, timeout=PATIENCE_S):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = re.search(pattern, self.logged())
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"nothing like {pattern} in its log:\n{self.logged()}")

    def wait_logged(self, text, timeout=PATIENCE_S):
        end = time.monotonic() + timeout
        while text not in self.logged():
            assert time.monotonic() < end, f"{text} is not in:\n{self.logged()}"
            time.sleep(0.02)

    def metric(self, name):
        """A counter or gauge of /metrics; its daemon listens for http on this machine alone."""
        port = self.port("http")
        self.first_key()
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=signed(port))
        with urllib.request.urlopen(asked) as page:
            text = page.read().decode()
        return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M).group(1))

    def wait_metric(self, name, wanted, timeout=PATIENCE_S):
        """Waits until wanted(value) holds."""
        end = time.monotonic() + timeout
        while not wanted(self.metric(name)):
            assert time.monotonic() < end, f"{name} is {self.metric(name)}"
            time.sleep(0.05)

    def wait(self, wanted, timeout=PATIENCE_S):
        """The first event for which wanted(event) holds."""
        end = time.monotonic() + timeout
        with self.changed:
            while True:
                for event in self.events:
                    if wanted(event):
                        return event
                left = end - time.monotonic()
                if left <= 0 or not self.reader.is_alive():
                    raise AssertionError(f"no such event; the log says:\n{self.logged()}")
                self.changed.wait(min(left, 1))

    def wait_until(self, holds, timeout=PATIENCE_S):
        """Waits until holds(all events so far)."""
        with self.changed:
            if not self.changed.wait_for(lambda: holds(self.events), timeout):
                raise AssertionError(f"waited in vain; the log says:\n{self.logged()}")

    def wait_ended(self, call, timeout=PATIENCE_S):
        return self.wait(lambda e: e["type"] == "call" and e.get("phase") == "ended" and
                         e["call"] == call, timeout)

    def of(self, call):
        with self.changed:
            return [e for e in self.events if e["call"] == call]

    def end(self, timeout=PATIENCE_S):
        """SIGTERM; gives the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout)
        self.close()
        return status

    def close(self):
        """Ends it at once if it runs still."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join(60)
        self.process.stdout.close()
        self.log.close()


def replay(path, *args):
    done = subprocess.run([UNDERTONE, "replay", "--json", *args, path], capture_output=True,
                          text=True, timeout=2 * PATIENCE_S)
    return [json.loads(line) for line in done.stdout.splitlines()]


def of_media(events):
    """What does not depend on where a call came from: no call lines, no ids, no files."""
    return [{k: v for k, v in e.items() if k not in ("call", "file")} for e in events if e["type"] != "call"]


def near(a, b, path=""):
    """The first difference of two lists of events: times within 100 ms, numbers within 0.05.

    A frame's shift may decide a second between two who speak, or whether a small reason is named: who
    talks is not compared, and of reasons those of a tenth or more.
    """
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool):
        name = path.rsplit(".", 1)[-1]
        slack = 0.1 if name in ("t", "duration_s", "peak_t", "onset", "end_t", "for_s") else 0.05
        if name.endswith("_s") or "delta" in name:
            slack = max(slack, 0.3)
        return None if abs(a - b) <= slack + 1e-9 else f"{path}: {a} against {b}"
    if isinstance(a, dict) and isinstance(b, dict):
        for k in sorted(set(a) | set(b)):
            if k in ("text", "talk"):
                continue
            if k == "reasons" and k in a and k in b:
                shares = [{r["feature"]: r["share"] for r in x[k]} for x in (a, b)]
                for feature in set(shares[0]) | set(shares[1]):
                    x, y = (s.get(feature, 0) for s in shares)
                    if max(x, y) >= 0.1 and abs(x - y) > 0.1:
                        return f"{path}.reasons: {shares[0]} against {shares[1]}"
                continue
            if k not in a or k not in b:
                return f"{path}.{k}: only on one side"
            found = near(a[k], b[k], f"{path}.{k}")
            if found:
                return found
        return None
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return f"{path}: {len(a)} against {len(b)} items"
        for i, (x, y) in enumerate(zip(a, b)):
            found = near(x, y, f"{path}[{i}]")
            if found:
                return found
        return None
    return None if a == b else f"{path}: {a!r} against {b!r}"
