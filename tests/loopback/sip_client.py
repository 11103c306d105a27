# SPDX-License-Identifier: MIT
"""A SIP and RTP client over UDP, small enough to send what no real one would."""
import hashlib
import random
import re
import socket
import struct
import threading
import time


def sdp(ports, direction="sendonly", formats="0 8", labels=True, proto="RTP/AVP", extra="",
        address="127.0.0.1", session=1):
    lines = ["v=0", f"o=src 1 {session} IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0"]
    for n, port in enumerate(ports, 1):
        lines.append(f"m=audio {port} {proto} {formats}")
        lines += [x for x in extra.split("\n") if x]
        lines.append(f"a={direction}")
        if labels:
            lines.append(f"a=label:{n}")
    return "\r\n".join(lines) + "\r\n"


METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns="urn:ietf:params:xml:ns:recording:1"><datamode>complete</datamode>
<session session_id="s1"/>
<participant participant_id="p1"><nameID aor="sip:caller@example.invalid"/></participant>
<participant participant_id="p2"><nameID aor="sip:agent@example.invalid"><name>Anna</name></nameID>
</participant>
<stream stream_id="t1" session_id="s1"><label>1</label></stream>
<stream stream_id="t2" session_id="s1"><label>2</label></stream>
<participantstreamassoc participant_id="p1"><send>t1</send></participantstreamassoc>
<participantstreamassoc participant_id="p2"><send>t2</send></participantstreamassoc>
</recording>
"""


def siprec_body(offer, metadata=METADATA):
    body = ("--b1\r\nContent-Type: application/sdp\r\n\r\n" + offer +
            "\r\n--b1\r\nContent-Type: application/rs-metadata+xml\r\n"
            "Content-Disposition: recording-session\r\n\r\n" + metadata + "\r\n--b1--\r\n")
    return "multipart/mixed;boundary=b1", body


class Answer:
    def __init__(self, data):
        text = data.decode(errors="replace")
        head, _, self.body = text.partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.text = text
        self.status = int(lines[0].split()[1])
        self.headers = self.fields(lines[1:])

    @staticmethod
    def fields(lines):
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        return headers

    def header(self, name):
        return ", ".join(self.headers.get(name.lower(), []))

    def ports(self):
        return [int(p) for p in re.findall(r"^m=audio (\d+)", self.body, re.M)]

    def directions(self):
        return re.findall(r"^a=(sendrecv|sendonly|recvonly|inactive)", self.body, re.M)


class Client:
    """One dialog's worth of a user agent."""

    def __init__(self, port, call_id=None, tag=None, host="127.0.0.1"):
        self.server = ("127.0.0.1", port)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((host, 0))
        self.me = "%s:%d" % self.sock.getsockname()
        self.call_id = call_id or "%x@test" % random.getrandbits(64)
        self.tag = tag or "%x" % random.getrandbits(32)
        self.to_tag, self.cseq, self.branch = "", 0, ""
        self.target = "sip:srs@127.0.0.1:%d" % port
        self.from_params = ""  # Of the address in From.
        self.answers = {}  # To requests of the server's, by method; 200 without.
        self.requests = []  # Their headers.

    def __del__(self):
        self.sock.close()

    def message(self, method, headers="", ctype=None, body="", cseq=None, branch=None, to_tag=None):
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        self.branch = branch or "z9hG4bK%x" % random.getrandbits(48)
        tag = self.to_tag if to_tag is None else to_tag
        tag = f";tag={tag}" if tag else ""
        content = f"Content-Type: {ctype}\r\n" if ctype else ""
        return (f"{method} {self.target} SIP/2.0\r\nVia: SIP/2.0/UDP {self.me};branch={self.branch}"
                f"\r\nFrom: <sip:src@{self.me}{self.from_params}>;tag={self.tag}\r\nTo: <{self.target}>{tag}\r\n"
                f"Call-ID: {self.call_id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:src@{self.me}>"
                f"\r\nMax-Forwards: 70\r\n{headers}{content}"
                f"Content-Length: {len(body.encode())}\r\n\r\n{body}")

    def send(self, text):
        self.sock.sendto(text.encode() if isinstance(text, str) else text, self.server)

    def receive(self, timeout=20):
        """The next final answer; None when there is none. A request of the server's is answered."""
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(65535)
            except socket.timeout:
                return None
            if data.startswith(b"SIP/2.0"):
                answer = Answer(data)
                if answer.status >= 200:
                    return answer
            else:
                self.on_request(data)

    def on_request(self, data):
        text = data.decode(errors="replace")
        lines = text.split("\r\n")
        self.last_request = lines[0].split()[0]
        self.requests.append(Answer.fields(lines[1:]))
        status = self.answers.get(self.last_request, "200 OK")
        kept = [x for x in lines if re.match(r"(?i)(via|from|to|call-id|cseq):", x)]
        self.send(f"SIP/2.0 {status}\r\n" + "\r\n".join(kept) + "\r\nContent-Length: 0\r\n\r\n")

    last_request = None

    def wait_request(self, method, timeout):
        end = time.monotonic() + timeout
        while self.last_request != method and time.monotonic() < end:
            self.receive(0.2)
        return self.last_request == method

    def request(self, method, headers="", ctype=None, body="", **kw):
        self.send(self.message(method, headers, ctype, body, **kw))
        return self.receive()

    def ack(self, cseq=None, ctype=None, body=""):
        self.send(self.message("ACK", "", ctype, body, cseq=self.cseq if cseq is None else cseq))

    def invite(self, offer, metadata=METADATA, headers="", ack=True):
        """INVITE as a SIPREC client, with metadata None as a plain one, with offer None without."""
        if metadata is None:
            ctype, body = "application/sdp" if offer else None, offer or ""
        else:
            ctype, body = siprec_body(offer, metadata)
            headers += "Require: siprec\r\n"
        answer = self.request("INVITE", headers, ctype, body)
        if answer and answer.status == 200:
            self.to_tag = re.search(r"tag=([^;\s]+)", answer.header("to")).group(1)
            self.target = re.search(r"<([^>]+)>", answer.header("contact")).group(1)
        if ack and answer:
            self.ack()
        return answer

    def digest(self, challenge, user, password, method="INVITE", qop=True, count=1):
        def field(name):
            return re.search(rf'{name}="([^"]*)"', challenge).group(1)

        def md5(s):
            return hashlib.md5(s.encode()).hexdigest()
        realm, nonce, uri = field("realm"), field("nonce"), self.target
        ha1, ha2 = md5(f"{user}:{realm}:{password}"), md5(f"{method}:{uri}")
        response = md5(f"{ha1}:{nonce}:{count:08x}:abcd:auth:{ha2}" if qop else f"{ha1}:{nonce}:{ha2}")
        counted = f', qop=auth, nc={count:08x}, cnonce="abcd"' if qop else ""
        return (f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", '
                f'uri="{uri}", response="{response}", algorithm=MD5{counted}\r\n')


class Sender:
    """Sends a channel as RTP in real time, on a thread of its own."""

    def __init__(self, channel, port, pt=0, sock=None, started=None, seq=1, ts=0, ssrc=None,
                 size=160):
        self.channel, self.to, self.pt, self.size = channel, ("127.0.0.1", port), pt, size
        self.sock = sock or socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.seq, self.ts, self.sent = seq, ts, 0
        self.ssrc = random.getrandbits(32) if ssrc is None else ssrc
        self.started = started or time.monotonic()
        self.stop = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        for at in range(0, len(self.channel) - self.size + 1, self.size):
            late = self.started + at / 8000 - time.monotonic()
            if late > 0:
                time.sleep(late)
            if self.stop:
                return
            head = struct.pack("!BBHII", 0x80, self.pt, self.seq + self.sent & 0xffff,
                               self.ts + at & 0xffffffff, self.ssrc)
            self.sock.sendto(head + self.channel[at:at + self.size], self.to)
            self.sent += 1

    def join(self):
        self.thread.join()
        self.sock.close()
