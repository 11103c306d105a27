#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lines of chats and recognisers: each feed's messages to the letter, what comes twice, late and wrong."""
import contextlib
import http.server
import json
import os
import signal
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import doubles
import mail_server
import ws_client
from patience import PATIENCE_S
from daemon import UNDERTONE, Daemon, replay
from sound import read_ulaw_wav, recorded

SAMPLES = os.path.join(os.environ["UT_SOURCE"], "samples")
LENS = {"Version": "1.0.0", "Channel": "VOICE", "AccountId": "123456789012", "ContactId": "c-lens",
        "InstanceId": "arn:aws:connect:us-east-1:123456789012:instance/x", "LanguageCode": "en-US", "EventType": "SEGMENTS",
        "Segments": [
            {"Transcript": {"ParticipantId": "AGENT", "ParticipantRole": "AGENT", "Content": "You are an idiot.",
                            "BeginOffsetMillis": 0, "EndOffsetMillis": 900, "Id": "s0", "Sentiment": "NEUTRAL"}},
            {"Utterance": {"ParticipantId": "CUSTOMER", "PartialContent": "you are an", "TranscriptId": "s1"}},
            {"Transcript": {"ParticipantId": "CUSTOMER", "ParticipantRole": "CUSTOMER", "BeginOffsetMillis": 1000,
                            "EndOffsetMillis": 4000, "Id": "s1", "Sentiment": "NEGATIVE",
                            "Content": "This is the third time I call, my lawyer will sue you."}},
            {"Categories": {"MatchedCategories": []}}]}
TWILIO = {"AccountSid": "AC1", "CallSid": "CA-twilio", "TranscriptionSid": "GT1", "Timestamp": "2026-05-12T10:00:00.1Z",
          "SequenceId": "2", "TranscriptionEvent": "transcription-content", "LanguageCode": "es-ES", "Track": "inbound_track",
          "TranscriptionData": json.dumps({"transcript": "Es la tercera vez que llamo, voy a demandarlos con mi abogado.", "confidence": .97}),
          "Final": "true"}
VOSK = {"result": [{"conf": 1.0, "start": 2.5, "end": 2.8, "word": "tôi"}, {"conf": .8, "start": 2.8, "end": 3.1, "word": "kiện"}],
        "text": "tôi sẽ kiện công ty không ai giải quyết gọi lần thứ ba rồi"}
WHISPER = {"task": "transcribe", "language": "english", "duration": 6.0, "text": " My lawyer will sue you. Third time I call.",
           "segments": [{"id": 0, "text": " My lawyer will sue you.", "start": 0.0, "end": 2.0, "tokens": [1], "temperature": 0.0,
                         "avg_logprob": -.2, "no_speech_prob": .01},
                        {"id": 1, "text": " Third time I call.", "start": 2.0, "end": 4.0, "tokens": [2], "temperature": 0.0,
                         "avg_logprob": -.2, "no_speech_prob": .01}]}


class Words(unittest.TestCase):
    def start(self, *args):
        self.daemon = Daemon("--http", "127.0.0.1:0", *args)
        self.addCleanup(self.daemon.close)
        self.daemon.wait_serving()
        self.port = self.daemon.port("http")
        if "--demo" not in args:
            self.daemon.first_key()
        return self.daemon

    def post(self, path, body, kind="application/json", headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data,
                                         ws_client.signed(self.port, {"Content-Type": kind, **(headers or {})}))
        try:
            with urllib.request.urlopen(request, timeout=60) as r:
                return r.status, json.load(r)
        except urllib.error.HTTPError as e:
            text = e.read()
            return e.code, json.loads(text) if text[:1] == b"{" else text

    def get(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=ws_client.signed(self.port))
        with urllib.request.urlopen(request, timeout=60) as r:
            return json.load(r)

    def alert(self, call):
        return self.daemon.wait(lambda e: e["type"] == "alert" and e["call"] == call and e["action"] == "raised")

    def test_a_chat(self):
        self.start("--words")
        path = "/api/v1/conversations/chat-1/lines"
        status, said = self.post(path, {"who": "customer", "text": "Hello, where is my parcel?", "language": "en", "queue": "Parcels"})
        self.assertEqual((status, said["taken"], said["judged"], said["alert"]), (200, 1, 1, False))
        self.post(path, {"who": "agent", "text": "You stupid idiot, I will sue you", "language": "en"})
        self.assertFalse([e for e in self.daemon.of("chat-1") if e["type"] == "alert"])
        status, said = self.post(path, {"lines": [
            {"who": "customer", "text": "This is the THIRD time I write and nobody helps!!!", "language": "en"},
            {"who": "customer", "text": "My card is 4111 1111 1111 1111. I will cancel my contract.", "language": "en"}]})
        self.assertEqual((said["judged"], said["alert"]), (2, True))
        alert = self.alert("chat-1")
        self.assertIn("“THIRD time” (not the first contact)", alert["text"])
        self.assertEqual(alert["n"], 1)
        self.assertEqual([c["queue"] for c in self.get("/api/v1/calls")["calls"]], ["Parcels"])
        self.assertEqual(self.get("/api/v1/alerts")["alerts"][0]["alert"], "chat-1-1")
        status, _ = self.post(path, {"end": True})
        self.assertEqual(status, 200)
        self.daemon.wait_ended("chat-1")
        summary = self.daemon.wait(lambda e: e["type"] == "summary")
        self.assertEqual(summary["alerts"], 1)
        self.assertGreater(summary["peak"], .8)
        self.assertEqual(self.post(path, {"who": "customer", "text": "late"})[0], 409)
        self.assertNotIn("4111", json.dumps(self.daemon.events) + self.daemon.logged())

    def test_lines_that_come_twice_late_and_out_of_order(self):
        self.start("--words")
        path = "/api/v1/conversations/chat-2/lines"
        line = {"who": "customer", "text": "I will sue you", "language": "en", "t": 50}
        self.assertEqual(self.post(path, line)[1]["taken"], 1)
        self.assertEqual(self.post(path, line)[1], {"taken": 0, "repeated": 1, "judged": 0, "alert": False, "evidence_percent": 0})
        self.assertEqual(self.post(path, {**line, "t": 20})[1]["taken"], 1)  # Earlier: another line, and it counts.
        self.alert("chat-2")
        times = [e["t"] for e in self.daemon.of("chat-2") if e["type"] == "score"]
        self.assertEqual(times, sorted(times))
        self.assertEqual(self.post(path, {"who": "customer", "text": "x", "id": 7})[1]["taken"], 1)
        self.assertEqual(self.post(path, {"who": "customer", "text": "y", "id": 7})[1]["repeated"], 1)

    def test_recognisers(self):
        self.start("--words")
        ws_client.FIRST_KEYS.pop(self.port)  # They come from this machine, where no secret is set.
        self.assertEqual(self.post("/media/transcript", LENS)[0], 200)
        self.assertIn("sue you", self.alert("c-lens")["text"])
        self.assertEqual(self.post("/media/transcript", {**LENS, "EventType": "STARTED", "Segments": []})[0], 200)
        form = urllib.parse.urlencode(TWILIO).encode()
        self.assertEqual(self.post("/media/transcript", form, "application/x-www-form-urlencoded")[0], 200)
        self.assertIn("demandarlos", self.alert("CA-twilio")["text"])
        partial = urllib.parse.urlencode({**TWILIO, "Final": "false", "SequenceId": "3"}).encode()
        self.assertEqual(self.post("/media/transcript", partial, "application/x-www-form-urlencoded")[1]["taken"], 0)
        ws = ws_client.WebSocket("127.0.0.1", self.port, "/media/transcript?call=vosk-1&who=caller&language=vi")
        ws.send(json.dumps({"partial": "tôi sẽ"}))
        ws.send(json.dumps(VOSK))
        self.assertIn("kiện", self.alert("vosk-1")["text"])
        ws.send("no json")
        self.assertIn("error", ws.recv())
        ws.send(json.dumps({"text": ""}))
        ws.close()
        self.assertEqual(self.post("/media/transcript?call=whisper-1&who=caller", WHISPER)[1]["taken"], 2)
        self.alert("whisper-1")

    def test_a_call_with_a_voice(self):
        token = subprocess.run([UNDERTONE, "token", "add", "lines", "--role", "ingest", "--data", "record"],
                               capture_output=True, text=True, check=True).stdout.strip()
        self.start("--words", "--data", "record", "--demo", os.path.join(SAMPLES, "calm-en.wav"), "--demo-calls", "1")
        ws_client.FIRST_KEYS[self.port] = token
        call = self.daemon.wait(lambda e: e["type"] == "call")["call"]
        path = f"/api/v1/calls/{call}/lines"
        self.assertEqual(self.post("/api/v1/calls/none/lines", {"who": "customer", "text": "x"})[0], 404)
        began = time.monotonic()
        self.assertEqual(self.post(path, {"who": "customer", "language": "en", "text": "Third time I call. My lawyer will sue you!"})[0], 200)
        self.assertLess(time.monotonic() - began, 5)
        alert = self.alert(call)
        self.assertEqual(alert["n"], 1001)
        self.assertIn("words:", alert["text"])

    def test_a_voice_and_words_together(self):
        """One alert with the reasons of both; the recording with what was kept of its words gives the same bytes."""
        sound = [b"".join(c[8000 * a:8000 * b] for a, b in ((4, 8), (36, 41), (45, 51)))
                 for c in read_ulaw_wav(os.path.join(SAMPLES, "escalating-en.wav"))[:2]]
        token = subprocess.run([UNDERTONE, "token", "add", "lines", "--role", "ingest", "--data", "together"], capture_output=True, text=True, check=True).stdout.strip()
        with open("said.rules", "w") as f:
            f.write('rule "contract"\n when said "cancel my contract" and length > 7s\nrule "insulted"\n when said insult\n')
        self.start("--words", "--keep-words", "--data", "together", "--rules", "said.rules")
        sender = threading.Thread(target=doubles.fork, args=(self.port, "both", *sound), kwargs={"token": token})
        sender.start()
        self.daemon.wait(lambda e: e["type"] == "call")
        said = [(6, "I will cancel my contract, card 4111 1111 1111 1111"), (2.4, "This is the third time I call."), (None, "Hello?")]
        for t, text in said:
            line = {"who": "caller", "text": text, "language": "en", **({} if t is None else {"t": t})}
            self.assertEqual(self.post("/api/v1/calls/both/lines", line)[1]["judged"], 1)
        self.post("/api/v1/calls/both/lines", {"who": "agent", "text": "you idiot", "language": "en", "t": 1})
        sender.join()
        self.daemon.wait_ended("both")
        live = self.daemon.of("both")
        end = time.monotonic() + PATIENCE_S
        while len(lines := self.get("/api/v1/calls/both/lines")["lines"]) < 4:
            self.assertLess(time.monotonic(), end)
        with open("both.jsonl", "w") as f:
            for line in lines:
                print(json.dumps({**line, "t": line["t"] if line["counted_t"] is None else line["counted_t"]}), file=f)
        status, tried = self.post("/api/v1/rules/try", {"text": 'rule "contract"\n when said "cancel my contract"', "days": 1})
        self.assertEqual((status, tried["alerts"], tried["not_tried"]), (200, 1, []), tried)
        self.assertIn("said “cancel my contract”", tried["shown"][0]["text"])
        path = recorded(sound)
        mine = lambda events: [json.dumps({k: v for k, v in e.items() if k not in ("call", "file")}) for e in events if e["type"] in ("score", "alert")]
        again = replay(path, "--transcript", "both.jsonl", "--rules", "said.rules")
        self.assertEqual(mine(live), mine(again))
        self.assertEqual([(e["rule"]["name"], e["t"], e["reasons"][0]["kind"]) for e in live if "rule" in e and e["action"] == "raised"], [("contract", 8, "leave")])
        raised = [e for e in live if e["type"] == "alert" and e["action"] == "raised" and "rule" not in e]
        self.assertEqual(len(raised), 1, raised)
        self.assertEqual({r["feature"] for r in raised[0]["reasons"]} >= {"f0", "words"}, True)
        self.assertAlmostEqual(sum(r["share"] for r in raised[0]["reasons"]), 1, delta=.03)
        self.assertRegex(raised[0]["text"], r"semitones above this caller's own, .*and: “cancel my contract” \(threat to leave\)")
        rows = self.get("/api/v1/calls/both/timeline")["scores"]
        words = [r[rows["columns"].index("words")] for r in rows["rows"]]
        self.assertGreater(max(w for w in words if w is not None), .5)
        self.assertEqual(self.get("/api/v1/alerts?state=all")["alerts"][0]["reasons"], raised[0]["reasons"])

    def test_rules_that_ask_for_what_nobody_hears(self):
        for text, args, says in (("said \"kangaroo\"", ["--words"], "x.rules:1: rule \"x\" asks for \"kangaroo\", which no list"), ("said law", [], "no words are taken: set words = yes")):
            with open("x.rules", "w") as f:
                f.write(f'rule "x"\n when {text}\n')
            r = subprocess.run([UNDERTONE, "serve", "--http", "127.0.0.1:0", "--rules", "x.rules", *args], capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertNotEqual(r.returncode, 0)
            self.assertIn(says, r.stderr)
        self.start("--words")
        for path in ("/api/v1/rules", "/api/v1/rules/try"):
            status, said = self.post(path, {"text": 'rule "x"\n when said "kangaroo"'})
            self.assertEqual(status, 400)
            self.assertIn("which no list of charged phrases knows", said["error"]["message"])
        self.assertEqual(self.post("/api/v1/rules/try", {"text": 'rule "x"\n when said "hết chịu nổi" or said despair'})[0], 200)

    def test_articles_come_up(self):
        for name, text in (("refund.md", "# Refunds\n\nA refund is paid within ten days to the card that was used.\n"),
                           ("sim.md", "# New cards\n\nGive out a new card when the number is kept by the customer.\n")):
            with open(name, "w") as f:
                f.write(text)
        for args in (["refund.md"], ["--queue", "Parcels", "sim.md"]):
            subprocess.run([UNDERTONE, "knowledge", "import", "--data", "record", *args], check=True)
        self.start("--words", "--data", "record")
        path = "/api/v1/conversations/chat-5/lines"
        self.post(path, {"who": "customer", "text": "Hello, are you there?", "language": "en", "queue": "Parcels"})
        found = [a["title"] for a in self.get("/api/v1/calls/chat-5/knowledge")["articles"]]
        self.assertEqual(found, ["New cards"])  # The queue's own, while nothing was asked.
        began = time.monotonic()
        self.post(path, {"who": "customer", "text": "I have no refund yet, my card is 4111 1111 1111 1111", "language": "en"})
        found = self.get("/api/v1/calls/chat-5/knowledge")["articles"]
        self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(found[0]["title"], "Refunds")
        self.assertIn("within ten days", found[0]["passage"])
        other = next(a for a in self.get("/api/v1/articles")["articles"] if a["title"] == "New cards")["article"]
        self.assertEqual(self.post(f"/api/v1/articles/{other}/mark", {"mark": "pin"})[0], 200)
        self.assertEqual(self.get("/api/v1/calls/chat-5/knowledge")["articles"][0]["title"], "New cards")
        self.assertEqual(self.post(f"/api/v1/articles/{other}/mark", {"mark": "burn"})[0], 400)
        self.assertEqual(self.post("/api/v1/articles/999/mark", {"mark": "helped"})[0], 404)
        self.assertEqual(self.get("/api/v1/knowledge?q=refund")["articles"][0]["title"], "Refunds")

    def test_playbooks(self):
        """Articles by what a call is: its queue, an alert that stands; read again, and refused with the line."""
        for name, title in (("cancel.md", "How to keep a customer"), ("hello.md", "Greeting"), ("other.md", "Marmalade duty")):
            with open(name, "w") as f:
                f.write(f"# {title}\n\nStep one of {title}.\n")
        subprocess.run([UNDERTONE, "knowledge", "import", "--data", "record", "cancel.md", "hello.md", "other.md"], check=True)

        def books(text):
            with open("books", "w") as f:
                f.write(text)
            return subprocess.run([UNDERTONE, "serve", "--playbooks", "books", "--check-config"], capture_output=True, text=True)

        for text, said in (("when queue=x: a\nwhen mood=bad: a\n", "books:2: what may be asked"), ("queue=x: a\n", "books:1: write when"), ("when alert:\n", "books:1: write when"),
                           ("when queue=: a\n", "books:1: a value is missing"), ("when state=angry: a\n", "books:1: state is"), ("when alert: " + "x" * 300 + "\n", "books:1: name an article"),
                           ("when alert and: a\n", "books:1: write alert"), ("\0when alert: a\n", "books:1: the line"), ("when alert: a\n" * 65, "books:65: there are more"), ("#" * 70000, "more than 64 KiB")):
            r = books(text)
            self.assertEqual(r.returncode, 2, text[:80])
            self.assertIn(said, r.stderr)
        self.assertEqual(books("# Of queues\n\n when queue=Can* and alert: cancel.md \r\nwhen queue=can* and source=text: Greeting\n").returncode, 0)
        ana = subprocess.run([UNDERTONE, "token", "add", "ana", "--role", "agent", "--data", "record"], capture_output=True, text=True, check=True).stdout.split()[-1]
        self.start("--words", "--data", "record", "--playbooks", "books")
        came = lambda: [(a["title"], a["playbook"]) for a in self.get("/api/v1/calls/book-1/knowledge")["articles"]]
        path = "/api/v1/conversations/book-1/lines"
        self.post(path, {"who": "customer", "text": "Hello there", "language": "en", "queue": "Cancellations", "agent": "ana"})
        self.assertEqual(came(), [("Greeting", True)])
        self.post(path, {"who": "customer", "language": "en", "text": "Third time I call. My lawyer will sue you for marmalade duty!"})
        self.alert("book-1")
        self.assertEqual(came(), [("How to keep a customer", True), ("Greeting", True), ("Marmalade duty", False)])
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/own/knowledge", headers={"Authorization": f"Bearer {ana}"})
        own = json.load(urllib.request.urlopen(asked, timeout=60))["articles"]  # Who sees no state learns of no alert by its article.
        self.assertEqual([(a["title"], a["playbook"]) for a in own], [("Greeting", True), ("Marmalade duty", False)])
        books("when alert: nowhere.md\nwhen alert: other.md\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        self.daemon.wait_logged("configuration reloaded")
        self.assertEqual(came()[0], ("Marmalade duty", True))
        books("when: x\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        self.daemon.wait_logged("books:1: write when")
        self.assertEqual(came()[0], ("Marmalade duty", True))

    def test_a_search_elsewhere(self):
        """Asked without a call's waiting for it, sent what is masked; its answer may be anything."""
        asked, answer, gate = [], {}, threading.Event()

        class Search(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked.append((self.headers["X-Key"], json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                gate.wait(PATIENCE_S)
                self.send_response(answer.get("status", 200))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(answer["body"])

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Search)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(gate.set)
        with open("key", "w") as f:
            f.write("X-Key: s3cret\n")
        url = f"http://127.0.0.1:{server.server_port}/find"
        for wrong, says in (("ftp://x/", "must begin with https://"), (url + " role=admin", "give an address"), (url + " timeout=99", "timeout must be")):
            r = subprocess.run([UNDERTONE, "serve", "--knowledge-url", wrong, "--check-config"], capture_output=True, text=True)
            self.assertEqual((r.returncode, says in r.stderr), (2, True), r.stderr)
        self.start("--words", "--knowledge-url", f"{url} header-file=key")
        came = lambda call: self.get(f"/api/v1/calls/{call}/knowledge")["articles"]

        def say(call, text):
            self.post(f"/api/v1/conversations/{call}/lines", {"who": "customer", "language": "en", "text": text, "queue": "Q"})

        def until(test, what):
            end = time.monotonic() + PATIENCE_S
            while not test():
                self.assertLess(time.monotonic(), end, (what, self.daemon.logged()))
                time.sleep(.05)

        found = [{"title": "\u202eRefunds <b>\u0007", "passage": "p" * 5000, "url": "javascript:alert(1)"}, {"title": 7}, "x", {"passage": "no title"},
                 *({"title": f"t{i}", "url": f"https://kb.example/{i}"} for i in range(5))]
        answer["body"] = json.dumps({"articles": found}).encode()
        say("out-1", "where is my refund, card 4111 1111 1111 1111")
        self.assertEqual(came("out-1"), [])  # It has not answered, and nothing waited.
        until(lambda: asked, "asked")
        gate.set()
        until(lambda: came("out-1"), "answered")
        self.assertEqual([(a["title"], len(a["passage"]), a["path"], a["article"], a["outside"]) for a in came("out-1")],
                         [("Refunds <b> ", 600, "", None, True), ("t0", 0, "https://kb.example/0", None, True), ("t1", 0, "https://kb.example/1", None, True)])
        self.assertEqual(asked, [("s3cret", {"v": 1, "q": "where is my refund, card #### #### #### ####", "language": "en", "queue": "Q"})])
        for n, (status, body) in enumerate(((200, b"[" * 60000), (200, b"x" * 1000000), (500, b"{}"))):
            answer.update(status=status, body=body)
            said = len(asked)
            say(f"bad-{n}", "my parcel is late")
            if n == 0:
                came("bad-0")
                until(lambda: any(p["code"] == "knowledge_search" for p in self.get("/api/v1/health")["problems"]), "told")
            self.assertEqual(came(f"bad-{n}"), [])
            self.assertLessEqual(len(asked), said + (n == 0))  # It rests after a failure.
        self.assertEqual(self.daemon.logged().count("outside search of articles fails"), 1)
        self.assertNotIn("s3cret", self.daemon.logged())

    def lines(self, call):
        return [(x["who"], x["text"]) for x in self.get(f"/api/v1/calls/{call}/lines")["lines"]]

    def found(self, *words):
        return [x["call"] for x in self.get("/api/v1/lines?q=" + urllib.parse.quote(" ".join(words)))["found"]]

    def on_disk(self, text):
        return any(text in open(os.path.join("record", f), "rb").read() for f in os.listdir("record"))

    def faq(self):
        """Where the kept lines ask something: ranked, with the article that answers, and shown to the page until erased."""
        with open("parcel.md", "w") as f:
            f.write("# Dónde está el paquete\n\nEl paquete llega en dos días.\n")
        subprocess.run([UNDERTONE, "knowledge", "import", "--data", "record", "--language", "es", "parcel.md"], check=True)
        r = subprocess.run([UNDERTONE, "faq", "--data", "record", "--keep", "--json"], capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stderr)
        found = [json.loads(line) for line in r.stdout.splitlines()]
        self.assertEqual([(q["asked"], q["article"]) for q in found], [(1, "Dónde está el paquete")])
        self.start("--words", "--data", "record")
        kept = self.get("/api/v1/faq")
        self.assertEqual((kept["questions"], kept["lines"]), (found, 2))
        self.daemon.close()

    def test_kept_where_asked_searched_and_erased(self):
        self.start("--words", "--keep-words", "--data", "record")
        for chat, text, answer in (("keep-1", "¿Dónde está mi PAQUETE? Tarjeta 4111 1111 1111 1111", "Lo miro ahora mismo."),
                                   ("keep-2", "My parcel is zanzibarous and late", "I am looking.")):
            said = {"lines": [{"who": "customer", "text": text, "queue": "Parcels"}, {"who": "agent", "text": answer}]}
            self.assertEqual(self.post(f"/api/v1/conversations/{chat}/lines", said)[0], 200)
            self.post(f"/api/v1/conversations/{chat}/lines", {"end": True})
            self.daemon.wait_ended(chat)
        self.assertEqual(self.lines("keep-2"), [("caller", "My parcel is zanzibarous and late"), ("agent", "I am looking.")])
        self.assertNotIn("4111", self.lines("keep-1")[0][1])
        self.assertEqual((self.found("donde", "paquete"), self.found("zanzib"), self.found("paquete zanzib")), (["keep-1"], ["keep-2"], []))
        for odd in ('"', "NEAR(", "parcel' OR 1=1 --", "text:parcel*^", "a", ""):
            self.found(odd)
        self.assertEqual(self.get("/api/v1/lines?q=zanzibarous&queue=Other")["found"], [])
        self.assertEqual(self.daemon.metric('undertone_ingress_kept_total{kind="transcript"}'), 4)
        self.assertTrue(self.on_disk(b"zanzibarous") and self.on_disk(b"arjeta"))
        self.daemon.close()
        self.faq()
        r = subprocess.run([UNDERTONE, "erase", "--data", "record", "--call", "keep-2"], capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertFalse(self.on_disk(b"zanzib"))  # The index holds words, too.
        self.start("--words", "--keep-words", "--data", "record")
        self.assertEqual(self.get("/api/v1/faq")["questions"], [])  # One of its examples may have been of that call.
        self.assertEqual((self.found("zanzib"), self.found("paquete")), ([], ["keep-1"]))
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/calls/keep-1", method="DELETE", headers=ws_client.signed(self.port))
        self.assertEqual(urllib.request.urlopen(request, timeout=60).status, 200)
        end = time.monotonic() + PATIENCE_S
        while self.on_disk(b"arjeta"):
            self.assertLess(time.monotonic(), end, "an erased word stays in the index")
            time.sleep(.2)
        self.assertEqual(self.found("paquete"), [])
        # Where charged phrases lie is kept beside the line: of the caller's alone, in bytes of the masked text.
        text = "It is the third time \u2014 card 4111 1111 1111 1111 \u2014 I will cancel my contract"
        self.post("/api/v1/conversations/keep-3/lines", {"lines": [{"who": "customer", "text": text, "language": "en"}, {"who": "agent", "text": text}]})
        self.post("/api/v1/conversations/keep-3/lines", {"end": True})
        self.daemon.wait_ended("keep-3")
        said = self.get("/api/v1/calls/keep-3/lines")["lines"]
        self.assertEqual([sorted((line["text"].encode()[at:at + n].decode(), kind) for at, n, kind, _ in line["hits"]) for line in said],
                         [[("cancel my contract", "leave"), ("third time", "again")], []])

    def test_nothing_is_kept_unless_asked(self):
        self.start("--words", "--data", "record")
        self.post("/api/v1/conversations/mum/lines", {"who": "customer", "text": "a zanzibarous parcel"})
        self.assertEqual((self.lines("mum"), self.found("parcel"), self.on_disk(b"zanzib")), ([], [], False))
        r = subprocess.run([UNDERTONE, "serve", "--keep-words", "--check-config"], capture_output=True, text=True)
        self.assertEqual(r.returncode, 2)
        self.assertIn("words = yes", r.stderr)

    def test_what_is_wrong_is_told(self):
        self.start("--words")
        path = "/api/v1/conversations/chat-3/lines"
        for body in ({"who": "customer"}, {"text": 5}, {"text": "x", "t": "soon"}, {"lines": [1]}, {"foo": 1}):
            status, said = self.post(path, body)
            self.assertEqual(status, 400, body)
            self.assertTrue(said["error"]["message"] and said["error"]["remedy"])
        self.assertEqual(self.post("/api/v1/conversations/a%20b/lines", {"text": "x"})[0], 400)
        self.assertEqual(self.post(path, {"who": "customer", "text": "x" * 1000000})[0], 413)
        # What is wrong in a part is taken in none: who sends it again, mended, says nothing twice.
        other, line = "/api/v1/conversations/chat-4/lines", {"who": "customer", "text": "you idiot"}
        for lines in ([line, 1], [line, {"text": 5}], [line] * 1001):
            self.assertEqual(self.post(other, {"lines": lines})[0], 400)
        odd = "you idiot \u202e\u001b[2J</script>\" \u2066"
        self.assertEqual(self.post(path, {"who": "customer", "text": odd, "language": "en"})[0], 200)
        self.assertEqual(self.post(path, {"who": "customer", "text": "du Idiot", "language": "de"})[1]["judged"], 0)
        self.daemon.wait(lambda e: e["call"] == "chat-3")
        self.assertNotIn("chat-4", {e["call"] for e in self.daemon.events})
        self.assertNotRegex(self.daemon.logged(), "[\x00-\x09\x0b-\x1f]")
        ws_client.FIRST_KEYS.pop(self.port)
        self.assertEqual(self.post("/media/transcript?call=x", b"=&=%zz")[0], 400)
        self.assertEqual(self.post("/media/transcript?call=x", {"text": "a"}, headers={"Origin": "http://evil.example"})[0], 401)
        self.assertEqual(self.post("/media/transcript?call=" + "x" * 300, {"text": "a"})[0], 404)

    def test_nothing_said_steers_a_mail(self):
        with mail_server.Server() as server:
            self.start("--words", "--mail", "qa@example.org", "--mail-from", "ut@example.org", "--smtp", server.url)
            said = "third \u202etime\r\nBcc: x@evil.example\r\n\r\n. My lawyer\u2066 will sue you \u001b[2J </html>"
            self.post("/api/v1/conversations/mail-1/lines", {"who": "customer", "text": said, "language": "en", "queue": "Q\r\nBcc: y@evil.example"})
            text = self.alert("mail-1")["text"]
            end = time.monotonic() + PATIENCE_S
            while not server.mails:
                self.assertLess(time.monotonic(), end, self.daemon.logged())
                time.sleep(.05)
        mail = server.mails[0]
        self.assertEqual((mail.receivers, mail.parsed["Bcc"], len(mail.parsed.get_all("Subject"))), (["qa@example.org"], None, 1))
        for shown in (text, mail.parsed["Subject"], mail.parsed.get_body().get_content()):
            self.assertNotRegex(shown, "[\u0000-\u0009\u000b\u000c\u000e-\u001f\u202a-\u202e\u2066-\u2069]")

    def test_off_unless_asked_for(self):
        self.start()
        status, said = self.post("/api/v1/conversations/chat-4/lines", {"who": "customer", "text": "x"})
        self.assertEqual((status, said["error"]["code"]), (404, "words_off"))
        self.assertIn(self.post("/media/transcript?call=x", {"text": "x"})[0], (404, 405))

    def test_a_thousand_conversations(self):
        self.start("--words", "--words-threshold", "1")
        took = []
        for n in range(1000):
            began = time.monotonic()
            self.post(f"/api/v1/conversations/many-{n}/lines", {"who": "customer", "text": "where is my refund, I am angry", "language": "en"})
            took.append(time.monotonic() - began)
        took.sort()
        self.assertLess(took[500], .05)
        self.assertEqual(self.daemon.metric('undertone_ingress_judged_total{kind="transcript"}'), 1000)


if __name__ == "__main__":
    unittest.main()
