# SPDX-License-Identifier: MIT
"""Test doubles of the media clients, after their vendors' documents: AudioSocket (Asterisk), Twilio
Media Streams, Telnyx, Genesys AudioHook and mod_audio_fork / jambonz. Each sends a call of two
mu-law channels, `speed` times as fast as a live one: faster than the daemon's rings are deep, and it
would rightly drop samples and flag gaps."""
import base64
import hashlib
import hmac
import json
import random
import socket
import struct
import time
import uuid

from patience import PATIENCE_S
from sound import linear
from ws_client import WebSocket


SPEED = 1.25  # Half as fast again as it says would be another rate.


class Clock:
    def __init__(self, speed):
        self.speed, self.started = speed, time.monotonic()

    def wait(self, media_s):
        late = self.started + media_s / self.speed - time.monotonic()
        if late > 0:
            time.sleep(late)


def frames(channel, size):
    return [channel[i:i + size] for i in range(0, len(channel), size)]


def audiosocket(port, ids, channels, speed=SPEED, kind=0x10):
    """One socket for each channel, with 20 ms of 16-bit linear sound a message."""
    socks = []
    for call_id in ids:
        s = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        s.sendall(b"\x01\x00\x10" + uuid.UUID(call_id).bytes)
        socks.append(s)
    clock = Clock(speed)
    for n, parts in enumerate(zip(*(frames(c, 160) for c in channels))):
        clock.wait(n * 0.02)
        for s, part in zip(socks, parts):
            pcm = linear(part)
            s.sendall(struct.pack("!BH", kind, len(pcm)) + pcm)
        if n == 5:
            socks[0].sendall(b"\x03\x00\x015")
    for s in socks:
        s.sendall(b"\x00\x00\x00")
        s.close()


def twilio_signature(token, url):
    return base64.b64encode(hmac.new(token.encode(), url.encode(), hashlib.sha1).digest()).decode()


def twilio(port, call_sid, caller, agent, speed=SPEED, token=None, host=None, drops=False, **kw):
    """With `drops` the connection goes without a stop, as when the network does."""
    host = host or f"127.0.0.1:{port}"
    headers = {"User-Agent": "Twilio.TmeWs/1.0"}
    if token:
        headers["X-Twilio-Signature"] = twilio_signature(token, f"wss://{host}/media/twilio")
    ws = WebSocket("127.0.0.1", port, "/media/twilio", headers=headers, target_host=host, **kw)
    seq, stream = 0, "MZ" + uuid.uuid4().hex

    def say(event, **body):
        nonlocal seq
        if event != "connected":
            seq += 1
            body.update(sequenceNumber=str(seq), streamSid=stream)
        ws.send(json.dumps({"event": event, **body}))

    say("connected", protocol="Call", version="1.0.0")
    say("start", start={"accountSid": "AC" + uuid.uuid4().hex, "streamSid": stream,
                        "callSid": call_sid, "tracks": ["inbound", "outbound"],
                        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000,
                                        "channels": 1},
                        "customParameters": {"queue": "claims", "agent": "Ana"}})
    clock = Clock(speed)
    for n, parts in enumerate(zip(frames(caller, 160), frames(agent, 160))):
        clock.wait(n * 0.02)
        for track, part in zip(("inbound", "outbound"), parts):
            say("media", media={"track": track, "chunk": str(n + 1), "timestamp": str(n * 20 + 5),
                                "payload": base64.b64encode(part).decode()})
        if n == 5:
            say("dtmf", dtmf={"track": "inbound_track", "digit": "5"})
    if drops:
        return ws.sock.close()
    say("stop", stop={"accountSid": "AC", "callSid": call_sid})
    while ws.recv() is not None:
        pass
    return ws.close_code


def telnyx(port, call_id, caller, agent, speed=SPEED, seed=1):
    """Snake case, and frames that overtake each other by up to four places."""
    ws = WebSocket("127.0.0.1", port, "/media/twilio")
    ws.send(json.dumps({"event": "connected", "version": "1.0.0"}))
    ws.send(json.dumps({"event": "start", "sequence_number": "1", "stream_id": str(uuid.uuid4()),
                        "start": {"user_id": "u", "call_control_id": call_id,
                                  "call_session_id": "s", "from": "+13122010094",
                                  "to": "+13122123456", "client_state": "",
                                  "media_format": {"encoding": "PCMU", "sample_rate": 8000,
                                                   "channels": 1}}}))
    clock, rnd = Clock(speed), random.Random(seed)
    messages = []
    for n, parts in enumerate(zip(frames(caller, 160), frames(agent, 160))):
        for track, part in zip(("inbound", "outbound"), parts):
            messages.append((n + rnd.random() * 4, n, {
                "event": "media", "sequence_number": str(2 * n + 2),
                "media": {"track": track, "chunk": str(n + 1), "timestamp": str(n * 20),
                          "payload": base64.b64encode(part).decode()}}))
    for order, _, message in sorted(messages, key=lambda m: m[0]):
        clock.wait(order * 0.02)
        ws.send(json.dumps(message))
    ws.send(json.dumps({"event": "stop", "sequence_number": "9", "stop": {"call_control_id": call_id}}))
    while ws.recv() is not None:
        pass
    return ws.close_code


class AudioHook:
    """The client's side of AudioHook v2."""

    def __init__(self, port, conversation, key=None, secret=None, host=None, offers=None, tamper=False):
        self.session = str(uuid.uuid4())
        self.conversation = conversation
        self.seq, self.serverseq, self.samples = 0, 0, 0
        self.continues = None  # Sessions that this one goes on with.
        self.offers = offers or [
            {"type": "audio", "format": "PCMU", "channels": ["external", "internal"], "rate": 8000},
            {"type": "audio", "format": "PCMU", "channels": ["external"], "rate": 8000},
            {"type": "audio", "format": "PCMU", "channels": ["internal"], "rate": 8000}]
        host = host or f"127.0.0.1:{port}"
        headers = {"User-Agent": "GenesysCloud-AudioHook-Client",
                   "Audiohook-Organization-Id": str(uuid.uuid4()),
                   "Audiohook-Correlation-Id": str(uuid.uuid4()),
                   "Audiohook-Session-Id": self.session}
        if key:
            headers["X-API-KEY"] = key
        if secret:
            headers.update(self._sign(headers, key, secret, host))
        if tamper:
            headers["Audiohook-Session-Id"] = str(uuid.uuid4())
        self.ws = WebSocket("127.0.0.1", port, "/media/audiohook", headers=headers, target_host=host)

    @staticmethod
    def _sign(headers, key, secret, host):
        names = ["@request-target", "@authority", "audiohook-organization-id", "audiohook-session-id",
                 "audiohook-correlation-id", "x-api-key"]
        lower = {k.lower(): v for k, v in headers.items()}
        values = {"@request-target": "/media/audiohook", "@authority": host, **lower}
        now = int(time.time())
        params = ("(" + " ".join(f'"{n}"' for n in names) + ")" +
                  f';keyid="{key}";nonce="{base64.b64encode(uuid.uuid4().bytes).decode()}"'
                  f';alg="hmac-sha256";created={now};expires={now + 10}')
        base = "".join(f'"{n}": {values[n]}\n' for n in names) + f'"@signature-params": {params}'
        mac = hmac.new(base64.b64decode(secret), base.encode(), hashlib.sha256).digest()
        return {"Signature": f"sig1=:{base64.b64encode(mac).decode()}:",
                "Signature-Input": "sig1=" + params}

    def say(self, kind, **parameters):
        self.seq += 1
        self.ws.send(json.dumps({
            "version": "2", "id": self.session, "type": kind, "seq": self.seq,
            "serverseq": self.serverseq, "position": f"PT{self.samples / 8000:.4f}S",
            "parameters": parameters}))

    def hear(self):
        message = json.loads(self.ws.recv())
        assert message["version"] == "2" and message["id"] == self.session
        assert message["seq"] == self.serverseq + 1
        self.serverseq = message["seq"]
        return message

    def open(self):
        again = {"continuedSessions": self.continues} if self.continues else {}
        self.say("open", **again, organizationId=str(uuid.uuid4()), conversationId=self.conversation,
                 participant={"id": str(uuid.uuid4()), "ani": "+15550100", "aniName": "",
                              "dnis": "+15550199"}, media=self.offers, language="en-US")
        return self.hear()

    def ping(self):
        self.say("ping", rtt="PT0.05S")
        message = self.hear()
        assert message["type"] == "pong" and message["clientseq"] == self.seq

    def audio(self, caller, agent):
        self.ws.send(bytes(x for pair in zip(caller, agent) for x in pair))
        self.samples += len(caller)

    def talk(self, caller, agent, speed=SPEED):
        clock = Clock(speed)
        for n, parts in enumerate(zip(frames(caller, 1600), frames(agent, 1600))):
            clock.wait(n * 0.2)
            self.audio(*parts)

    def close(self):
        self.say("close", reason="end")
        message = self.hear()
        assert message["type"] == "closed", message
        return self.ws.close()


def audiohook(port, conversation, caller, agent, speed=SPEED, **kw):
    hook = AudioHook(port, conversation, **kw)
    opened = hook.open()
    assert opened["type"] == "opened" and opened["clientseq"] == 1
    assert opened["parameters"]["media"] == hook.offers[:1], opened
    clock = Clock(speed)
    for n, parts in enumerate(zip(frames(caller, 1600), frames(agent, 1600))):
        clock.wait(n * 0.2)
        hook.audio(*parts)
        if n % 25 == 0:
            hook.ping()
    return hook.close()


def fork(port, call_sid, caller, agent, speed=SPEED, token=None, subprotocol="audio.jambonz.org",
         number="+15550100", drops=False):
    """With `drops` the connection goes without a word, as when the network does."""
    headers = {"Sec-WebSocket-Protocol": subprotocol}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    ws = WebSocket("127.0.0.1", port, "/media/fork", headers=headers)
    assert ws.headers["sec-websocket-protocol"] == subprotocol
    ws.send(json.dumps({"callSid": call_sid, "from": number, "to": "+15550199",
                        "direction": "inbound", "sampleRate": 8000, "mixType": "stereo"}))
    left, right = linear(caller), linear(agent)
    pcm = b"".join(left[i:i + 2] + right[i:i + 2] for i in range(0, len(left), 2))
    clock = Clock(speed)
    for n, part in enumerate(frames(pcm, 1282)):  # Never whole pairs, as some senders do.
        clock.wait(n * 1282 / 32000)
        ws.send(part)
    return ws.sock.close() if drops else ws.close()
