# SPDX-License-Identifier: MIT
"""Test doubles of what helps with a call, after their makers' documents: Asterisk's ARI and manager interface,
FreeSWITCH's event socket, a PBX's SIP. Each keeps what it was asked, and answers as told."""
import hashlib
import http.server
import re
import secrets
import socket
import socketserver
import threading


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, request, address):
        pass


class Double:
    """port; asked: what was asked; taken: how many connections; silent: it says nothing to them."""

    def __init__(self, handler):
        self.asked, self.silent, self.refuses, self.taken = [], threading.Event(), None, 0
        self.free = threading.Event()
        handler.double = self
        self.server = Server(("127.0.0.1", 0), handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.free.set()
        self.server.shutdown()
        self.server.server_close()


def ari():
    """POST /ari/channels with Basic authentication; 400 {"message"} where an endpoint is not known."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            d = self.double
            n = int(self.headers.get("Content-Length") or 0)
            d.asked.append((self.path, self.headers["Authorization"], self.rfile.read(n)))
            if d.silent.is_set():
                d.free.wait()
            body = b'{"message":"Allocation failed"}' if d.refuses else b'{"id":"1700000000.7","state":"Down"}'
            self.send_response(500 if d.refuses else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    return Double(Handler)


def read_packet(f, end):
    """The lines up to an empty one. end: how each line must end."""
    lines = []
    while line := f.readline():
        assert line.endswith(end), line
        if line == end:
            return lines
        lines.append(line[:-len(end)].decode())
    return None


def ami(user, secret):
    """The manager interface: challenge, login, actions; events of others in between."""

    class Handler(socketserver.StreamRequestHandler):
        def say(self, *lines):
            self.wfile.write(("".join(line + "\r\n" for line in lines) + "\r\n").encode())

        def handle(self):
            d, challenge, signed_in = self.double, str(secrets.randbelow(10 ** 9)), False
            if d.silent.is_set():
                d.free.wait()
            self.wfile.write(b"Asterisk Call Manager/9.0.0\r\n")
            while (lines := read_packet(self.rfile, b"\r\n")) is not None:
                p = dict(line.split(": ", 1) for line in lines)
                assert len(p) == len(lines), lines
                same = "ActionID: " + p.get("ActionID", "")
                if p["Action"] == "Challenge":
                    assert p["AuthType"] == "MD5", p
                    self.say("Response: Success", same, "Challenge: " + challenge)
                elif p["Action"] == "Login":
                    key = hashlib.md5((challenge + secret).encode()).hexdigest()
                    signed_in = (p["Username"], p["AuthType"], p["Key"]) == (user, "MD5", key)
                    if signed_in:
                        self.say("Response: Success", same, "Message: Authentication accepted")
                        self.say("Event: FullyBooted", "Privilege: system,all", "Status: Fully Booted")
                    else:
                        self.say("Response: Error", same, "Message: Authentication failed")
                        return
                elif p["Action"] == "Logoff":
                    self.say("Response: Goodbye", same)
                    return
                else:
                    assert signed_in, p
                    d.asked.append([line for line in lines if not line.startswith("ActionID: ")])
                    self.say("Event: Newchannel", "Channel: PJSIP/1001-00000001")
                    if d.refuses:
                        self.say("Response: Error", same, "Message: " + d.refuses)
                    else:
                        self.say("Response: Success", same, "Message: Originate successfully queued")

    return Double(Handler)


def esl(password):
    """The event socket: auth, api, bgapi, exit."""

    class Handler(socketserver.StreamRequestHandler):
        def say(self, head, body=""):
            more = f"Content-Length: {len(body)}\n" if body else ""
            self.wfile.write((head + "\n" + more + "\n" + body).encode())

        def handle(self):
            d, signed_in = self.double, False
            d.taken += 1
            if d.silent.is_set():
                d.free.wait()
            self.say("Content-Type: auth/request")
            while (lines := read_packet(self.rfile, b"\n")) is not None:
                assert len(lines) == 1, lines
                verb, _, rest = lines[0].partition(" ")
                if verb == "auth":
                    signed_in = rest == password
                    self.say("Content-Type: command/reply\nReply-Text: " + ("+OK accepted" if signed_in else "-ERR invalid"))
                elif verb == "exit":
                    self.say("Content-Type: command/reply\nReply-Text: +OK bye")
                    return
                else:
                    assert signed_in, lines
                    d.asked.append(lines[0])
                    if verb == "api":
                        self.say("Content-Type: api/response", d.refuses or "+OK\n")
                    else:
                        self.say("Content-Type: command/reply\nReply-Text: +OK Job-UUID: 7f4de4bc-17d7-11dd\nJob-UUID: 7f4de4bc-17d7-11dd")

    return Double(Handler)


class Sip:
    """A PBX over UDP that asks for a digest (RFC 3261, 22.4) and takes MESSAGE with 200, REFER with 202. asked: method,
    address, headers by lower-case name, body; answers: a method's status in place of that."""

    def __init__(self, user, password):
        self.user, self.password, self.asked, self.answers = user, password, [], {}
        self.silent = threading.Event()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while (got := self.sock.recvfrom(65536))[0]:
            if not self.silent.is_set():
                self.sock.sendto(self.answer(got[0].decode()), got[1])

    def answer(self, text):
        head, _, body = text.partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        method, address, version = first.split(" ")
        headers = {}
        for line in lines:
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, line
            headers[name.lower()] = value
        assert version == "SIP/2.0" and int(headers["content-length"]) == len(body.encode()), text
        status, more = self.judge(method, address, headers, body)
        copied = "".join(f"{name}: {headers[name.lower()]}{';tag=pbx' if name == 'To' else ''}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))
        return f"SIP/2.0 {status}\r\n{copied}{more}Content-Length: 0\r\n\r\n".encode()

    def judge(self, method, address, headers, body):
        proof = dict(re.findall(r'(\w+)="?([^",]*)"?', headers.get("authorization", "")))
        if not proof:
            return "401 Unauthorized", 'WWW-Authenticate: Digest realm="pbx", nonce="b4c1", algorithm=MD5, qop="auth"\r\n'
        md5 = lambda *parts: hashlib.md5(":".join(parts).encode()).hexdigest()  # noqa: E731
        right = md5(md5(self.user, "pbx", self.password), "b4c1", proof["nc"], proof["cnonce"], "auth", md5(method, proof["uri"]))
        if (proof["username"], proof["uri"], proof["response"]) != (self.user, address, right):
            return "403 Forbidden", ""
        if (method, headers["call-id"]) not in [(m, h["call-id"]) for m, _, h, _ in self.asked]:
            self.asked.append((method, address, headers, body))
        return self.answers.get(method, "202 Accepted" if method == "REFER" else "200 OK"), ""

    def stop(self):
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.sock.close()
