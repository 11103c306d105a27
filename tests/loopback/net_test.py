#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""src/net against real clients and hostile ones: usage net_test.py NET_SERVER"""
import http.client
import json
import socket
import struct
import subprocess
import sys
import time
import unittest
import os

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from patience import PATIENCE_S  # noqa: E402
from ws_client import BINARY, CLOSE, PING, TEXT, Refused, WebSocket, trusting  # noqa: E402

SERVER = sys.argv.pop(1)


class Server:
    def __init__(self, *args):
        self.log = open("server.log", "ab")
        self.process = subprocess.Popen([SERVER, *args], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log)
        self.port = int(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()
        return self.process.wait(PATIENCE_S)


def exchange(port, data, timeout=PATIENCE_S):
    """Sends raw bytes, gives all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as s:
        s.sendall(data)
        got = b""
        try:
            while True:
                piece = s.recv(65536)
                if not piece:
                    return got
                got += piece
        except ConnectionResetError:
            return got


class Net(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.port = cls.server.port

    @classmethod
    def tearDownClass(cls):
        assert cls.server.end() == 0
        log = open("server.log").read()
        assert "leak" not in log.lower(), log

    def client(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def stats(self):
        c = self.client()
        c.request("GET", "/stats")
        out = json.loads(c.getresponse().read())
        c.close()
        return out

    def wait_stats(self, name, wanted, timeout=PATIENCE_S):
        end = time.monotonic() + timeout
        while self.stats()[name] != wanted:
            self.assertLess(time.monotonic(), end, f"{name} is {self.stats()[name]}, not {wanted}")
            time.sleep(0.02)

    def test_requests_on_one_connection(self):
        c = self.client()
        for n in (0, 1, 1000, 100000):
            body = os.urandom(n)
            c.request("POST", "/a/b%20c?q=x%2By+z&r=1", body, {"X-Echo": "hello"})
            r = c.getresponse()
            self.assertEqual((r.status, r.read()), (200, body))
            self.assertEqual(r.headers["X-Path"], "/a/b%20c")
            self.assertEqual(r.headers["X-Q"], "x+y z")
            self.assertEqual(r.headers["X-Back"], "hello")
        c.request("HEAD", "/x")
        r = c.getresponse()
        self.assertEqual((r.status, r.read()), (200, b""))
        c.close()

    def test_whom_a_proxy_speaks_for(self):
        """The rightmost hop that is no trusted proxy; and of nobody else a word is believed."""
        for source, forwarded, peer in (
                ("127.0.0.1", "203.0.113.9", "127.0.0.1:"),  # No proxy of ours: its own address.
                ("127.0.0.2", "203.0.113.9", "203.0.113.9"),
                ("127.0.0.2", "6.6.6.6, 203.0.113.9", "203.0.113.9"),  # The client wrote the first.
                ("127.0.0.2", "6.6.6.6, 203.0.113.9, 127.0.3.7", "203.0.113.9"),
                ("127.0.0.2", "203.0.113.9:4711", "203.0.113.9"),
                ("127.0.0.2", "[2001:db8::1]", "2001:db8::1"),
                ("127.0.0.2", "2001:db8::1", "2001:db8::1"),
                ("127.0.0.2", "6.6.6.6, nonsense", "127.0.0.2"),
                ("127.0.0.2", ", ,", "127.0.0.2"),
                ("127.0.0.2", None, "127.0.0.2")):
            c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S, source_address=(source, 0))
            c.request("GET", "/", headers={"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"} if forwarded
                      else {})
            got = c.getresponse().headers
            self.assertEqual(got["X-Peer"][:len(peer)], peer, (source, forwarded))
            if source == "127.0.0.2":
                self.assertEqual(got["X-Peer"], peer)
            self.assertEqual(got["X-Secure"], str(int(source == "127.0.0.2" and forwarded is not None)))
            c.close()

    def test_answers_later_and_pipelined(self):
        one = b"POST /later/ HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
        two = b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: close\r\n\r\ndef"
        got = exchange(self.port, one + two)
        self.assertEqual(got.count(b"HTTP/1.1 200"), 2)
        self.assertLess(got.index(b"abc"), got.index(b"def"))

    def test_byte_by_byte(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for b in b"POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok":
                s.sendall(bytes([b]))
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 200"))

    def test_expect_continue(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as s:
            s.sendall(b"POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(s.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
            s.sendall(b"ok")
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 200"))

    def test_bad_requests(self):
        cases = [
            (b"garbage\r\n\r\n", 400),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n", 400),
            (b"GET / HTTP/1.1\r\nHost: h\r\nA: \0\r\n\r\n", 400),
            (b"GET nopath HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            (b"GET / HTTP/2.0\r\n\r\n", 505),
            (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400),
            (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
            (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n", 413),
            (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 501),
            (b"GET / HTTP/1.1\r\nHost: h\r\nA: " + b"a" * 5000 + b"\r\n\r\n", 431),
            (b"GET /" + b"a" * 5000, 431),
            (b"GET / HTTP/1.1\r\nHost: h\r\n" + b"a:b\r\n" * 200 + b"\r\n", 431),
            (b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 426),
        ]
        for data, status in cases:
            got = exchange(self.port, data)
            self.assertTrue(got.startswith(b"HTTP/1.1 %d " % status), (data[:60], got[:200]))

    def test_too_much_at_once(self):
        got = exchange(self.port, b"a" * 2000000)
        self.assertTrue(got == b"" or got.startswith(b"HTTP/1.1 431"), got[:100])

    def test_slow_request_is_ended(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n")
            with self.assertRaises(OSError):
                for _ in range(2000):
                    s.sendall(b"a")
                    time.sleep(0.05)

    def test_slow_second_request_is_ended(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            s.recv(1000)
            s.sendall(b"GET")
            self.assertEqual(s.recv(1000), b"")

    def test_silent_client_and_handler(self):
        before = self.stats()
        got = exchange(self.port, b"GET /later/never HTTP/1.1\r\nHost: h\r\n\r\n")
        self.assertEqual(got, b"")
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as s:
            self.assertEqual(s.recv(1), b"")
        after = self.stats()
        self.assertEqual(after["timeouts"] - before["timeouts"], 2)
        self.assertEqual(after["gone"] - before["gone"], 1)

    def test_client_gone_before_answer(self):
        before = self.stats()
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as s:
            s.sendall(b"GET /later/x HTTP/1.1\r\nHost: h\r\n\r\n")
            # Until it has come: each question counts as well.
            asked, end = 0, time.monotonic() + PATIENCE_S
            while self.stats()["requests"] - before["requests"] < asked + 2:
                asked += 1
                self.assertLess(time.monotonic(), end)
        self.wait_stats("gone", before["gone"] + 1)

    def test_too_many_connections(self):
        held = [socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) for _ in range(20)]
        try:
            # Connections are accepted in their order: this one comes after those.
            got = exchange(self.port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            self.assertTrue(got.startswith(b"HTTP/1.1 503"), got)
            self.assertIn(b"Retry-After", got)
        finally:
            for s in held:
                s.close()
        end = time.monotonic() + PATIENCE_S
        while not exchange(self.port, b"GET /stats HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200"):
            self.assertLess(time.monotonic(), end)
        self.assertGreater(self.stats()["refused"], 0)

    def test_event_stream(self):
        c = self.client()
        c.request("GET", "/stream")
        r = c.getresponse()
        self.assertEqual(r.headers["Content-Type"], "text/event-stream")
        self.assertEqual(r.read(), b"".join(b"id: %d\ndata: tick\n\n" % i for i in range(3)))
        c.request("GET", "/after")  # The connection is still good.
        self.assertEqual(c.getresponse().status, 200)
        c.close()
        old = exchange(self.port, b"GET /stream HTTP/1.0\r\n\r\n")
        self.assertNotIn(b"chunked", old)
        self.assertTrue(old.endswith(b"id: 2\ndata: tick\n\n"))

    def test_long_stream_waits_for_a_slow_reader(self):
        c = self.client()
        c.request("GET", "/flood")
        r = c.getresponse()
        total = 0
        while True:
            piece = r.read(200000)
            total += len(piece)
            if not piece:
                break
            time.sleep(0.005)
        self.assertEqual(total, 512 * 16384)
        c.close()

    def test_reader_that_stops_is_dropped(self):
        before = self.stats()
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.sendall(b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n")
            self.wait_stats("timeouts", before["timeouts"] + 1)

    def test_who_asks_on_without_reading_waits(self):
        before = self.stats()["requests"]
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as s:
            s.sendall(b"GET /big HTTP/1.1\r\nHost: h\r\n\r\n" * 1999)
            s.sendall(b"GET /big HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            # Answered is what fits into the kernel's buffers and stream_max_bytes, not 32 MiB.
            asked = [self.stats()["requests"] for _ in range(15)]
            self.assertLess(asked[-1] - before - len(asked), 1000)
            got = b"".join(iter(lambda: s.recv(1 << 20), b""))
        self.assertEqual(got.count(b"HTTP/1.1 200"), 2000)
        self.assertGreater(len(got), 2000 * 16384)

    def test_a_request_behind_a_long_stream(self):
        got = exchange(self.port, b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n"
                                  b"GET /big HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        self.assertEqual(got.count(b"HTTP/1.1 200"), 2)

    def ws(self, **kw):
        return WebSocket("127.0.0.1", self.port, "/ws", **kw)

    def test_ws_echo(self):
        ws = self.ws(headers={"Sec-WebSocket-Protocol": "other, echo.example"})
        self.assertEqual(ws.headers["sec-websocket-protocol"], "echo.example")
        for m in ("hola", "", "ñandú" * 1000, os.urandom(65536)):
            ws.send(m)
            self.assertEqual(ws.recv(), m)
        ws.frame(TEXT, b"in ", fin=False)
        ws.frame(0, b"three ", fin=False)
        ws.frame(PING, b"mid")
        ws.frame(0, b"parts")
        self.assertEqual(ws.recv(), "in three parts")
        self.assertEqual(ws.pongs, [b"mid"])
        self.assertEqual(ws.close(), 1000)

    def test_ws_server_closes(self):
        ws = self.ws()
        ws.send("bye")
        self.assertIsNone(ws.recv())
        self.assertEqual(ws.close_code, 1008)

    def test_ws_pings_and_drops_the_dead(self):
        ws = self.ws()
        opcode, _ = ws.recv_frame()
        self.assertEqual(opcode, PING)
        with self.assertRaises((EOFError, ConnectionResetError)):
            ws.recv_frame()

    def test_ws_hostile_frames(self):
        cases = [
            ("a length of 0xFFFFFFFFFFFFFFFE", b"\x82\xff" + b"\xff" * 7 + b"\xfe" + b"abcd" + b"x" * 64),
            ("a length of 2^62", b"\x82\xff\x40" + b"\0" * 7 + b"abcd" + b"x" * 64),
            ("no mask", b"\x81\x02hi"),
            ("reserved bits", b"\xf1\x82abcd12"),
            ("a reserved opcode", b"\x83\x82abcd12"),
            ("a long ping", b"\x89\xfe\x00\x80abcd" + b"x" * 128),
            ("a ping in parts", b"\x09\x80abcd"),
            ("a continuation of nothing", b"\x80\x81abcdx"),
            ("text that is no UTF-8", b"\x81\x81\0\0\0\0\xff"),
            ("a close of one byte", b"\x88\x81\0\0\0\0x"),
        ]
        for name, data in cases:
            with self.subTest(name):
                ws = self.ws()
                ws.raw(data)
                try:
                    self.assertIsNone(ws.recv(timeout=PATIENCE_S))
                    self.assertIn(ws.close_code, (1002, 1007, 1009) if name != "a close of one byte" else (1002, 1005))
                except (EOFError, ConnectionResetError):
                    pass
                self.assertIsNone(self.server.process.poll())

    def test_ws_message_too_big(self):
        ws = self.ws()
        ws.frame(BINARY, b"x" * 65537)
        self.assertIsNone(ws.recv())
        self.assertEqual(ws.close_code, 1009)
        ws = self.ws()
        ws.frame(BINARY, b"x" * 40000, fin=False)
        ws.frame(0, b"x" * 40000)
        self.assertIsNone(ws.recv())
        self.assertEqual(ws.close_code, 1009)

    def test_ws_slow_reader_gets_nothing_more(self):
        ws = self.ws()
        ws.send("flood")
        for _ in range(50):
            self.assertEqual(len(ws.recv()), 16384)
        ws.send("the end")  # It comes back behind all that there was room for.
        more = 0
        while ws.recv() != "the end":
            more += 1
        self.assertLess(50 + more, 1000000 // 16384 + 1)
        ws.sock.close()

    def test_ws_pings_on_without_reading_end(self):
        ws = self.ws()
        pings = (b"\x89\xfdabcd" + b"x" * 125) * 500
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            for _ in range(1000):  # 65 MB
                ws.sock.sendall(pings)
                ws.sock.recv(20000)  # It does take something, so no time-out ends it.

    def test_ws_bad_handshakes(self):
        for headers, status in (({"Sec-WebSocket-Key": "short"}, 400),
                                ({"Sec-WebSocket-Version": "12"}, 426)):
            with self.assertRaises(Refused) as caught:
                self.ws(headers=headers)
            self.assertEqual(caught.exception.status, status)

    def test_ws_peer_vanishes(self):
        ws = self.ws()
        ws.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ws.sock.close()
        self.test_ws_echo()


class Tls(unittest.TestCase):
    def test_tls(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem",
                        "-out", "cert.pem", "-days", "2", "-subj", "/CN=127.0.0.1"],
                       check=True, capture_output=True)
        server = Server("cert.pem", "key.pem")
        c = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=PATIENCE_S, context=trusting())
        body = os.urandom(90000)
        c.request("POST", "/x", body)
        self.assertEqual(c.getresponse().read(), body)
        c.request("GET", "/flood", headers={"Connection": "close"})
        self.assertEqual(len(c.getresponse().read()), 512 * 16384)
        c.close()
        ws = WebSocket("127.0.0.1", server.port, "/ws", tls=trusting())
        ws.send(b"x" * 60000)
        self.assertEqual(len(ws.recv()), 60000)
        self.assertEqual(ws.close(), 1000)
        plain = exchange(server.port, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 3)
        self.assertNotIn(b"200", plain)
        self.assertEqual(server.end(), 0)

    def test_bad_files(self):
        open("empty.pem", "w").close()
        for args in (["absent.pem"], ["empty.pem"]):
            done = subprocess.run([SERVER, *args], capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertEqual(done.returncode, 2)
            self.assertIn("PEM", done.stderr)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
