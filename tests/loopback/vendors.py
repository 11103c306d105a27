# SPDX-License-Identifier: MIT
"""Doubles of those who send media over WebSocket, to the letter of their documents: what opens the
stream, and how each packs 20 or 100 ms of sound. A vendor is a function of (port, call, caller, agent)
that plays both mu-law channels, or the caller's alone, at `pace` times their pace."""
import base64
import json
import threading

from doubles import Clock, frames
from sound import ALAW_OF_ULAW, linear
from ws_client import WebSocket

EPOCH_MS = 1700000000000


class Forwarded(WebSocket):
    """Its texts come by way of another program, which this thread's `way.now` names."""
    way = threading.local()

    def send(self, message):
        way = getattr(self.way, "now", None)
        if isinstance(message, bytes) or not way:
            return super().send(message)
        if way == "pieces":
            parts = list(frames(message.encode(), 50))
            for n, part in enumerate(parts):
                self.frame(0 if n else 1, part, fin=n == len(parts) - 1)
            return None
        if way == "capitals" and not message.startswith("MEDIA_START"):
            message = json.dumps(capitals(json.loads(message)))
        return super().send("\ufeff" + message if way == "mark" else message.encode() if way == "bytes" else message)


def capitals(value):
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: capitals(of) for name, of in value.items()}
    return [capitals(of) for of in value] if isinstance(value, list) else value


def alaw(ulaw):
    return bytes(ALAW_OF_ULAW[c] for c in ulaw)


def wide(ulaw):
    """Linear samples of twice the rate: each one is there twice."""
    pcm = linear(ulaw)
    return b"".join(pcm[i:i + 2] * 2 for i in range(0, len(pcm), 2))


def _talk(port, path, first, messages, pace, proto=None):
    """first: texts that open the stream. messages: lists of what is sent every `step` seconds."""
    ws = Forwarded("127.0.0.1", port, path, headers={"Sec-WebSocket-Protocol": proto} if proto else None)
    if proto:
        assert ws.headers["sec-websocket-protocol"] == proto
    for text in first:
        ws.send(text if isinstance(text, str) else json.dumps(text))
    clock = Clock(pace)
    for at, message in messages:
        clock.wait(at)
        ws.send(message if isinstance(message, bytes) else json.dumps(message))
    return ws.close()


def _media(tracks, pack, step_ms, message):
    """Messages of each track by turns: pack(bytes) is a payload, message(track, n, at_ms, payload) JSON."""
    size = step_ms * 8
    for n, parts in enumerate(zip(*(frames(sound, size) for _, sound in tracks))):
        for (track, _), part in zip(tracks, parts):
            payload = base64.b64encode(pack(part)).decode()
            yield n * step_ms / 1000, message(track, n, n * step_ms, payload)


def plivo(encoding, rate, pack):
    """No `connected`; numbers are numbers, timestamps are since 1970."""
    def play(port, call, caller, agent, pace):
        start = {"sequenceNumber": 0, "event": "start", "extra_headers": "{}",
                 "start": {"callId": call, "streamId": "b77e", "accountId": "10", "tracks": ["inbound"],
                           "mediaFormat": {"encoding": encoding, "sampleRate": rate}}}
        return _talk(port, "/media/twilio", [start], _media(
            [("inbound", caller)], pack, 20, lambda track, n, at, payload: {
                "sequenceNumber": n + 1, "streamId": "b77e", "event": "media", "extra_headers": "{}",
                "media": {"track": track, "timestamp": str(EPOCH_MS + at), "chunk": n + 1,
                          "payload": payload}}), pace)
    return play


def exotel(port, call, caller, agent, pace):
    """Twilio's form in snake_case, without a track; 100 ms of linear samples a message."""
    start = {"event": "start", "sequence_number": "1", "stream_sid": "s",
             "start": {"stream_sid": "s", "call_sid": call, "account_sid": "a", "from": "09876543210",
                       "to": "08030752400", "custom_parameters": {},
                       "media_format": {"encoding": "raw/slin", "sample_rate": "8000", "bit_rate": "128kbps"}}}
    return _talk(port, "/media/twilio", [{"event": "connected"}, start], _media(
        [("", caller)], linear, 100, lambda track, n, at, payload: {
            "event": "media", "sequence_number": str(n + 3), "stream_sid": "s",
            "media": {"chunk": str(n + 1), "timestamp": str(at), "payload": payload}}), pace)


def telnyx(encoding, rate, pack):
    def play(port, call, caller, agent, pace):
        start = {"event": "start", "sequence_number": "1", "stream_id": "32de",
                 "start": {"user_id": "u", "call_control_id": call, "call_session_id": "s",
                           "from": "+13122010094", "to": "+13122123456", "tags": [], "client_state": "",
                           "media_format": {"encoding": encoding, "sample_rate": rate, "channels": 1}}}
        return _talk(port, "/media/twilio", [{"event": "connected", "version": "1.0.0"}, start], _media(
            [("inbound", caller), ("outbound", agent)], pack, 20, lambda track, n, at, payload: {
                "event": "media", "sequence_number": str(n + 2), "stream_id": "32de",
                "media": {"track": track, "chunk": str(n + 1), "timestamp": str(at),
                          "payload": payload}}), pace)
    return play


def signalwire(port, call, caller, agent, pace):
    """Twilio's messages; `codec="L16@16000h"` names the samples."""
    start = {"event": "start", "sequenceNumber": "1", "streamSid": "s",
             "start": {"streamSid": "s", "accountSid": "a", "callSid": call,
                       "tracks": ["inbound", "outbound"], "customParameters": {},
                       "mediaFormat": {"encoding": "L16@16000h", "sampleRate": 16000, "channels": 1}}}
    return _talk(port, "/media/twilio", [{"event": "connected", "protocol": "Call", "version": "0.2.0"}, start],
                 _media([("inbound", caller), ("outbound", agent)], wide, 20,
                        lambda track, n, at, payload: {
                            "event": "media", "sequenceNumber": str(n + 2), "streamSid": "s",
                            "media": {"track": track, "chunk": str(n + 1), "timestamp": str(at),
                                      "payload": payload}}), pace)


def bandwidth(port, call, caller, agent, pace):
    """`eventType`; a format for each track, media without a frame of their own."""
    form = {"encoding": "audio/PCMU", "sampleRate": 8000}
    start = {"eventType": "start", "metadata": {
        "accountId": "5500", "callId": call, "streamId": "s", "streamName": "n",
        "tracks": [{"name": "inbound", "mediaFormat": form}, {"name": "outbound", "mediaFormat": form}]}}
    return _talk(port, "/media/twilio", [start], _media(
        [("inbound", caller), ("outbound", agent)], bytes, 20, lambda track, n, at, payload: {
            "eventType": "media", "track": track, "payload": payload}), pace)


def binary(first, pack, proto=None, query=""):
    """Texts, then 20 ms of the caller a message: Vonage, Asterisk, mod_audio_stream. {call} in a text is
    the call's id."""
    def play(port, call, caller, agent, pace):
        texts = [text.replace("{call}", call) for text in first]
        return _talk(port, "/media/fork" + query.replace("{call}", call), texts,
                     ((n * 0.02, pack(part)) for n, part in enumerate(frames(caller, 160))), pace, proto)
    return play


MEDIA_START = ("MEDIA_START connection_id:{call} channel:WebSocket/media/0x7f01 format:%s "
               "optimal_frame_size:%d ptime:20")
VENDORS = {
    "plivo-mulaw": plivo("audio/x-mulaw", 8000, bytes),
    "plivo-l16": plivo("audio/x-l16", 16000, wide),
    "exotel": exotel,
    "telnyx-pcma": telnyx("PCMA", 8000, alaw),
    "telnyx-l16": telnyx("L16", 16000, wide),
    "signalwire": signalwire,
    "bandwidth": bandwidth,
    # Vonage names the call nowhere: its id is made here.
    "vonage": binary(['{"event":"websocket:connected","content-type":"audio/l16;rate=16000",'
                      '"callSid":"{call}"}'], wide),
    "asterisk-ulaw": binary([MEDIA_START % ("ulaw", 160)], bytes, "media"),
    "asterisk-slin16": binary([json.dumps(
        {"event": "MEDIA_START", "connection_id": "{call}", "channel": "WebSocket/media/0x7f01",
         "channel_id": "{call}", "format": "slin16", "optimal_frame_size": 640, "ptime": 20})], wide, "media"),
    "mod_audio_stream": binary(['{"callSid":"{call}","type":"any"}'], wide, query="?sampleRate=16000"),
}
