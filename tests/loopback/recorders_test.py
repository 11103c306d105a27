#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who is who, as recorders tell it: in many dialects, late, and where nobody may be scored.

Every call plays the sample at once; where the caller is known, its alert comes at 41.2 s.
"""
import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon  # noqa: E402
from patience import PATIENCE_S  # noqa: E402
from player import Player, stream  # noqa: E402
from ports import free_port, free_ports  # noqa: E402
from sip_client import Client, sdp, siprec_body  # noqa: E402
from sound import channels, mixed  # noqa: E402

NS = '<recording xmlns="urn:ietf:params:xml:ns:recording:1">'
EMPTY = NS + "</recording>"


def metadata(*parties, mode="<datamode>complete</datamode>"):
    """(participant, address, stream, label) each, by RFC 7865."""
    text = NS + mode + '<session session_id="s"/>'
    for who, aor, sent, label in parties:
        text += f'<participant participant_id="{who}"><nameID aor="{aor}"/></participant>'
        text += f'<stream stream_id="{sent}" session_id="s"><label>{label}</label></stream>'
        text += (f'<participantstreamassoc participant_id="{who}"><send>{sent}</send>'
                 "</participantstreamassoc>")
    return text + "</recording>"


CALLER, AGENT = ("p", "sip:caller@pbx.invalid", "t", "1"), ("q", "sip:agent@pbx.invalid", "u", "2")
BOTH = metadata(CALLER, AGENT)
BROADWORKS = (
    '<recording_metadata xmlns="urn:ietf:params:xml:ns:siprec"><dataMode>complete</dataMode>'
    '<participant id="a"><aor>sip:caller@x.invalid</aor><send><id>t</id></send></participant>'
    '<participant id="b"><aor>sip:agent@x.invalid</aor><send><id>u</id></send></participant>'
    '<stream id="t"><label>1</label><mode>{mode}</mode></stream>'
    '<stream id="u"><label>2</label></stream></recording_metadata>')
# Oracle's, once ACME Packet's: the draft's participants with the address of the RFC.
ORACLE = ('<recording xmlns="urn:ietf:params:xml:ns:recording"><dataMode>complete</dataMode><group id="g"/><session id="s"/>'
          '<participant id="a" session="s"><nameID aor="sip:caller@x.invalid"/><send>t</send><recv>u</recv></participant>'
          '<participant id="b" session="s"><nameID aor="sip:agent@x.invalid"/><send>u</send><recv>t</recv></participant>'
          '<stream id="t" session="s"><label>1</label></stream><stream id="u" session="s"><label>2</label></stream></recording>')


class Recorders(unittest.TestCase):
    """All calls run side by side, so that the sample is waited for once."""

    @classmethod
    def setUpClass(cls):
        cls.port, low = free_port(), free_ports(200)
        cls.daemon = Daemon("--sip", f"127.0.0.1:{cls.port}", "--rtp-port-min", str(low),
                            "--rtp-port-max", str(low + 199), "--http", "127.0.0.1:0",
                            "--role", "label:only=caller", "--sip-mono-is", "caller",
                            name="recorders")
        cls.daemon.wait_logged("msg=serving")
        cls.caller, cls.agent = channels()
        cls.calls, cls.pairs, cls.later = {}, [], []
        cls.begin_dialects()
        cls.begin_mixtures()
        cls.begin_late()
        player = Player(cls.pairs)
        for at, change in sorted(cls.later, key=lambda x: x[0]):
            player.wait(at)
            change()
        player.wait(30)
        cls.replace()
        cls.unknown = cls.daemon.metric("undertone_calls_role_unknown")
        player.join()
        cls.goes_on.join()
        time.sleep(1)
        for c in cls.calls.values():
            c.request("BYE")
            cls.daemon.wait_ended(c.call_id)
        assert cls.daemon.end() == 0

    @classmethod
    def call(cls, name, offer, told=None, sound=None, headers="", from_params=""):
        c = Client(cls.port)
        c.from_params = from_params
        answer = c.invite(offer, told, headers)
        assert answer.status == 200, (name, answer.text)
        cls.calls[name] = c
        for port, channel in zip(answer.ports(), sound or (cls.caller, cls.agent)):
            if port:
                cls.pairs.append((port, stream(channel, ssrc=port)))
        return c

    @classmethod
    def begin_dialects(cls):
        two = sdp([20000, 20002])
        cls.call("RFC 7865", two, BOTH)
        cls.call("BroadWorks", two, BROADWORKS.format(mode="separate"))
        cls.call("Oracle", two, ORACLE)
        cls.call("no label", sdp([20000], labels=False), metadata(CALLER), (cls.caller,))
        cls.call("CUBE", sdp([20000, 20002], labels=False), None, headers="".join(
            f'X-Cisco-Recording-Participant: sip:{who}@x.invalid;media-index="{n}"\r\n'
            for n, who in enumerate(("caller", "agent"))))
        # Every sample twice, as sound of 16 kHz under the name of PCMU would come.
        cls.call("16 kHz as PCMU", two, BOTH, (b"",))
        port, _ = cls.pairs.pop()
        cls.pairs.append((port, ((at, p[:12] + bytes(b for b in p[12:] for _ in "ab"))
                                 for at, p in stream(cls.caller, ssrc=port))))
        c = Client(cls.port)
        c.from_params = ";x-farend;x-refci=1;x-nearendaddr=2001;x-farendaddr=5551234567"
        answer = c.invite(None, None, ack=False)
        assert answer.status == 200 and answer.directions() == ["recvonly"], answer.text
        c.ack(ctype="application/sdp", body=sdp([20000], formats="0", labels=False))
        cls.calls["CUCM far end"] = c
        cls.pairs.append((answer.ports()[0], stream(cls.caller, ssrc=77)))

    @classmethod
    def begin_mixtures(cls):
        both = (mixed(cls.caller, cls.agent),)
        one = sdp([20000]).replace("label:1", "label:only")
        for name, parties in (("caller first", (CALLER, AGENT)), ("agent first", (AGENT, CALLER))):
            told = metadata(*(p[:2] + ("t", "only") for p in parties))
            cls.call(f"mixed, {name}", one, told, both)
        neutral = (("p", "sip:5551234567@x.invalid", "t", "only"), ("q", "sip:2001@x.invalid", "t", "only"))
        cls.call("mixed, neutral names", one, metadata(*neutral), both)
        unbound = NS + "".join(f'<participant participant_id="{n}"><nameID aor="sip:{n}@x.invalid"/>'
                               "</participant>" for n in ("555", "2001")) + "</recording>"
        cls.call("mixed, no streams", one, unbound, both)
        cls.call("mixed by mode", sdp([20000]), BROADWORKS.format(mode="mixed"), both)
        cls.call("CUCM near end", sdp([20000], labels=False), None, (cls.caller,),
                 from_params=";x-nearend;x-refci=1;x-nearendaddr=2001")

    @classmethod
    def begin_late(cls):
        two = sdp([20000, 20002])

        def send(c, method, told, offer=None):
            if offer:
                ctype, body = siprec_body(offer, told)
            else:
                ctype, body = "application/rs-metadata+xml", told
            answer = c.request(method, "", ctype, body)
            assert answer.status == 200, answer.text
            if method == "INVITE":
                c.ack()
            return answer
        for at, method, offer in ((3, "UPDATE", None), (3, "INFO", None), (20, "UPDATE", None),
                                  (3, "INVITE", sdp([20000, 20002], session=2))):
            c = cls.call(f"{method} at {at} s", two, EMPTY)
            cls.later.append((at, lambda c=c, m=method, o=offer: send(c, m, BOTH, o)))
        cls.call("never told", two, EMPTY)
        cls.call("replaced", two, BOTH)
        c = cls.call("swapped at 20 s", two, BOTH)
        swapped = metadata(("p", AGENT[1], "t", "1"), ("q", CALLER[1], "u", "2"))
        cls.later.append((20, lambda: send(c, "UPDATE", swapped)))
        d = cls.call("transfers", two, BOTH)

        def transfer(n):
            """The agent's line is closed, and the next one is another's."""
            ports = [20000] + [0] * n + [20002 + 2 * n]
            told = metadata(CALLER, ("q%d" % n, AGENT[1], "u%d" % n, str(n + 2)))
            answer = send(d, "INVITE", told, sdp(ports, session=2 + n))
            cls.transferred = answer.ports()
        for n in range(1, 6):
            cls.later.append((2 + 2 * n, lambda n=n: transfer(n)))

    @classmethod
    def replace(cls):
        """A recorder that fails over: its other half takes the call's place."""
        old, c = cls.calls.pop("replaced"), Client(cls.port)
        cls.replaced = old.call_id
        answer = c.invite(sdp([20000, 20002]), BOTH, "Require: replaces\r\n"
                          f"Replaces: {old.call_id};to-tag={old.to_tag};from-tag={old.tag}\r\n")
        assert answer.status == 200, answer.text
        cls.calls["replacing"] = c
        cls.goes_on = Player((port, stream(sound[30 * 8000:], ssrc=port))
                             for port, sound in zip(answer.ports(), (cls.caller, cls.agent)))
        assert old.wait_request("BYE", PATIENCE_S)

    def test_replaced(self):
        """The caller's calm voice is known from the call before."""
        self.assertEqual(self.daemon.wait_ended(self.replaced)["reason"], "replaced")
        self.assertIn(f"a call goes on with another's baseline\" call={self.calls['replacing'].call_id}",
                      self.daemon.logged())
        self.assertEqual(len(self.raised("replacing")), 1)
        self.assertAlmostEqual(self.raised("replacing")[0], 46.5 - 30, delta=1.5)

    def raised(self, name):
        return [e["t"] for e in self.daemon.of(self.calls[name].call_id)
                if e["type"] == "alert" and e["action"] == "raised"]

    def whys(self, name):
        return [e.get("why") for e in self.daemon.of(self.calls[name].call_id)
                if e["type"] == "score"]

    def test_dialects(self):
        for name in ("RFC 7865", "BroadWorks", "Oracle", "no label", "CUBE", "CUCM far end", "transfers"):
            with self.subTest(name):
                self.assertEqual(len(self.raised(name)), 1)
                self.assertAlmostEqual(self.raised(name)[0], 41.2, delta=0.5)
                self.assertNotIn("role", self.whys(name))

    def test_another_rate(self):
        call = self.calls["16 kHz as PCMU"].call_id
        self.assertEqual(self.raised("16 kHz as PCMU"), [])
        self.assertEqual(set(self.whys("16 kHz as PCMU")[7:]), {"rate"})
        told = self.daemon.wait(lambda e: e["call"] == call and e.get("problem"))["problem"]
        self.assertIn("caller's samples come at 16000 a second, not at 8000, and are not heard: have the sender name", told)

    def test_mixtures(self):
        for name in self.calls:
            if not name.startswith("mixed") and name != "CUCM near end":
                continue
            with self.subTest(name):
                self.assertEqual(self.raised(name), [])
                self.assertEqual(set(self.whys(name)), {"role"})

    def test_late(self):
        for name in self.calls:
            found = re.search(r"at (\d+) s", name)
            if not found or "swapped" in name:
                continue
            with self.subTest(name):
                at, whys = int(found.group(1)), self.whys(name)
                self.assertEqual(len(self.raised(name)), 1)
                # The turn before the alert's ends a hair under the threshold: whose calm was heard from here
                # on alone may have the alert there.
                self.assertTrue(39 < self.raised(name)[0] < 48.5, self.raised(name))
                self.assertNotIn("gap", whys)
                self.assertIn(whys.count("role"), (at - 1, at))
                self.assertEqual(set(whys[:at - 1]), {"role"})

    def test_never(self):
        self.assertEqual(set(self.whys("never told")), {"role"})
        self.assertEqual(self.raised("never told"), [])
        # The mixtures, the near end and this one.
        self.assertGreaterEqual(self.unknown, 6)
        log = self.daemon.logged()
        self.assertIn('lines="label 1, order 1: nobody named; label 2, order 2: nobody named"', log)
        self.assertIn("several people are on one line", log)
        self.assertNotIn("5551234567", log)
        told = self.daemon.wait(lambda e: e["call"] == self.calls["never told"].call_id)
        self.assertIn("label 2", told["choices"])

    def test_swapped(self):
        """The agent was taken for the caller's voice: from then on the other line is scored."""
        self.assertEqual(self.raised("swapped at 20 s"), [])

    def test_transfers(self):
        self.assertEqual(len(self.transferred), 7)
        self.assertEqual(self.transferred[1:-1], [0] * 5)
        self.assertNotEqual(self.transferred[-1], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
