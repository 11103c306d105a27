#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a system may withhold: file sizes, descriptors, standard streams. The program goes on or ends with a word."""
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
import unittest
import urllib.request

from patience import PATIENCE_S
from ports import free_port

UNDERTONE, SAMPLE = os.environ["UNDERTONE"], os.environ["UT_SOURCE"] + "/samples/escalating-en.wav"


def start(*args, before, **kw):
    port = free_port()
    shutil.rmtree("data", ignore_errors=True)
    p = subprocess.Popen([UNDERTONE, "serve", "--data", "data", "--http", f"127.0.0.1:{port}", *args],
                         preexec_fn=before, **kw)
    return p, port


def ready(port):
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE_S) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def stop(p):
    p.send_signal(signal.SIGTERM)
    return p.wait(PATIENCE_S)


def heaps(pid):
    """Of glibc's heaps for threads, those that a process has: 64 MiB at a multiple of that, part of it in use."""
    whole, found, before = 1 << 26, 0, (0, 0, "")
    with open(f"/proc/{pid}/maps") as f:
        for line in f:
            begin, end, mode, rest = re.match(r"(\w+)-(\w+) (\S+) \S+ \S+ (.*)", line).groups()
            begin, end = int(begin, 16), int(end, 16)
            found += (before[0] % whole == 0 and before[2] == "rw-p" and mode == "---p" and before[1] == begin
                      and end == before[0] + whole)
            before = begin, end, mode
    return found


class Limits(unittest.TestCase):
    @unittest.skipIf(os.environ.get("UT_SANITIZE"), "a sanitizer has a heap of its own")
    def test_heaps(self):
        """Threads come and go with the receivers of alerts, and do not each leave a heap behind at its fullest."""
        away = free_port()
        p, port = start("--nats", f"nats://127.0.0.1:{away}", "--webhook", f"http://127.0.0.1:{away}/", "--syslog", f"tcp://127.0.0.1:{away}",
                        before=None, stderr=subprocess.DEVNULL)
        self.addCleanup(p.kill)
        self.assertIn("ready", ready(port))
        self.assertLess(heaps(p.pid), 2)
        self.assertEqual(stop(p), 0)

    def test_file_size(self):
        p, port = start("--demo", SAMPLE, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000)),
                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        while "trouble" not in ready(port):
            self.assertIsNone(p.poll(), "ended by a signal")
            self.assertLess(time.monotonic(), end)
            time.sleep(0.2)
        self.assertEqual(stop(p), 0)

    def test_no_standard_streams(self):
        def close():
            for fd in range(3):
                os.close(fd)
        p, port = start("--json", "--demo", SAMPLE, before=close)
        self.assertEqual(ready(port), "ready\n")
        time.sleep(2)
        self.assertEqual(stop(p), 0)
        r = subprocess.run([UNDERTONE, "check", "--data", "data"], capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        self.assertEqual(subprocess.run([UNDERTONE, "replay", SAMPLE], preexec_fn=close, timeout=PATIENCE_S).returncode, 1)

    def test_descriptors(self):
        for n in (24, 32, 48, 64, 128, 256):
            p, port = start(before=lambda n=n: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)), stderr=subprocess.PIPE)
            end = time.monotonic() + 3
            while p.poll() is None and time.monotonic() < end:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
            said = p.communicate(timeout=PATIENCE_S)[1].decode()
            self.assertIn(p.returncode, (0, 1), (n, said))
            self.assertTrue(said, n)

    def test_connections_leave_descriptors(self):
        """Who opens connections without end leaves some for calls and for alerts' ways out."""
        p, port = start("--http-max-per-peer", "0", before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
                        stderr=subprocess.DEVNULL)
        self.addCleanup(p.kill)
        self.assertIn("ready", ready(port))
        held = [socket.create_connection(("127.0.0.1", port), PATIENCE_S) for _ in range(100)]
        end = time.monotonic() + 1
        while time.monotonic() < end:
            self.assertLess(len(os.listdir(f"/proc/{p.pid}/fd")), 60)
            time.sleep(0.05)
        for s in held:
            s.close()
        self.assertEqual(stop(p), 0)

    def test_service_manager(self):
        """It takes the socket that it is handed, says that it is ready, and that it lives; as systemd's services do."""
        shutil.rmtree("data", ignore_errors=True)
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        told.bind("\0undertone-test-notify-%d" % os.getpid())
        told.settimeout(PATIENCE_S)
        handed = socket.create_server(("127.0.0.1", free_port()))
        port = handed.getsockname()[1]
        environment = {**os.environ, "NOTIFY_SOCKET": told.getsockname().replace(b"\0", b"@", 1).decode(),
                       "WATCHDOG_USEC": "200000", "LISTEN_FDS": "1"}

        def start_at(address):
            hand = os.dup(handed.fileno())
            os.dup2(hand, 3)
            os.set_inheritable(3, True)
            return subprocess.Popen(["sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"', UNDERTONE, "serve", "--http", address],
                                    env=environment, close_fds=False, stderr=subprocess.DEVNULL)
        keep = os.dup(3)  # Whatever the test itself has there.
        p = start_at(f"127.0.0.1:{port}")
        os.dup2(keep, 3)
        said = [told.recv(100) for _ in range(4)]
        self.assertEqual(said, [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"])
        self.assertEqual(ready(port), "ready\n")  # Nobody else could listen there.
        self.assertEqual(stop(p), 0)
        handed.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
