# SPDX-License-Identifier: MIT
"""A small WebSocket client (RFC 6455) on the standard library, for test doubles."""
import base64
import hashlib
import os
import socket
import ssl
import struct

from patience import PATIENCE_S

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


# First keys of daemons that have no administrator yet, by port: who says nothing else comes by them.
FIRST_KEYS = {}


def signed(port, headers=None):
    """The headers, with the first key where they say nothing of who asks."""
    headers = dict(headers or {})
    if FIRST_KEYS.get(port) and not {"Authorization", "Cookie"} & set(headers):
        headers["Authorization"] = "Bearer " + FIRST_KEYS[port]
    return headers


class Refused(Exception):
    def __init__(self, status, head, body):
        super().__init__(f"{status}: {body!r}")
        self.status, self.head, self.body = status, head, body


class WebSocket:
    def __init__(self, host, port, path, headers=None, tls=None, timeout=PATIENCE_S, target_host=None):
        sock = socket.create_connection((host, port), timeout=timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            sock = tls.wrap_socket(sock, server_hostname=host)
        self.sock = sock
        self.buf = b""
        self.pongs = []
        self.close_code = None
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {target_host or f'{host}:{port}'}", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        lines += [f"{k}: {v}" for k, v in signed(port, headers).items()]
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self._until(b"\r\n\r\n").decode()
        status = int(head.split()[1])
        self.headers = {k.lower(): v for k, v in
                        (l.split(": ", 1) for l in head.split("\r\n")[1:] if ": " in l)}
        if status != 101:
            body = self._read(int(self.headers.get("content-length", 0)))
            sock.close()
            raise Refused(status, self.headers, body)
        want = base64.b64encode(hashlib.sha1(
            (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        assert self.headers["sec-websocket-accept"] == want

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError("the server closed the connection")
        self.buf += data

    def _until(self, mark):
        while mark not in self.buf:
            self._more()
        head, self.buf = self.buf.split(mark, 1)
        return head

    def _read(self, n):
        while len(self.buf) < n:
            self._more()
        data, self.buf = self.buf[:n], self.buf[n:]
        return data

    def raw(self, data):
        self.sock.sendall(data)

    def frame(self, opcode, data=b"", fin=True):
        mask = os.urandom(4)
        n = len(data)
        if n < 126:
            head = struct.pack("!BB", (fin << 7) | opcode, 0x80 | n)
        elif n < 65536:
            head = struct.pack("!BBH", (fin << 7) | opcode, 0x80 | 126, n)
        else:
            head = struct.pack("!BBQ", (fin << 7) | opcode, 0x80 | 127, n)
        pad = (mask * (n // 4 + 1))[:n]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(n, "big")
        self.sock.sendall(head + mask + masked)

    def send(self, message):
        if isinstance(message, str):
            self.frame(TEXT, message.encode())
        else:
            self.frame(BINARY, message)

    def recv_frame(self):
        a, b = self._read(2)
        assert not b & 0x80, "a server must not mask"
        n = b & 0x7f
        if n == 126:
            n, = struct.unpack("!H", self._read(2))
        elif n == 127:
            n, = struct.unpack("!Q", self._read(8))
        return a & 15, self._read(n)

    def recv(self, timeout=None):
        """The next message; None when the server closes (the code is then in close_code)."""
        if timeout is not None:
            self.sock.settimeout(timeout)
        while True:
            opcode, data = self.recv_frame()
            if opcode == TEXT:
                return data.decode()
            if opcode == BINARY:
                return data
            if opcode == PING:
                self.frame(PONG, data)
            elif opcode == PONG:
                self.pongs.append(data)
            elif opcode == CLOSE:
                self.close_code = struct.unpack("!H", data[:2])[0] if len(data) >= 2 else 1005
                try:
                    self.frame(CLOSE, data[:2])
                except OSError:
                    pass
                return None

    def close(self, code=1000):
        """Closes in good manner and gives the code that the server answered with."""
        self.frame(CLOSE, struct.pack("!H", code))
        while self.recv() is not None:
            pass
        self.sock.close()
        return self.close_code


def trusting():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
