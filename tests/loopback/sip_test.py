#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SIP and SIPREC against `undertone serve`: what a recording client sends, and what it should not."""
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, UNDERTONE  # noqa: E402
from patience import PATIENCE_S  # noqa: E402
from ports import free_port, free_ports  # noqa: E402
from sip_client import Answer, Client, METADATA, Sender, sdp, siprec_body  # noqa: E402
import torture  # noqa: E402

SILENCE = b"\xff" * 8000


class Server:
    def __init__(self, *args, name="serve"):
        self.port = free_port()
        low = free_ports(100)
        self.daemon = Daemon("--sip", f"127.0.0.1:{self.port}", "--rtp-port-min", str(low),
                             "--rtp-port-max", str(low + 99), *args, name=name)
        self.daemon.wait_logged("msg=serving")


def setUpModule():
    """Calls whose sessions the server has to refresh, after 45 s: they are looked at last."""
    Timers.server = Server("--media-timeout", "600", name="timers")
    Timers.calls, Timers.threads = [], []

    def keep(c):
        """Hangs up at once: how long the other tests take is not the session's concern."""
        if c.wait_request("UPDATE", 2 * PATIENCE_S):
            Timers.bye = c.request("BYE")

    for answer in ("200 OK", "481 Call/Transaction Does Not Exist"):
        c = Client(Timers.server.port)
        c.answers["UPDATE"] = answer
        c.invite(sdp([20000, 20002]), headers="Supported: timer\r\n"
                                              "Session-Expires: 90;refresher=uas\r\n")
        Timers.calls.append(c)
        wait = keep if answer.startswith("200") else lambda c: c.wait_request("BYE", 2 * PATIENCE_S)
        Timers.threads.append(threading.Thread(target=wait, daemon=True, args=(c,)))
        Timers.threads[-1].start()


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--max-calls", "3", "--sip-mono-is", "caller", "--http", "127.0.0.1:0",
                            name="requests")
        cls.port = cls.server.port

    @classmethod
    def tearDownClass(cls):
        assert cls.server.daemon.end() == 0
        log = cls.server.daemon.logged()
        assert "example.invalid" not in log, "an address of record was logged"

    def begin(self, **kw):
        c = Client(self.port)
        a = c.invite(sdp([20000, 20002]), **kw)
        self.assertEqual(a.status, 200, a.text)
        return c, a

    def end(self, c):
        a = c.request("BYE")
        self.assertEqual(a.status, 200)
        return self.server.daemon.wait_ended(c.call_id.replace("/", "-"))

    def test_siprec(self):
        c, a = self.begin()
        self.assertEqual(a.directions(), ["recvonly", "recvonly"])
        self.assertIn("+sip.srs", a.header("contact"))
        self.assertIn("a=rtpmap:0 PCMU/8000", a.body)
        started = self.server.daemon.wait(lambda e: e["call"] == c.call_id)
        self.assertEqual((started["source"], started["channels"], started["agent"]),
                         ("siprec", 2, "Anna"))
        senders = [Sender(SILENCE, p) for p in a.ports()]
        for s in senders:
            s.join()
        self.assertEqual(self.end(c)["reason"], "bye")
        summary = [e for e in self.server.daemon.of(c.call_id) if e["type"] == "summary"]
        self.assertEqual(len(summary), 1)
        self.assertAlmostEqual(summary[0]["duration_s"], 1.0, delta=0.1)

    def test_hold_and_resume(self):
        c, a = self.begin()
        for direction, answer, held in (("inactive", "inactive", True),
                                        ("sendonly", "recvonly", False)):
            body = sdp([20000, 20002], direction, session=2 + held)
            r = c.request("INVITE", "", "application/sdp", body)
            c.ack()
            self.assertEqual((r.status, r.directions()), (200, [answer] * 2))
            self.assertEqual(r.ports(), a.ports())
            self.server.daemon.wait(lambda e: e["call"] == c.call_id and
                                    e.get("phase") == "updated" and e["on_hold"] == held)
        r = c.request("UPDATE", "", "application/sdp", sdp([20000, 20002], formats="8", session=9))
        self.assertEqual((r.status, r.directions()), (200, ["recvonly"] * 2))
        self.assertIn("PCMA", r.body)
        self.assertEqual(c.request("INFO").status, 200)
        self.end(c)

    def test_refused_offers(self):
        g723 = "a=rtpmap:4 G723/8000"
        cases = [
            ("only G.723", sdp([20000], formats="4", extra=g723), 488, "G723"),
            ("no audio", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
             "m=video 20000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", 488, "audio"),
            ("port 0", sdp([0]), 488, "audio"),
            ("SRTP without TLS", sdp([20000], proto="RTP/SAVP", extra="a=crypto:1 "
             "AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40), 488, "TLS"),
            ("no SDP at all", "this is no SDP\r\n", 400, ""),
        ]
        for name, offer, status, word in cases:
            for metadata in (METADATA, None):
                a = Client(self.port).invite(offer, metadata)
                self.assertEqual(a.status, status, name)
                self.assertIn(word, a.header("warning"), name)

    def test_refusals_are_told(self):
        """To the peer, in the log with reason and peer, and by reason in the metrics."""
        time.sleep(1.1)  # A message is logged ten times a second at most.
        dtls = sdp([20000], proto="UDP/TLS/RTP/SAVP", extra="a=fingerprint:sha-256 AA:BB")
        cases = [
            ("media", 488, "DTLS", lambda c: c.invite(dtls, None)),
            ("media", 488, "G729", lambda c: c.invite(
                sdp([20000], formats="18", extra="a=rtpmap:18 G729/8000"), None)),
            ("unsupported", 415, "SDP", lambda c: c.request("INVITE", "", "text/plain", "hello")),
            ("unsupported", 420, "Unsupported", lambda c: c.request(
                "INVITE", "Require: 100rel\r\n", "application/sdp", sdp([20000]))),
            ("malformed", 400, "Content-Length", self.cut),
        ]
        for reason, status, word, send in cases:
            with self.subTest(status=status, word=word):
                name = f'undertone_ingress_refused_{reason}_total{{kind="sip"}}'
                before, c = self.server.daemon.metric(name), Client(self.port)
                answer = send(c)
                self.assertEqual(answer.status, status)
                self.assertIn(word, answer.header("warning"))
                self.assertEqual(self.server.daemon.metric(name), before + 1)
                self.server.daemon.wait_logged_like(rf"SIP request refused.*status={status}.*peer={c.me}")

    @staticmethod
    def cut(c):
        c.send(c.message("INVITE", "", "application/sdp", sdp([20000]))[:-40])
        return c.receive()

    def test_replaces(self):
        """A call that takes the place of another: that one gets a BYE, and ends."""
        old, _ = self.begin()
        c = Client(self.port)
        wrong = f"Replaces: {old.call_id};to-tag=none;from-tag={old.tag}\r\n"
        self.assertEqual(c.invite(sdp([20000, 20002]), headers=wrong).status, 481)
        c = Client(self.port)
        right = (f"Replaces: {old.call_id};to-tag={old.to_tag};from-tag={old.tag}\r\n"
                 "Require: replaces\r\n")
        self.assertEqual(c.invite(sdp([20000, 20002]), headers=right).status, 200)
        self.assertTrue(old.wait_request("BYE", PATIENCE_S))
        self.assertEqual(self.server.daemon.wait_ended(old.call_id)["reason"], "replaced")
        self.end(c)

    def test_a_multipart_in_another(self):
        ctype, body = siprec_body(sdp([20000, 20002]))
        body = f"--o\r\nContent-Type: {ctype}\r\n\r\n{body}\r\n--o--\r\n"
        c = Client(self.port)
        answer = c.request("INVITE", "Require: siprec\r\n", "multipart/mixed;boundary=o", body)
        self.assertEqual(answer.status, 200, answer.text)
        c.to_tag = re.search(r"tag=([^;\s]+)", answer.header("to")).group(1)
        c.ack()
        self.assertEqual(self.server.daemon.wait(lambda e: e["call"] == c.call_id)["agent"], "Anna")
        self.end(c)

    def test_large_datagram(self):
        c = Client(self.port)
        told = METADATA.replace("<session", "<!--" + "x" * 50000 + "--><session", 1)
        answer = c.invite(sdp([20000, 20002]), told)
        self.assertEqual(answer.status, 200, answer.text[:200])
        started = self.server.daemon.wait(lambda e: e["call"] == c.call_id)
        self.assertEqual(started["agent"], "Anna")
        self.end(c)

    def test_codecs_that_a_build_may_lack(self):
        """What is there is answered as it was offered; what is not is named with its package."""
        rows = [("96", "AMR/8000", "octet-align=1"), ("97", "AMR/8000", "mode-set=7"), ("18", "G729/8000", "annexb=no"),
                ("98", "G726-32/8000", "")]
        for pt, codec, params in rows:
            with self.subTest(codec, params=params):
                extra = f"a=rtpmap:{pt} {codec}" + (f"\na=fmtp:{pt} {params}" if params else "")
                c = Client(self.port)
                a = c.invite(sdp([20000], formats=pt, extra=extra))
                if a.status == 200:
                    self.assertIn(f"m=audio {a.ports()[0]} RTP/AVP {pt}", a.body)
                    self.assertEqual("octet-align=1" in a.body, "octet-align=1" in params, a.body)
                    self.end(c)
                else:
                    self.assertNotIn("G726", codec)
                    self.assertEqual(a.status, 488)
                    self.assertRegex(a.header("warning"), "build with lib(opencore-amrnb|bcg729)")
        a = Client(self.port).invite(sdp([20000], formats="96", extra="a=rtpmap:96 AMR/8000\na=fmtp:96 octet-align=1;crc=1"))
        self.assertEqual(a.status, 488)

    def test_one_good_line_of_two(self):
        offer = sdp([20000]) + "m=audio 20002 RTP/AVP 4\r\na=rtpmap:4 G723/8000\r\na=sendonly\r\n"
        c = Client(self.port)
        a = c.invite(offer)
        self.assertEqual(a.status, 200)
        self.assertNotEqual(a.ports()[0], 0)
        self.assertEqual(a.ports()[1], 0)
        self.end(c)

    def test_bytes_beyond_the_body(self):
        c = Client(self.port)
        beyond = "m=audio 20002 RTP/AVP 0\r\na=sendonly\r\n"
        c.send(c.message("INVITE", "", "application/sdp", sdp([20000])) + beyond)
        a = c.receive()
        self.assertEqual((a.status, len(a.ports())), (200, 1))
        c.to_tag = re.search(r"tag=([^;\s]+)", a.header("to")).group(1)
        c.ack()
        self.end(c)

    def test_more_than_max_calls(self):
        calls = [self.begin()[0] for _ in range(3)]
        a = Client(self.port).invite(sdp([20000, 20002]))
        self.assertEqual(a.status, 503)
        self.assertTrue(a.header("retry-after"))
        self.assertEqual(self.server.daemon.metric("undertone_calls_refused_total"), 1)
        for c in calls:
            self.end(c)

    def test_same_invite_again(self):
        c = Client(self.port)
        ctype, body = siprec_body(sdp([20000, 20002]))
        invite = c.message("INVITE", "Require: siprec\r\n", ctype, body)
        c.send(invite)
        first = c.receive()
        c.send(invite)
        again = c.receive()
        self.assertEqual(first.text, again.text)
        # By another way: the branch differs, so it is merged (RFC 3261, section 8.2.2.2).
        c.send(re.sub(r"branch=z9hG4bK\w+", "branch=z9hG4bKother", invite))
        self.assertEqual(c.receive().status, 482)
        c.to_tag = re.search(r"tag=(\S+)", first.header("to")).group(1)
        c.ack()
        self.end(c)

    def test_two_invites_with_one_call_id(self):
        a, b = Client(self.port, "shared@test"), Client(self.port, "shared@test")
        for c in (a, b):
            self.assertEqual(c.invite(sdp([20000, 20002])).status, 200)
        self.server.daemon.wait(lambda e: e["call"] == "shared@test-2")
        self.assertEqual(a.request("BYE").status, 200)
        self.server.daemon.wait_ended("shared@test")
        self.assertEqual(b.request("BYE").status, 200)
        self.server.daemon.wait_ended("shared@test-2")

    def test_outside_of_dialogs(self):
        for method, status in (("BYE", 481), ("UPDATE", 481), ("CANCEL", 481), ("OPTIONS", 200),
                               ("REGISTER", 405), ("NEWMETHOD", 501)):
            a = Client(self.port).request(method)
            self.assertEqual(a.status, status, method)
        self.assertIn("INVITE", Client(self.port).request("OPTIONS").header("allow"))
        c, _ = self.begin()
        self.end(c)
        self.assertEqual(c.request("BYE").status, 481)

    def test_extensions(self):
        c = Client(self.port)
        a = c.request("OPTIONS", "Require: 100rel, siprec\r\n")
        self.assertEqual((a.status, a.header("unsupported")), (420, "100rel"))

    def test_session_timer(self):
        a = Client(self.port).invite(sdp([20000]), headers="Session-Expires: 60\r\n"
                                                           "Supported: timer\r\n")
        self.assertEqual((a.status, a.header("min-se")), (422, "90"))
        for asked, got in (("1800", "1800;refresher=uac"), ("90;refresher=uac", "90;refresher=uac"),
                           ("3600;refresher=uas", "3600;refresher=uas")):
            c, a = self.begin(headers=f"Session-Expires: {asked}\r\nSupported: timer\r\n")
            self.assertEqual(a.header("session-expires"), got)
            self.assertEqual("timer" in a.header("require"), "uac" in got)
            self.end(c)
        c, a = self.begin(headers="Session-Expires: 1800\r\n")  # A proxy's: its peer has no timers.
        self.assertEqual((a.header("session-expires"), a.header("require")), ("1800;refresher=uas", ""))
        self.end(c)

    def test_offer_again_after_a_refusal(self):
        """An offer that was refused for its session timer counts when it comes again."""
        c, a = self.begin()
        moved = sdp([20000, 20002], address="127.0.0.3", session=2)
        short = "Supported: timer\r\nSession-Expires: 60\r\n"
        self.assertEqual(c.request("INVITE", short, "application/sdp", moved).status, 422)
        c.send(c.message("ACK", cseq=c.cseq, branch=c.branch))  # Of its transaction, as it is no 2xx.
        self.assertEqual(c.request("INVITE", "", "application/sdp", moved).status, 200)
        c.ack()
        self.end_heard_from(c, "127.0.0.3", a.ports()[0])

    def end_heard_from(self, c, host, port):
        there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        there.bind((host, 0))
        Sender(SILENCE, port, sock=there).join()
        self.end(c)
        summary = [e for e in self.server.daemon.of(c.call_id) if e["type"] == "summary"][0]
        self.assertAlmostEqual(summary["duration_s"], 1.0, delta=0.1)

    def test_reinvite_without_an_offer(self):
        """It gets ours, which is the session as it is; the ACK may answer with another source."""
        c, a = self.begin()
        r = c.request("INVITE")
        self.assertEqual((r.status, r.ports(), r.directions()), (200, a.ports(), ["recvonly"] * 2))
        c.ack()
        self.assertEqual(c.request("INVITE").ports(), a.ports())
        answer = sdp([20000, 20002], address="127.0.0.3", session=2)
        c.send(c.message("ACK", cseq=c.cseq, ctype="application/sdp", body=answer))
        self.end_heard_from(c, "127.0.0.3", a.ports()[0])

    def test_stranger_and_late_media(self):
        c, a = self.begin()
        strange = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        strange.bind(("127.0.0.2", 0))
        good = Sender(SILENCE, a.ports()[0])
        bad = Sender(SILENCE, a.ports()[0], sock=strange, ts=99999)
        good.join()
        bad.thread.join()
        for junk in (b"", b"x", b"\x80", os.urandom(200), b"\x80\xc8" + os.urandom(60)):
            strange.sendto(junk, ("127.0.0.1", a.ports()[0]))
        strange.close()
        self.end(c)
        summary = [e for e in self.server.daemon.of(c.call_id) if e["type"] == "summary"][0]
        self.assertAlmostEqual(summary["duration_s"], 1.0, delta=0.1)
        after = Sender(SILENCE[:1600], a.ports()[0])
        after.join()
        self.test_outside_of_dialogs()

    def test_metadata(self):
        bad = ['<!DOCTYPE x [<!ENTITY a "b">]><recording>&a;</recording>', "<recording>",
               "<a>" * 50 + "</a>" * 50, "", "\0\1\2", "<recording/>" * 3]
        for xml in bad:
            c = Client(self.port)
            a = c.invite(sdp([20000, 20002]), xml)
            self.assertEqual(a.status, 200, xml[:40])
            self.end(c)

    def test_metadata_of_a_stream_that_is_not(self):
        """Both are said to be on streams that nobody has: nobody is scored, and what there is to choose from is told."""
        c, _ = self.begin()
        moved = METADATA.replace("<send>t1</send>", "<send>nowhere</send>").replace("<send>t2</send>", "<send>away</send>")
        self.assertEqual(c.request("UPDATE", "", "application/rs-metadata+xml", moved).status, 200)
        told = self.server.daemon.wait(lambda e: e["call"] == c.call_id and e["type"] == "call" and e["phase"] == "updated")
        self.assertIn("order 1", told.get("choices") or "")
        self.end(c)

    def test_garbage(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for _ in range(200):
                s.sendto(os.urandom(os.urandom(1)[0] * 4), ("127.0.0.1", self.port))
        for data in (b"", b"\r\n\r\n", os.urandom(3000), b"INVITE " + b"x" * 100000):
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as t:
                try:
                    t.sendall(data)
                except OSError:
                    pass
        # The garbage may have filled the socket: a client would ask again.
        answers = (Client(self.port).request("OPTIONS") for _ in range(4))
        self.assertEqual(next(a.status for a in answers if a), 200)


class Silence(unittest.TestCase):
    def test_without_media(self):
        """A call ends for want of media; a hold outlasts that."""
        server = Server("--media-timeout", "5", name="silence")
        held, other = Client(server.port), Client(server.port)
        self.assertEqual(held.invite(sdp([20000, 20002])).status, 200)
        held.request("INVITE", "", "application/sdp", sdp([20000, 20002], "inactive", session=2))
        held.ack()
        self.assertEqual(other.invite(sdp([20000, 20002])).status, 200)  # Nobody holds this one, which begins later.
        self.assertEqual(server.daemon.wait_ended(other.call_id)["reason"], "no media")
        self.assertTrue(other.wait_request("BYE", PATIENCE_S))
        self.assertFalse([e for e in server.daemon.of(held.call_id) if e.get("phase") == "ended"])
        self.assertEqual(held.request("BYE").status, 200)
        self.assertEqual(server.daemon.wait_ended(held.call_id)["reason"], "bye")
        self.assertEqual(server.daemon.end(), 0)


class Timers(unittest.TestCase):
    def test_refresh(self):
        """UPDATE names the Contact of the 200; who has forgotten the call is hung up on."""
        for thread in self.threads:
            thread.join()
        kept, forgotten = self.calls
        for c in self.calls:
            update = c.requests[0]
            self.assertTrue(update["cseq"][0].endswith("UPDATE"), update)
            self.assertIn(f"<{c.target}>", update["contact"][0])
            self.assertEqual(update["session-expires"], ["90;refresher=uac"])
        self.assertEqual(forgotten.last_request, "BYE")
        self.assertEqual(self.server.daemon.wait_ended(forgotten.call_id)["reason"], "not refreshed")
        self.assertEqual(self.bye.status, 200)
        self.assertEqual(self.server.daemon.wait_ended(kept.call_id)["reason"], "bye")
        self.assertEqual(self.server.daemon.end(), 0)


class Admission(unittest.TestCase):
    def test_digest(self):
        ha1 = hashlib.md5(b"pbx:undertone:hidden").hexdigest()  # A user whose password is not written down.
        server = Server("--sip-user", "sbc:secret", "--sip-user", f"pbx:{ha1}", name="digest")
        c = Client(server.port)
        offer = sdp([20000, 20002])
        a = c.invite(offer, ack=False)
        self.assertEqual(a.status, 401)
        self.assertIsNone(c.receive(1.2))  # It comes once: its Via may name somebody else.
        wrong = c.digest(a.header("www-authenticate"), "sbc", "guess")
        self.assertEqual(c.invite(offer, headers=wrong).status, 401)
        right = c.digest(a.header("www-authenticate"), "sbc", "secret")
        self.assertEqual(c.invite(offer, headers=right).status, 200)
        # A nonce belongs to the host that was asked.
        other = Client(server.port, host="127.0.0.2")
        stolen = other.digest(a.header("www-authenticate"), "sbc", "secret")
        r = other.invite(offer, headers=stolen)
        self.assertEqual(r.status, 401)
        self.assertIn("stale=true", r.header("www-authenticate"))
        c.request("BYE")
        # It serves once, and its count has to grow; the digest is for the address that it was made for.
        again = Client(server.port)
        r = again.invite(offer, headers=right)
        self.assertEqual(r.status, 401)
        self.assertIn("stale=true", r.header("www-authenticate"))
        fresh = again.digest(r.header("www-authenticate"), "sbc", "secret")
        again.target = again.target.replace("sip:", "sip:x")
        self.assertEqual(again.invite(offer, headers=fresh).status, 401)
        # A nonce goes on as its count grows, and not back.
        more = Client(server.port)
        challenge = more.invite(offer, ack=False).header("www-authenticate")
        for count, status in ((1, 200), (3, 200), (2, 401), (3, 401), (4, 200)):
            c = Client(server.port)
            r = c.invite(offer, headers=c.digest(challenge, "pbx", "hidden", count=count), ack=status == 200)
            self.assertEqual(r.status, status, count)
            if status == 200:
                c.request("BYE")
        # One without qop serves once, whatever count is written behind it.
        plain = Client(server.port)
        old = plain.digest(plain.invite(offer, ack=False).header("www-authenticate"), "sbc", "secret", qop=False)
        self.assertEqual(plain.invite(offer, headers=old).status, 200)
        plain.request("BYE")
        for more in ("", ", nc=00000002", ', nc=00000002, cnonce="abcd"'):
            r = Client(server.port).invite(offer, headers=old.rstrip() + more + "\r\n", ack=False)
            self.assertEqual(r.status, 401, more)
            self.assertIn("stale=true", r.header("www-authenticate"))
        # Who guesses is not heard for a while, with the right password neither.
        guesser = Client(server.port, host="127.0.0.3")
        answers = [guesser.invite(offer, ack=False)]
        for _ in range(10):
            guess = guesser.digest(answers[-1].header("www-authenticate"), "sbc", "guess")
            answers.append(guesser.invite(offer, headers=guess, ack=False))
        self.assertEqual([a.status for a in answers], [401] * 11)
        right = guesser.digest(answers[-1].header("www-authenticate"), "sbc", "secret")
        self.assertEqual(guesser.invite(offer, headers=right, ack=False).status, 403)
        self.assertEqual(server.daemon.end(), 0)
        self.assertNotIn("secret", server.daemon.logged())

    def test_networks(self):
        server = Server("--sip-peer", "192.0.2.0/24", name="networks")
        c = Client(server.port)
        self.assertEqual(c.invite(sdp([20000]), ack=False).status, 403)
        self.assertIsNone(c.receive(1.2))  # It comes once.
        # Before all else that could be told: nothing of its request is looked at.
        self.assertEqual(c.request("INVITE", "Require: unheard-of\r\n").status, 403)
        self.assertEqual(c.request("REGISTER").status, 403)
        self.assertEqual(server.daemon.end(), 0)

    def test_reload(self):
        """SIGHUP takes peers and rules anew; a broken file changes nothing; a port needs a restart."""
        def write(*lines):
            with open("reload.ini", "w") as f:
                f.write("\n".join(lines) + "\n")
        write("sip-peer = 192.0.2.0/24", "max-calls = 2")
        server = Server("--config", "reload.ini", name="reload")
        offer = sdp([20000])
        self.assertEqual(Client(server.port).invite(offer, None).status, 403)
        write("sip-peer = 127.0.0.0/8", "max-calls = 1", "workers = 1", "role = order:1=caller")
        server.daemon.process.send_signal(signal.SIGHUP)
        server.daemon.wait_logged("msg=\"configuration reloaded\"")
        self.assertIn("options=workers", server.daemon.logged())
        c = Client(server.port)
        self.assertEqual(c.invite(offer, None).status, 200)
        write("max-calls = none")
        server.daemon.process.send_signal(signal.SIGHUP)
        server.daemon.wait_logged("reload.ini:1: max-calls must be a whole number")
        self.assertEqual(Client(server.port).invite(offer, None).status, 503)
        c.request("BYE")
        self.assertEqual(server.daemon.end(), 0)

    def test_one_call_is_followed(self):
        """Decisions on the call that is followed are in the log, on others they are not; SIGHUP ends it."""
        def lines(call):
            return [line for line in server.daemon.logged().splitlines()
                    if "level=debug" in line and f"call={call}" in line]
        with open("follow.ini", "w") as f:
            f.write("log-call = followed\nrole = label:1=caller\nmax-calls = 2\n")
        server = Server("--config", "follow.ini", name="follow")
        strange = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        strange.bind(("127.0.0.2", 0))
        clients = [Client(server.port, call_id=name) for name in ("followed/1", "other-1")]
        for c in clients:
            a = c.invite(sdp([20000, 20002]), "")
            self.assertEqual(a.status, 200, a.text)
            own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for pt, sock in ((0, own), (55, own), (0, strange)):
                Sender(SILENCE[:1600], a.ports()[0], pt=pt, sock=sock).thread.join()
            own.close()
        strange.close()
        self.assertEqual(Client(server.port, call_id="followed/2").invite(sdp([20000])).status, 503)
        for c in clients:
            c.request("BYE")
            server.daemon.wait_ended(c.call_id.replace("/", "-"))
        told = "\n".join(lines("followed-1"))
        for pattern in ('msg="role of a line".* line=1 role=caller from="a rule on labels"',
                        'line=2 role=agent from="the other line\'s role"',
                        'msg="baseline of the caller".* is=withheld why="no record keeps baselines"',
                        'msg="packets not heard".* of_others=[0-9]+ last_other=127.0.0.2:',
                        'payload_type_unknown=[0-9]+ payload_type=55'):
            self.assertRegex(told, pattern)
        self.assertEqual(lines("other"), [])
        self.assertRegex(server.daemon.logged(), 'status=503 why="max-calls are there".* call=followed')
        self.assertNotIn("example.invalid", server.daemon.logged())
        with open("follow.ini", "w") as f:
            f.write("role = label:1=caller\n")
        server.daemon.process.send_signal(signal.SIGHUP)
        server.daemon.wait_logged("msg=\"configuration reloaded\"")
        c = Client(server.port, call_id="followed/3")
        self.assertEqual(c.invite(sdp([20000])).status, 200)
        c.request("BYE")
        server.daemon.wait_ended("followed-3")
        self.assertEqual(lines("followed-3"), [])
        self.assertEqual(server.daemon.end(), 0)

    def test_start_errors(self):
        """What cannot start says why, with the remedy."""
        server = Server(name="first")
        for args, word in ((["--sip", f"127.0.0.1:{server.port}"], "choose another address"),
                           (["--sip-tls", f"127.0.0.1:{free_port()}"], "sip-cert"),
                           (["--sip-tls", f"127.0.0.1:{free_port()}", "--sip-cert", "/dev/null"],
                            "PEM"),
                           (["--config", "/nowhere"], "--config"),
                           (["--model", "/dev/null"], "--model"),
                           (["--workers", "many"], "whole number")):
            done = subprocess.run([UNDERTONE, "serve", *args], capture_output=True, text=True,
                                  timeout=PATIENCE_S)
            self.assertNotEqual(done.returncode, 0, args)
            self.assertIn(word, done.stderr, args)
        # What a file names is told with its line, each kind of listener.
        taken = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        tcp_at, udp_at = ("127.0.0.1:%d" % s.getsockname()[1] for s in (taken, udp))
        for line in (f"sip-tcp = {tcp_at}", f"sip = {udp_at}", f"http = {tcp_at}",
                     f"audiosocket = {tcp_at}", f"rtp = {udp_at},codec=PCMU,role=caller"):
            with open("in-use.ini", "w") as f:
                f.write(f"# The port is taken.\nmax-calls = 7\n{line}\n")
            done = subprocess.run([UNDERTONE, "serve", "--config", "in-use.ini"],
                                  capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertNotEqual(done.returncode, 0, line)
            self.assertIn("in-use.ini:3: ", done.stderr, line)
            self.assertIn("ddress already in use", done.stderr, line)
            self.assertIn("choose another", done.stderr, line)
        taken.close()
        udp.close()
        self.assertEqual(server.daemon.end(), 0)

    def test_stalled_daemon(self):
        """The daemon stands still for 2 s: what came meanwhile waited in the sockets, none is lost."""
        server = Server(name="stalled")
        c = Client(server.port)
        senders = [Sender(SILENCE * 5, p) for p in c.invite(sdp([20000, 20002])).ports()]
        for signum, packets in ((signal.SIGSTOP, 50), (signal.SIGCONT, 150)):
            while min(s.sent for s in senders) < packets:
                time.sleep(0.02)
            server.daemon.process.send_signal(signum)
        for s in senders:
            s.join()
        c.request("BYE")
        server.daemon.wait_ended(c.call_id)
        summary = [e for e in server.daemon.of(c.call_id) if e["type"] == "summary"][0]
        self.assertAlmostEqual(summary["duration_s"], 5.0, delta=0.1)
        self.assertEqual(server.daemon.end(), 0)

    def test_too_many_connections(self):
        """Of one address half of sip-max-connections stay: those that send something."""
        server = Server("--sip-max-connections", "8", "--http", "127.0.0.1:0", name="connections")
        options = Client(server.port).message("OPTIONS").replace("SIP/2.0/UDP", "SIP/2.0/TCP")
        busy = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(4)]
        for s in busy:
            s.sendall(options.encode())
            self.assertTrue(s.recv(4000).startswith(b"SIP/2.0 200"))
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
        for s in idle:
            s.settimeout(PATIENCE_S)
            self.assertEqual(s.recv(1), b"")
        for s in busy:
            s.sendall(options.encode())
            self.assertTrue(s.recv(4000).startswith(b"SIP/2.0 200"))
        self.assertEqual(server.daemon.metric('undertone_ingress_open{kind="sip"}'), 4)
        self.assertEqual(server.daemon.metric('undertone_ingress_errors_total{kind="sip"}'), 40)
        for s in busy + idle:
            s.close()
        server.daemon.wait_metric('undertone_ingress_open{kind="sip"}', lambda n: n == 0)
        self.assertEqual(server.daemon.end(), 0)

    def test_large_messages_over_tcp(self):
        """256 KiB, as they come; a larger one is refused with the reason, and the connection goes on."""
        server = Server(name="large")
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.settimeout(PATIENCE_S)
            answers = s.makefile("rb")

            def ask(c, method, *content, **kw):
                text = c.message(method, *content, **kw).replace("SIP/2.0/UDP", "SIP/2.0/TCP").encode()
                s.sendall(text)
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += answers.readline()
                answer = Answer(head)
                answers.read(int(answer.header("content-length")))
                return answer, len(text)

            def invite(kib, c):
                ctype, body = siprec_body(sdp([20000, 20002]), METADATA + "<!--" + "x" * (1024 * kib) + "-->")
                return ask(c, "INVITE", "", ctype, body)
            for kib, status in ((1, 200), (70, 200), (250, 200), (257, 513), (1000, 513), (250, 200)):
                with self.subTest(kib=kib):
                    c = Client(server.port)
                    s.sendall(b"\r\n\r\n")  # Keeps it alive: answered by half of it.
                    self.assertEqual(answers.read(2), b"\r\n")
                    answer, size = invite(kib, c)
                    self.assertEqual((answer.status, size > 1024 * kib), (status, True))
                    if status == 200:
                        self.assertEqual(server.daemon.wait(lambda e: e["call"] == c.call_id)["agent"], "Anna")
                    else:
                        self.assertIn("256 KiB; send partial updates", answer.header("warning"))
            c = Client(server.port)
            s.sendall(b"".join(c.message("OPTIONS").replace("SIP/2.0/UDP", "SIP/2.0/TCP").encode() for _ in range(20)))
            for _ in range(20):  # Several in a piece.
                while answers.readline() != b"\r\n":
                    pass
        server.daemon.wait_logged_like("SIP request refused.*256 KiB")
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.settimeout(PATIENCE_S)  # No length: it cannot be told where the next one begins.
            s.sendall(Client(server.port).message("OPTIONS").replace("Content-Length: 0\r\n", "").encode())
            self.assertEqual(s.recv(1), b"")
        self.assertEqual(server.daemon.end(), 0)

    def test_every_address(self):
        """0.0.0.0 and [::] are listened on: each answer names the address that was called, or the public one."""
        for address, extra, host in (("0.0.0.0", (), "127.0.0.1"), ("[::]", (), "127.0.0.1"),
                                     ("0.0.0.0", ("--sip-public-address", "sbc.invalid:5070"), "sbc.invalid:5070")):
            port, low = free_port(), free_ports(20)
            daemon = Daemon("--sip", f"{address}:{port}", "--rtp-port-min", str(low),
                            "--rtp-port-max", str(low + 19), *extra, name="everywhere")
            daemon.wait_logged("msg=serving")
            c = Client(port)
            target = c.target
            answer = c.invite(sdp([20000, 20002]))
            self.assertEqual(answer.status, 200)
            self.assertIn(f"@{host}", answer.header("contact"))
            self.assertIn("c=IN IP4 127.0.0.1", answer.body)
            c.target = target
            c.ack()
            self.assertEqual(c.request("BYE").status, 200)
            daemon.wait_ended(c.call_id)
            self.assertEqual(daemon.end(), 0)

    def test_torture(self):
        server = Server("--media-timeout", "2", name="torture")
        for name, message, wanted in torture.messages(f"127.0.0.1:{server.port}"):
            c = Client(server.port)
            c.send(message.replace(b"@ME@", c.me.encode()))
            a = c.receive(1.0 if wanted is None or None in wanted else 20.0)
            status = a.status if a else None
            self.assertIn(status, wanted or (None,), name)
        # It still serves, and what a torture message began ends for want of media.
        self.assertEqual(Client(server.port).request("OPTIONS").status, 200)
        begun = {e["call"] for e in server.daemon.events}
        self.assertGreater(len(begun), 2)
        for call in begun:
            self.assertEqual(server.daemon.wait_ended(call)["reason"], "no media")
        self.assertEqual(server.daemon.end(), 0)

    def test_no_ack_and_end(self):
        """The 200 is sent again until it is given up; meanwhile SIGTERM ends another daemon's call."""
        server = Server("--media-timeout", "60", name="noack")
        c = Client(server.port)
        self.assertEqual(c.invite(sdp([20000, 20002]), ack=False).status, 200)
        for _ in range(3):
            self.assertEqual(c.receive().status, 200)
        other = Server(name="term")
        d = Client(other.port)
        self.assertEqual(d.invite(sdp([20000, 20002])).status, 200)
        began = time.monotonic()
        self.assertEqual(other.daemon.end(), 0)
        self.assertLess(time.monotonic() - began, 20)  # 5 s of a machine that is not slow.
        self.assertTrue(d.wait_request("BYE", PATIENCE_S))
        kinds = [e.get("phase", e["type"]) for e in other.daemon.of(d.call_id)]
        self.assertEqual((kinds[0], kinds[-1]), ("started", "ended"))
        self.assertIn("summary", kinds)
        self.assertTrue(c.wait_request("BYE", PATIENCE_S))
        self.assertEqual(server.daemon.wait_ended(c.call_id)["reason"], "no ack")
        self.assertEqual(server.daemon.end(), 0)


if __name__ == "__main__":
    unittest.main()
