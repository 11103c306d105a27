#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A node that drains or is full: new calls are turned away with 503, those in hand are scored to their end."""
import http.client
import json
import signal
import socket
import subprocess
import time
import unittest

from daemon import Daemon, UNDERTONE, join
from patience import PATIENCE_S
from player import Player, stream
from ports import free_port
from sip_client import Client, sdp
from sound import channels
from supervise import Nats
from ws_client import Refused, WebSocket, signed


class Drain(unittest.TestCase):
    def start(self, name, *options):
        self.sip, self.audio = free_port(), free_port()
        d = Daemon("--sip", f"127.0.0.1:{self.sip}", "--http", "127.0.0.1:0", "--audiosocket", f"127.0.0.1:{self.audio}",
                   "--words", "--node", "n1", "--data", f"{name}.data", *options, name=name)
        self.addCleanup(d.close)
        d.wait_serving()
        d.first_key()
        self.http = d.port("http")
        return d

    def ask(self, method, path, body=None, **headers):
        c = http.client.HTTPConnection("127.0.0.1", self.http, timeout=PATIENCE_S)
        c.request(method, path, json.dumps(body) if body is not None else None,
                  signed(self.http, {"Content-Type": "application/json", **headers}))
        r = c.getresponse()
        answer = r.status, r.read().decode(), dict(r.getheaders())
        c.close()
        return answer

    def call(self):
        c = Client(self.sip)
        answer = c.invite(sdp([20000, 20002]))
        self.assertEqual(answer.status, 200, answer.text)
        return c, answer

    def play(self, answer, seconds):
        caller, agent = channels()
        return Player([(port, stream(x, ssrc=port, end_s=seconds)) for port, x in zip(answer.ports(), (caller, agent))])

    def options(self):
        c = Client(self.sip)
        return c.request("OPTIONS")

    def assert_full(self):
        """Every way in turns new calls away, and says when to come again."""
        asked = self.options()
        self.assertEqual((asked.status, asked.header("x-undertone-room")), (503, "0"), asked.text)
        self.assertTrue(asked.header("retry-after"))
        answer = Client(self.sip).invite(sdp([20000, 20002]))
        self.assertEqual(answer.status, 503)
        self.assertTrue(answer.header("retry-after"))
        with self.assertRaises(Refused) as refused:
            WebSocket("127.0.0.1", self.http, "/media/fork?call=w1")
        self.assertEqual(refused.exception.status, 503)
        self.assertIn("retry-after", refused.exception.head)
        with socket.create_connection(("127.0.0.1", self.audio), timeout=PATIENCE_S) as s:
            s.sendall(b"\x01\x00\x10" + bytes(16))
            self.assertEqual(s.recv(1), b"", "AudioSocket must be closed")
        status, text, head = self.ask("GET", "/readyz")
        self.assertEqual(status, 503, text)
        self.assertTrue(head["Retry-After"])
        self.assertEqual(head["X-Undertone-Room"], "0")

    def test_full(self):
        d = self.start("full", "--max-calls", "1")
        empty = self.options()
        self.assertEqual((empty.status, empty.header("x-undertone-node"), empty.header("x-undertone-calls"),
                          empty.header("x-undertone-room")), (200, "n1", "0", "1"))
        self.assertLess(float(empty.header("x-undertone-load")), 1.001)
        c, _ = self.call()
        self.assert_full()
        c.request("BYE")
        d.wait_ended(c.call_id)
        self.assertEqual(self.options().status, 200)
        status, text, _ = self.ask("GET", "/readyz", Accept="application/json")
        self.assertEqual((status, json.loads(text)["room"]), (200, 1))
        self.assertEqual(d.end(), 0)

    def test_drain(self):
        d = self.start("drain")
        line = [{"who": "caller", "text": "hello there"}]
        self.assertEqual(self.ask("POST", "/api/v1/conversations/talk1/lines", {"lines": line})[0], 200)
        c, answer = self.call()
        playing = self.play(answer, 3)
        status, text, _ = self.ask("POST", "/api/v1/drain", {})
        self.assertEqual((status, json.loads(text)["draining"]), (200, True), text)
        d.wait_logged("msg=\"draining: no new calls, those there are go on\"")
        self.assert_full()
        self.assertEqual(self.ask("POST", "/api/v1/conversations/talk2/lines", {"lines": line})[0], 503)
        self.assertEqual(self.ask("POST", "/api/v1/conversations/talk1/lines", {"lines": line})[0], 200)
        health = self.wait_health(lambda h: h["draining"] and h["problems"])
        self.assertEqual(health["problems"][0]["message"], "Node n1 is draining: 2 calls left.")
        self.assertIn('"drain"', self.ask("GET", "/api/v1/access-log")[1])
        playing.join()
        self.assertEqual(c.request("BYE").status, 200)
        self.assertEqual(d.wait_ended(c.call_id)["reason"], "bye")
        summary = [e for e in d.of(c.call_id) if e["type"] == "summary"][0]
        self.assertGreaterEqual(summary["duration_s"], 2.9)
        self.wait_health(lambda h: "1 call left" in h["problems"][0]["message"])
        self.assertIsNone(d.process.poll(), "the conversation goes on")
        self.assertEqual(self.ask("POST", "/api/v1/conversations/talk1/lines", {"end": True})[0], 200)
        self.assertEqual(d.process.wait(PATIENCE_S), 0)

    def wait_health(self, wanted):
        end = time.monotonic() + PATIENCE_S
        while not wanted(health := json.loads(self.ask("GET", "/api/v1/health")[1])):
            self.assertLess(time.monotonic(), end, health)
            time.sleep(0.05)
        return health

    def test_command(self):
        d = self.start("command")
        c, _ = self.call()
        draining = subprocess.Popen([UNDERTONE, "drain", "--data", "command.data"])
        self.addCleanup(draining.kill)
        d.wait_logged("msg=\"draining: no new calls, those there are go on\"")
        self.assertIsNone(draining.poll(), "it waits")
        c.request("BYE")
        self.assertEqual(draining.wait(PATIENCE_S), 0)
        self.assertEqual(d.process.wait(PATIENCE_S), 0)
        again = subprocess.run([UNDERTONE, "drain", "--data", "command.data"], capture_output=True, text=True)
        self.assertEqual((again.returncode, "no daemon has this folder" in again.stderr), (1, True), again.stderr)

    def lines_at(self, port, call, wanted):
        here, self.http = self.http, port
        end = time.monotonic() + PATIENCE_S
        while True:
            answer = self.ask("GET", f"/api/v1/calls/{call}/lines")
            if answer[0] == 200 and [x["text"] for x in json.loads(answer[1])["lines"]] == wanted:
                break
            self.assertLess(time.monotonic(), end, answer)
            time.sleep(0.1)
        self.http = here

    def test_retire(self):
        """It hands its calls to the others and leaves no ghost; who has nobody to hand them to goes on."""
        nats = Nats("nats-retire")
        self.addCleanup(nats.stop)
        stays = self.start("stays", "--nats", nats.url)
        at = self.http
        d = self.start("leaves", "--nats", nats.url, "--node", "n2", "--retain", "30d", "--words", "--keep-words")
        retire = [UNDERTONE, "drain", "--retire", "--data", "leaves.data"]
        for options in (["--pid", str(d.process.pid), "--retire"], ["--retire"]):
            self.assertEqual(subprocess.run([UNDERTONE, "drain", *options], capture_output=True).returncode, 2)
        refused = subprocess.run(retire, capture_output=True, text=True)
        self.assertEqual((refused.returncode, "has not joined others" in refused.stderr), (1, True), refused.stderr)
        self.assertIsNone(d.process.poll(), "it goes on")
        join(at, self.http)
        said = {"lines": [{"who": "customer", "text": "Where is my parcel?"}], "end": True}
        self.assertEqual(self.ask("POST", "/api/v1/conversations/chat1/lines", said)[0], 200)
        self.lines_at(at, "chat1", ["Where is my parcel?"])  # Of a node that is there it is asked.
        c, answer = self.call()
        self.play(answer, 3).join()
        leaving = subprocess.Popen(retire, stderr=subprocess.PIPE, text=True)
        self.addCleanup(leaving.kill)
        d.wait_logged("draining: no new calls")
        c.request("BYE")
        self.assertEqual((leaving.wait(PATIENCE_S), d.process.wait(PATIENCE_S)), (0, 0), leaving.stderr.read())
        leaving.stderr.close()
        self.http = at
        health = self.wait_health(lambda h: [n["node"] for n in h["nodes"]] == ["n1"])
        self.assertEqual(health["problems"], [])
        line = json.loads(self.ask("GET", f"/api/v1/calls/{c.call_id}/timeline")[1])
        self.assertEqual((line["call"]["node"], len(line["scores"]["rows"])), ("n2", 3), line)
        self.assertNotIn("kept_lines", line)
        self.lines_at(at, "chat1", ["Where is my parcel?"])
        self.lines_at(at, c.call_id, [])
        self.assertEqual(stays.end(), 0)

    def test_stop(self):
        """SIGTERM waits for the call; a second one ends it, with its summary."""
        d = self.start("stop", "--drain-seconds", "3600")
        c, _ = self.call()
        d.process.send_signal(signal.SIGTERM)
        d.wait_logged("msg=\"draining: no new calls, those there are go on\"")
        self.assertEqual(self.options().status, 503)
        self.assertEqual(d.end(), 0)
        self.assertEqual(d.wait_ended(c.call_id)["reason"], "shutdown")
        d = self.start("limit", "--drain-seconds", "1")
        c, _ = self.call()
        self.assertEqual(d.end(), 0)
        self.assertEqual(d.wait_ended(c.call_id)["reason"], "shutdown")
        d.wait_logged("drain-seconds are over")


if __name__ == "__main__":
    unittest.main(verbosity=2)
