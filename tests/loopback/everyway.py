# SPDX-License-Identifier: MIT
"""One daemon with every way in, and a call by each of them: off the wire where a test may listen there, by rtpengine
where it is installed."""
import contextlib
import json
import random
import shutil
import socket
import threading
import time
import urllib.request
import uuid

import doubles
from capture import sdp as phone_sdp
from peers import Rtpengine, may_sniff
from ports import free_port, free_ports
from player import Player, stream
from sip_client import METADATA, Client, Sender, sdp
from ws_client import signed

# What none of them may leave behind, by what it is.
SECRETS = {"media token": "mt-7Hq2vX9wLk3s", "sip password": "sp-Wd83kQz0mTn4", "hook key": "hk-Zb61RtYe5PcM",
           "twilio token": "tt-Jf92LmXa7VuG"}
NUMBERS = ("15558675301", "15558675302")  # Caller and agent, as they stand in headers and messages.


class Ways:
    """`args` starts it; then each of `kinds` is a function that carries a call of so many seconds and names it."""

    def __init__(self, sounds):
        self.caller, self.agent = sounds
        self.sip, self.audiosocket, self.http = free_port(), free_port(), free_port()
        self.rtp, low = free_ports(4), free_ports(100)
        with open("ways.conf", "w") as f:
            f.write(f"sip = 127.0.0.1:{self.sip}\nsip-user = recorder:{SECRETS['sip password']}\n"
                    f"rtp-port-min = {low}\nrtp-port-max = {low + 99}\n"
                    f"audiosocket = 127.0.0.1:{self.audiosocket}\naudiosocket-join = pair\nhttp = 127.0.0.1:{self.http}\n"
                    f"media-token = {SECRETS['media token']}\ntwilio-token = {SECRETS['twilio token']}\n"
                    f"audiohook-key = {SECRETS['hook key']}\nwords = yes\n"
                    f"rtp = 127.0.0.1:{self.rtp},codec=PCMU,role=caller,call=desk\n"
                    f"rtp = 127.0.0.1:{self.rtp + 2},codec=PCMU,role=agent,call=desk\n")
            self.kinds = self.more(f)
        self.args = ("--config", "ways.conf")
        self.n = random.getrandbits(30)

    def more(self, f):
        """What else can be tried here has lines in the configuration, too."""
        kinds = [self.siprec, self.plain, self.socket, self.twilio, self.audiohook, self.fork, self.bare, self.chat]
        if may_sniff():
            self.wire, self.one = free_ports(4), threading.Lock()
            f.write(f"sniff = lo,filter=portrange {self.wire}-{self.wire + 3}\nsniff-role = order:1=caller\n")
            kinds.append(self.sniffed)
        if shutil.which("rtpengine"):
            self.engine = Rtpengine()
            f.write(f"rtpengine = 127.0.0.1:{self.engine.port}\nrtpengine-role = order:1=caller\n")
            kinds.append(self.relayed)
        return kinds

    def cut(self, seconds):
        """A different stretch of the call each time."""
        begin = random.randrange(max(1, len(self.caller) - seconds * 8000)) // 160 * 160
        return [x[begin:begin + seconds * 8000] for x in (self.caller, self.agent)]

    def next(self):
        self.n += 1
        return self.n

    def invite(self, seconds, metadata, ports):
        c = Client(self.sip)
        offer, head = sdp(ports), f"P-Asserted-Identity: <sip:+{NUMBERS[0]}@127.0.0.1>\r\n"
        challenge = c.invite(offer, metadata, head, ack=False).header("www-authenticate")
        answer = c.invite(offer, metadata, head + c.digest(challenge, "recorder", SECRETS["sip password"]))
        assert answer.status == 200, answer.text
        senders = [Sender(sound, port) for sound, port in zip(self.cut(seconds), answer.ports())]
        for s in senders:
            s.join()
        assert c.request("BYE").status == 200
        return c.call_id

    def siprec(self, seconds):
        named = METADATA.replace("sip:caller@", f"sip:+{NUMBERS[0]}@").replace("sip:agent@", f"sip:+{NUMBERS[1]}@")
        return self.invite(seconds, named, [20000, 20002])

    def plain(self, seconds):
        return self.invite(seconds, None, [20000])

    def socket(self, seconds):
        ids = [str(uuid.UUID(int=self.next() << 8 | side)) for side in range(2)]
        doubles.audiosocket(self.audiosocket, ids, self.cut(seconds), 1.0)
        return ids[0]

    def twilio(self, seconds):
        call = f"CA{self.next()}"
        doubles.twilio(self.http, call, *self.cut(seconds), 1.0, token=SECRETS["twilio token"])
        return call

    def audiohook(self, seconds):
        call = f"conv{self.next()}"
        doubles.audiohook(self.http, call, *self.cut(seconds), 1.0, key=SECRETS["hook key"])
        return call

    def fork(self, seconds):
        call = f"fork{self.next()}"
        doubles.fork(self.http, call, *self.cut(seconds), 1.0, token=SECRETS["media token"], number="+" + NUMBERS[0])
        return call

    def bare(self, seconds):
        """RTP without signalling; its call ends for want of media."""
        sounds = self.cut(seconds)
        Player((self.rtp + 2 * n, stream(x, ssrc=self.next() + n)) for n, x in enumerate(sounds)).join()
        return None

    def sniffed(self, seconds):
        """Two phones that know nothing of us; one call at a time, for they have two ports each."""
        call = f"wire{self.next()}"
        with self.one, contextlib.ExitStack() as ends:
            phones = [ends.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2)]
            for n, phone in enumerate(phones):
                phone.bind(("127.0.0.1", self.wire + 2 * n))

            def say(who, start, method="INVITE", body=""):
                head = (f"{start}\r\nVia: SIP/2.0/UDP x\r\nFrom: <sip:+{NUMBERS[0]}@x>;tag=A\r\nTo: <sip:+{NUMBERS[1]}@x>;tag=B\r\n"
                        f"Call-ID: {call}\r\nCSeq: 1 {method}\r\n" + ("Content-Type: application/sdp\r\n" if body else ""))
                phones[who].sendto(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode(), ("127.0.0.1", self.wire + 2 - 2 * who))
            say(0, f"INVITE sip:+{NUMBERS[1]}@x SIP/2.0", body=phone_sdp("127.0.0.1", self.wire + 1))
            say(1, "SIP/2.0 200 OK", body=phone_sdp("127.0.0.1", self.wire + 3))
            Player(((self.wire + 3 - 2 * n, stream(x, ssrc=self.next())) for n, x in enumerate(self.cut(seconds))),
                   begins=(self.wire + 1, self.wire + 3)).join()
            say(0, f"BYE sip:+{NUMBERS[1]}@x SIP/2.0", "BYE")
        return call

    def relayed(self, seconds):
        """Between two phones whose sound rtpengine carries."""
        call, phones = f"relay{self.next()}", [free_ports(2), free_ports(2)]
        ports = self.engine.call(call, *phones)
        # The caller sends to the port that the answer told, and the agent to the offer's.
        Player((port, stream(x, ssrc=self.next())) for port, x in zip(ports, self.cut(seconds))).join()
        self.engine.ask(command="delete", call_id=call, from_tag="caller", delete_delay=0)
        return call

    def chat(self, seconds):
        call = f"chat{self.next()}"
        for text in ("Hello, this is the third time I call.", f"Ring me at +{NUMBERS[0]}, my lawyer will sue you."):
            self.post(f"/api/v1/conversations/{call}/lines", {"who": "customer", "text": text, "language": "en"})
        time.sleep(min(seconds, 1))
        self.post(f"/api/v1/conversations/{call}/lines", {"end": True})
        return call

    def post(self, path, body):
        asked = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", json.dumps(body).encode(),
                                       signed(self.http, {"Content-Type": "application/json"}))
        with urllib.request.urlopen(asked) as r:
            return json.load(r)
