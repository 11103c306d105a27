# SPDX-License-Identifier: MIT
"""Test doubles of what helps with a call, after their makers' documents: Asterisk's ARI and manager interface,
FreeSWITCH's event socket, a PBX's SIP, a telephone. Each keeps what it was asked, and answers as told."""
import hashlib
import http.server
import re
import secrets
import socket
import socketserver
import threading
import time
import urllib.parse

from patience import PATIENCE_S


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


def sip_lines(text):
    """First line, headers by lower-case name, body; a message is written as RFC 3261 has it."""
    head, _, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in headers.items()}
    assert len(headers) == len(lines) and int(headers["content-length"]) == len(body.encode()), text
    return first, headers, body


class UserAgent:
    """A SIP user agent over UDP. judge(method, address, headers, body): status and more headers; None: no answer."""

    def __init__(self):
        self.asked, self.answers, self.silent = [], {}, threading.Event()
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while (got := self.sock.recvfrom(65536))[0]:
            if self.silent.is_set():
                continue
            first, headers, body = sip_lines(got[0].decode())
            method, address, version = first.split(" ", 2)
            if method == "SIP/2.0":
                self.hear(int(address), headers)
                continue
            assert version == "SIP/2.0", first
            if verdict := self.judge(method, address, headers, body):
                self.sock.sendto(self.reply(headers, *verdict), got[1])

    def hear(self, status, headers):
        """An answer to a request of ours."""

    def reply(self, headers, status, more="", body=""):
        tag = "" if ";tag=" in headers["to"] else ";tag=pbx"
        copied = "".join(f"{name}: {headers[name.lower()]}{tag if name == 'To' else ''}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))
        return f"SIP/2.0 {status}\r\n{copied}{more}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def wait_for(self, method, count=1):
        """Until it was asked that so many times."""
        end = time.monotonic() + PATIENCE_S
        while sum(m == method for m, *_ in self.asked) < count:
            assert time.monotonic() < end, (method, count, self.asked)
            time.sleep(0.01)

    def stop(self):
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.sock.close()


class Sip(UserAgent):
    """A PBX that asks for a digest (RFC 3261, 22.4) and takes MESSAGE with 200, REFER with 202. Of phones it takes an INVITE that
    names no dialog, or with Replaces (RFC 3891) its own one: (Call-ID, its tag, the other's). asked: method, address, headers by
    lower-case name, body; answers: a method's status in place of that."""

    def __init__(self, user, password, dialog=None):
        self.user, self.password, self.dialog = user, password, dialog
        super().__init__()

    def judge(self, method, address, headers, body):
        if method in ("INVITE", "ACK", "BYE"):
            self.asked.append((method, address, headers, body))
            return self.judge_call(method, headers)
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

    def judge_call(self, method, headers):
        if method != "INVITE":
            return ("200 OK", "") if method == "BYE" else None
        call, *tags = headers.get("replaces", "").split(";")
        known = not call or (call, *(dict(tag.split("=") for tag in tags).get(k) for k in ("to-tag", "from-tag"))) == self.dialog
        if not known:
            return "481 Call/Transaction Does Not Exist", ""
        return "200 OK", f"Contact: <sip:pbx@127.0.0.1:{self.port}>\r\nContent-Type: application/sdp\r\n", \
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {self.port} RTP/AVP 0\r\na=inactive\r\n"


class Phone(UserAgent):
    """A telephone that rings, is taken at once, and when referred (RFC 3515) calls the PBX with the headers that the address
    holds (RFC 3261, 19.1.1), and tells how that went. answers: INVITE: rings on without an answer for ""; NOTIFY: "" tells nothing."""

    def judge(self, method, address, headers, body):
        self.asked.append((method, address, headers, body))
        status = self.answers.get(method, {"REFER": "202 Accepted", "ACK": None}.get(method, "200 OK"))
        contact = f"Contact: <sip:1001@127.0.0.1:{self.port}>\r\n"
        if method == "INVITE":
            self.invite = headers
            assert "a=inactive\r\n" in body and headers["content-type"] == "application/sdp", body
            if not status:
                return "180 Ringing", contact
            return status, contact + "Content-Type: application/sdp\r\n", body
        if method == "CANCEL":
            self.sock.sendto(self.reply(self.invite, "487 Request Terminated"), self.peer(self.invite))
        if method == "REFER" and status.startswith("2") and self.answers.get("NOTIFY") != "":
            self.refer = headers
            self.call(headers["refer-to"])
        return (status, contact) if status else None

    def call(self, refer_to):
        address, _, more = refer_to.strip("<>").partition("?")
        extra = "".join("%s: %s\r\n" % tuple(map(urllib.parse.unquote, part.split("=", 1))) for part in more.split("&") if part)
        port = int(address.rsplit(":", 1)[1])
        self.request(("127.0.0.1", port), f"INVITE {address}", f"<{address}>", f"<sip:1001@127.0.0.1>;tag=p{len(self.asked)}",
                     f"call-{len(self.asked)}", extra)

    def request(self, where, first, to, own, call_id, more, body=""):
        method = first.split(" ")[0]
        self.sock.sendto((f"{first} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{secrets.token_hex(8)}\r\nMax-Forwards: 70\r\n"
                          f"From: {own}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: 7 {method}\r\n"
                          f"Contact: <sip:1001@127.0.0.1:{self.port}>\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}").encode(), where)

    def hear(self, status, headers):
        if headers["cseq"].endswith("INVITE") and status >= 200:
            line = "SIP/2.0 200 OK" if status < 300 else f"SIP/2.0 {status} Call/Transaction Does Not Exist"
            target = re.search("<(.*)>", self.refer["contact"]).group(1)
            self.request(self.peer(self.refer), f"NOTIFY {target}", self.refer["from"], self.refer["to"], self.refer["call-id"],
                         "Event: refer\r\nSubscription-State: terminated;reason=noresource\r\n"
                         "Content-Type: message/sipfrag;version=2.0\r\n", line + "\r\n")

    @staticmethod
    def peer(headers):
        host, port = re.search(r"UDP ([\d.]+):(\d+)", headers["via"]).groups()
        return host, int(port)
