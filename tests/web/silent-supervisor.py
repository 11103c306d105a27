#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A supervisor who stops reading: silent-supervisor.py PORT [TOKEN]

Connects to /ws with a small receive buffer, reads the first state, says `silent` and reads no more
until a line comes on standard input; then reads until it has the newest state (40 s at most), and
prints what it was told.
"""
import base64
import json
import os
import select
import socket
import sys
import time


def main():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    s.connect(("127.0.0.1", int(sys.argv[1])))
    key = base64.b64encode(os.urandom(16)).decode()
    token = f"Authorization: Bearer {sys.argv[2]}\r\n" if len(sys.argv) > 2 and sys.argv[2] else ""
    s.sendall((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{sys.argv[1]}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
               f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{token}\r\n").encode())
    got = b""
    while b'"type":"score"' not in got[-65536:]:
        got += s.recv(65536)
    print("silent", flush=True)
    while not select.select([sys.stdin], [], [], 5)[0]:
        s.sendall(b"\x8a\x80" + os.urandom(4))  # A pong unasked: it lives, it only does not read.
    got = b""
    end = time.time() + 40
    while time.time() < end and b'"type":"snapshot"' not in got:
        if select.select([s], [], [], 0.1)[0]:
            got += s.recv(65536)
    print(json.dumps({"skips": got.count(b'"type":"skip"'), "snapshots": got.count(b'"type":"snapshot"')}), flush=True)


main()
