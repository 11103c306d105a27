#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Garbage, half-open and slow peers on the ports that other tests do not try: static RTP, rtpengine's
answers, SIP over TCP and TLS. Each time an honest peer is served afterwards."""
import errno
import os
import socket
import ssl
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon  # noqa: E402
from patience import PATIENCE_S  # noqa: E402
from peers import certificate, encode, need  # noqa: E402
from ports import free_port  # noqa: E402
from sip_client import Client, Sender, sdp  # noqa: E402

need("openssl")
SILENCE = b"\xff" * 8000


class FakeEngine:
    """Answers each request of the NG protocol with something else, none of it right."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.sock.getsockname()[1]
        self.asked = 0
        self.changed = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        answers = [b"", os.urandom(500), b"d", b"l" * 5000, b"d6:result", b"d6:result99999999999:oke",
                   b"d6:result2:ok5:calls4:nonee", b"d6:result2:ok5:callsl0:ee", b"i5e",
                   b"d6:result5:error12:error-reason3:noee", b"d5:callsi-1e6:result2:oke"]
        while True:
            data, peer = self.sock.recvfrom(65535)
            cookie = data.split(b" ")[0]
            for n in (self.asked, self.asked + 1):
                self.sock.sendto(cookie + b" " + answers[n % len(answers)], peer)
            self.sock.sendto(b"other " + answers[6], peer)
            self.sock.sendto(os.urandom(100), peer)
            with self.changed:
                self.asked += 1
                self.changed.notify_all()


def party(tag, port):
    return {"tag": tag, "medias": [{"flags": ["send", "recv"], "streams": [
        {"flags": ["RTP"], "endpoint": {"port": port}, "stats": {"packets": 0}}]}]}


TAGS = {"a": party("a", 20000), "b": party("b", 20002)}  # As `query` tells of them.


class RefusingEngine:
    """Has one call, offers its media, and then will not have our answer."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.sock.getsockname()[1]

    def serve(self, asked, times):
        """Until it was asked for the call's media so many times; asked() is called before each answer."""
        self.sock.settimeout(PATIENCE_S)
        while times:
            data, peer = self.sock.recvfrom(65535)
            cookie, question = data.split(b" ", 1)
            answer = {"result": "ok", "calls": ["one"], "tags": TAGS}
            if b"subscribe request" in question:
                asked()
                times -= 1
                answer = {"result": "ok", "to-tag": "t", "from-tags": ["a", "b"],
                          "sdp": sdp([20000, 20002])}
            elif b"subscribe answer" in question:
                answer = {"result": "error", "error-reason": "no"}
            self.sock.sendto(cookie + b" " + encode(answer), peer)


class BusyEngine(RefusingEngine):
    """Has more calls than it may list, and then none."""

    def serve(self, lists):
        self.sock.settimeout(PATIENCE_S)
        while lists:
            data, peer = self.sock.recvfrom(65535)
            cookie, question = data.split(b" ", 1)
            answer = {"result": "ok", "to-tag": "t", "from-tags": ["a", "b"], "tags": TAGS,
                      "sdp": sdp([20000, 20002])}
            if b"7:command4:list" in question:
                answer["calls"] = lists.pop(0)
            self.sock.sendto(cookie + b" " + encode(answer), peer)


class Busy(unittest.TestCase):
    def test_rtpengine_with_more_calls_than_it_lists(self):
        """A call that a full list leaves out goes on; it ends when a list that is not full lacks it."""
        engine = BusyEngine()
        daemon = Daemon("--rtpengine", engine.address, "--max-calls", "1", name="busy")
        engine.serve([["one"]])
        engine.serve([["two", "three"]] * 5)
        daemon.wait_until(lambda events: any(e.get("phase") == "started" for e in events))
        phases = [e["phase"] for e in daemon.events if "phase" in e]
        self.assertEqual(phases, ["started"])
        engine.serve([[]] * 2)
        daemon.wait_until(lambda events: any(e.get("phase") == "ended" for e in events))
        self.assertEqual(daemon.end(), 0)
        engine.sock.close()


class Refused(unittest.TestCase):
    def test_rtpengine_that_refuses_the_answer(self):
        """It is asked again after some polls, and the sockets of the time before are closed by then."""
        engine, sockets = RefusingEngine(), []
        daemon = Daemon("--rtpengine", engine.address, "--core-dumps", name="refused")  # Who looks may be nobody.
        engine.serve(lambda: sockets.append(len(os.listdir(f"/proc/{daemon.process.pid}/fd"))), 2)
        self.assertEqual(sockets[0], sockets[1])
        self.assertEqual(daemon.end(), 0)
        engine.sock.close()


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        certificate("hostile.pem")
        cls.sip, cls.tls, cls.rtp = free_port(), free_port(), free_port()
        cls.engine = FakeEngine()
        cls.daemon = Daemon("--sip", f"127.0.0.1:{cls.sip}", "--sip-tls", f"127.0.0.1:{cls.tls}",
                            "--sip-cert", "hostile.pem", "--rtp-idle", "1",
                            "--rtp", f"127.0.0.1:{cls.rtp},codec=PCMU,role=caller",
                            "--rtpengine", cls.engine.address, "--http", "127.0.0.1:0",
                            name="hostile")
        cls.daemon.wait_logged("msg=serving")

    @classmethod
    def tearDownClass(cls):
        assert cls.daemon.end() == 0, cls.daemon.logged()
        kinds = {e["source"] for e in cls.daemon.events if e.get("phase") == "started"}
        assert kinds == {"rtp"}, kinds

    def secure(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.tls), timeout=PATIENCE_S))

    def options(self, s, transport):
        text = Client(self.sip).message("OPTIONS").replace("SIP/2.0/UDP", f"SIP/2.0/{transport}")
        s.sendall(text.encode())
        self.assertTrue(s.recv(4000).startswith(b"SIP/2.0 200"))

    def test_large_messages(self):
        """256 KiB are read over TCP and TLS, more is refused; a head without an end closes the connection."""
        def say(s, over, size):
            text = Client(self.sip).message("OPTIONS", "", "text/plain", "x" * size).replace("SIP/2.0/UDP", f"SIP/2.0/{over}")
            s.sendall(text.encode())
            return s.recv(4000)[8:11]
        for over, connect in (("TLS", self.secure),
                              ("TCP", lambda: socket.create_connection(("127.0.0.1", self.sip), timeout=PATIENCE_S))):
            with connect() as s:
                self.assertEqual([say(s, over, size) for size in (60000, 250000, 300000, 100)],
                                 [b"200", b"200", b"513", b"200"])
                lies = Client(self.sip).message("OPTIONS").replace("SIP/2.0/UDP", f"SIP/2.0/{over}")
                s.sendall(lies.replace("Content-Length: 0", "Content-Length: 4294967295").encode())
                self.assertEqual(s.recv(4000)[8:11], b"513")
            with connect() as s:
                try:
                    for _ in range(40):
                        s.sendall(b"X: " + b"x" * 8000 + b"\r\n")
                    self.assertEqual(s.recv(1), b"")
                except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
                    pass
            with connect() as s:
                self.options(s, over)

    def test_static_rtp(self):
        """What is no RTP of the listener's codec begins no call; then a stream does."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for junk in (b"", b"x", b"\x80", os.urandom(300), b"\x80\xc8" + bytes(60),
                         struct.pack("!BBHII", 0x80, 18, 1, 1, 1) + bytes(20), b"\x40" + bytes(171),
                         b"\x8f" + bytes(30), bytes(9000)):
                s.sendto(junk, ("127.0.0.1", self.rtp))
        Sender(SILENCE, self.rtp).join()
        self.daemon.wait_until(lambda events: any(e.get("phase") == "ended" for e in events))
        summaries = [e["duration_s"] for e in self.daemon.events if e["type"] == "summary"]
        self.assertEqual(len(summaries), 1)
        self.assertGreaterEqual(summaries[0], 1.0)
        self.assertLess(summaries[0], 3.5)  # Time went on until the call was given up.

    def test_rtpengine_that_answers_nonsense(self):
        """It is asked again and again, and no call comes of it."""
        with self.engine.changed:
            self.assertTrue(self.engine.changed.wait_for(lambda: self.engine.asked >= 6, PATIENCE_S))

    def test_tls_garbage(self):
        for data in (b"", b"OPTIONS sip:x SIP/2.0\r\n\r\n", os.urandom(2000),
                     b"\x16\x03\x01\xff\xff" + bytes(400)):
            with socket.create_connection(("127.0.0.1", self.tls), timeout=PATIENCE_S) as s:
                try:
                    s.sendall(data)
                    s.shutdown(socket.SHUT_WR)
                    while s.recv(1000):  # An alert perhaps, and the end.
                        pass
                except OSError as e:  # Closed before all was sent, or read.
                    self.assertIn(e.errno, (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN))
        with self.secure() as s:
            self.options(s, "TLS")

    def test_slow_and_half_open(self):
        """Silent, half a message, a handshake without end: closed after 32 s, whatever trickles in."""
        began = time.monotonic()
        slow = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
                for port in (self.sip, self.sip, self.tls, self.tls)]
        slow[1].sendall(b"INVITE sip:srs@127.0.0.1 SIP/2.0\r\nVia: ")
        slow[3].sendall(b"\x16\x03\x01\x02\x00\x01")
        tls = self.secure()
        tls.settimeout(PATIENCE_S)
        tls.sendall(b"INVITE sip:x SIP/2.0\r\n")
        with socket.create_connection(("127.0.0.1", self.sip), timeout=PATIENCE_S) as s:
            self.options(s, "TCP")
        self.daemon.wait_metric('undertone_ingress_open{kind="sip"}', lambda n: n >= 5)
        while time.monotonic() - began < 20:  # A byte a second keeps nothing open.
            slow[1].sendall(b"x")
            time.sleep(1)
        for s in [*slow, tls]:
            self.assertEqual(s.recv(100), b"")
            s.close()
        self.daemon.wait_metric('undertone_ingress_open{kind="sip"}', lambda n: n == 0)


if __name__ == "__main__":
    unittest.main()
