#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Teams and who may: what somebody of a queue gets of others, tokens that end, a trusted proxy, nginx."""
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse

from patience import PATIENCE_S
from ports import free_port
from supervise import Daemon, Receiver, Schema, SOURCE, UNDERTONE
from ws_client import Refused, WebSocket

DATA = "teams"
DOC = json.load(open(os.path.join(SOURCE, "src/supervise/openapi.json")))
SCHEMA = Schema(DOC)
NOBODY = {"Authorization": ""}


def token(name, role, *more):
    out = subprocess.run([UNDERTONE, "token", "add", name, "--role", role, *more, "--data", DATA],
                         capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    return out.stdout.strip()


class Socket:
    """/ws of somebody; collects the events until one fits."""

    def __init__(self, d, token, path="/ws"):
        self.ws = WebSocket("127.0.0.1", d.port, path, {"Authorization": "Bearer " + token})
        self.all = []

    def until(self, fits):
        got = []
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.ws.sock.settimeout(max(0.01, end - time.monotonic()))
            kind, data = self.ws.recv_frame()
            if kind == 9:
                self.ws.frame(10, data)
            if kind != 1:
                continue
            message = json.loads(data)
            SCHEMA.check(message, {"$ref": "#/components/schemas/Message"})
            got.append(message["event"])
            self.all.append(data)
            if fits(got[-1]):
                return got
        raise AssertionError([e["type"] for e in got])

    def about(self, call):
        return [d for d in self.all if call.encode() in d]


def is_score(call, t):
    return lambda e: e["type"] == "score" and e["call"] == call and e["t"] == t


def teams(d, t):
    """Of two queues each supervisor gets the own one alone, live, on record and when acting."""
    d.do("start b1 billing ana", "start s1 sales bob", "score b1 1 0.5 calm", "score s1 1 0.5 calm")
    billing, sales, both = Socket(d, t["bea"]), Socket(d, t["sam"]), Socket(d, t["boss"])
    seen = [s.until(lambda e: e["type"] == "snapshot")[-1]["calls"] for s in (billing, sales, both)]
    assert [sorted(c["call"] for c in calls) for calls in seen] == [["b1"], ["s1"], ["b1", "s1"]], seen
    d.do("alert b1 1 2 raised", "alert s1 1 2 raised")
    both.until(lambda e: e["type"] == "alert" and e["call"] == "b1")
    d.do("score s1 3 0.6 calm", "score b1 3 0.6 calm")
    for s, own, other in ((billing, "b1", "s1"), (sales, "s1", "b1")):
        s.until(is_score(own, 3))
        assert s.about('"call":"%s"' % own) and not s.about('"%s"' % other), (own, s.all)
    for path, key in (("calls", "call"), ("alerts", "call"), ("alerts?state=all", "call"), ("calls?state=all", "call")):
        rows = {who: sorted(r[key] for r in d.wait_for("/api/v1/" + path, lambda a: list(a.values())[0], token=t[who])
                            [path.split("?")[0]]) for who in ("bea", "sam", "boss")}
        assert rows == {"bea": ["b1"], "sam": ["s1"], "boss": ["b1", "s1"]}, (path, rows)
    for path in ("calls/s1", "calls/s1/timeline", "calls/s1/scores", "calls/s1/turns", "calls/s1/alerts",
                 "calls/s1/knowledge", "alerts/s1-1", "alerts/s1-1/life"):
        assert d.get("/api/v1/" + path, token=t["bea"])[0] == 404, path
        assert d.get("/api/v1/" + path, token=t["sam"])[0] == 200, path
    for verb, body in (("acknowledge", {}), ("resolve", {"outcome": "helped"}), ("note", {"text": "x"}),
                       ("note", {"text": "x", "scope": None})):
        assert d.ask("POST", f"/api/v1/alerts/s1-1/{verb}", body, token=t["bea"])[0] == 404, verb
    # Who does not see a queue is handed none of its alerts.
    hand = lambda to: d.ask("POST", "/api/v1/alerts/s1-1/hand-over", {"to": to}, token=t["boss"])[0]  # noqa: E731
    assert [hand(to) for to in ("nobody", "bea", "sam")] == [400, 400, 200]
    people = {p["name"]: p["queues"] for p in d.get("/api/v1/people", token=t["boss"])[1]["people"]}
    assert people == {"bea": ["billing"], "sam": ["sales"], "boss": [], "root": []}, people
    # One of the queues that are seen can be asked for, no other.
    one = Socket(d, t["boss"], "/ws?queue=sales")
    assert [c["call"] for c in one.until(lambda e: e["type"] == "snapshot")[-1]["calls"]] == ["s1"]
    try:
        Socket(d, t["bea"], "/ws?queue=sales")
        raise AssertionError("a foreign queue was served")
    except Refused as e:
        assert e.status == 403
    # A call that goes to another queue leaves the one team and comes to the other, with its alert.
    d.do("move b1 sales")
    assert billing.until(lambda e: e["type"] == "left")[-1]["call"] == "b1"
    got = sales.until(lambda e: e["type"] == "alert" and e["call"] == "b1")
    assert got[-1]["state"]["queue"] == "sales" and any(e["type"] == "call" and e["call"] == "b1" for e in got)
    assert not any(b'"left"' in m for m in both.all + sales.all)
    d.do("end b1", "end s1")
    d.wait_for("/api/v1/calls?state=ended", lambda a: len(a["calls"]) == 2, token=t["boss"])
    for by in ("queue", "agent"):
        names = [r["name"] for r in d.get(f"/api/v1/outcomes?by={by}", token=t["bea"])[1]["rows"]]
        assert names == [], names
    assert [r["agent"] for r in d.get("/api/v1/exposure", token=t["sam"])[1]["rows"]] == ["bob"]
    nothing_else(d, t)


def nothing_else(d, t):
    """No list, sum or measure tells somebody of a queue of another one, nor of its calls and agents."""
    assert d.ask("PUT", "/api/v1/thresholds/sales", {"budget": 5}, token=t["root"])[0] == 200
    walked = 0
    for path, ops in DOC["paths"].items():
        if "get" not in ops or "{" in path or path in ("/ws", "/events") or "supervisor" not in ops["get"].get("x-roles", []):
            continue
        for query in ("", "?state=all", "?by=agent", "?queue=sales", "?state=all&queue=sales"):
            status, answer, _ = d.get(path + query, token=t["bea"])
            text = answer if isinstance(answer, str) else json.dumps({k: v for k, v in answer.items() if k != "queue"})
            told = [word for word in ("s1", "sales", "bob") if re.search(rf'\b{word}\b', text)]
            assert not told, (path, query, told, text[:2000])
            walked += status == 200
    assert walked >= 20, walked
    assert d.ask("DELETE", "/api/v1/thresholds/sales", token=t["root"])[0] == 200


def quiet(d, t):
    """A call, an agent or a queue is quiet for all who see it, until it ends, over a restart as well."""
    d.do("start q1 billing eve", "score q1 1 0.5 calm")
    sockets = [Socket(d, t[who]) for who in ("bea", "sam")]
    for s in sockets:
        s.until(lambda e: e["type"] == "snapshot")
    put = lambda who, **body: d.ask("POST", "/api/v1/quiets", body, token=t[who])  # noqa: E731
    for bad in ({"kind": "call", "name": "q1"}, {"kind": "node", "name": "x", "minutes": 1}, {"kind": "queue", "name": "", "minutes": 1},
                {"kind": "call", "name": "q1", "minutes": 1441}, {"kind": "call", "name": "q1", "minutes": 1, "why": "x" * 256}):
        assert put("bea", **bad)[0] == 400, bad
    assert put("sam", kind="call", name="q1", minutes=5)[0] == 404
    assert put("sam", kind="queue", name="billing", minutes=5)[0] == 404
    for kind, name in (("call", "q1"), ("queue", "billing"), ("agent", "eve")):
        assert put("bea", kind=kind, name=name, minutes=30, why="known <fault>")[0] == 200
    got = sockets[0].until(lambda e: e["type"] == "quiet" and e["kind"] == "agent")
    assert [(e["name"], e["by"], e["why"]) for e in got if e["type"] == "quiet"] == [(n, "bea", "known <fault>") for n in ("q1", "billing", "eve")]
    got = sockets[1].until(lambda e: e["type"] == "quiet")
    assert [e["kind"] for e in got if e["type"] == "quiet"] == ["agent"], "another team's queue was told of"
    assert put("bea", kind="call", name="q1", minutes=0)[1]["quiets"] and sockets[0].until(
        lambda e: e["type"] == "quiet")[-1]["until_ms"] == 0
    names = lambda who: sorted(q["name"] for q in d.get("/api/v1/quiets", token=t[who])[1]["quiets"])  # noqa: E731
    assert names("bea") == ["billing", "eve"] and names("sam") == ["eve"]
    d.do("end q1")


def helped(d, t):
    """An action's address is filled for who may act and sees the call, and the log says who used it."""
    d.do("start h1 billing ana%2Fb")
    d.wait_for("/api/v1/calls", lambda c: any(x["call"] == "h1" for x in c["calls"]), token=t["boss"])
    agent = next(x["agent"] for x in d.get("/api/v1/calls", token=t["boss"])[1]["calls"] if x["call"] == "h1")
    ask = lambda who, name, call="h1": d.ask("POST", f"/api/v1/calls/{call}/help", {"name": name}, token=t[who])[:2]  # noqa: E731
    quoted = urllib.parse.quote(agent, safe="")
    assert ask("bea", "Listen") == (200, {"name": "Listen", "url": f"sip:spy-{quoted}@pbx.example.com"})
    assert ask("bea", "Open")[1]["url"] == f"https://pbx.example.com/c/h1?by=bea&q=billing&a={quoted}"
    assert ask("bea", "Key")[1]["error"]["message"] == "This call has no caller_key, which the address wants."
    for who, name, call, status in (("sam", "Listen", "h1", 404), ("bea", "None", "h1", 404), ("bea", "Listen", "h0", 404),
                                    ("bea", None, "h1", 404), ("bea", "Key", "h1", 409)):
        assert ask(who, name, call)[0] == status, (who, name, call)
    viewer = token("vic", "viewer")
    d.wait_for("/api/v1/session", lambda s: s["signed_in"], token=viewer)
    assert d.ask("POST", "/api/v1/calls/h1/help", {"name": "Listen"}, token=viewer)[0] == 403
    assert d.get("/api/v1/session", token=viewer)[1]["actions"] == []
    assert d.get("/api/v1/session", token=t["bea"])[1]["actions"] == ["Listen", "Open", "Key"]
    log = [(e["who"], e["what"]) for e in d.get("/api/v1/access-log", token=t["root"])[1]["entries"] if e["action"] == "help"]
    assert sorted(log) == [("bea", "h1 Listen"), ("bea", "h1 Open")], log
    d.do("end h1")


def dispute(d, t, eva):
    """Of one's own figures alone; seen and answered by who sees the agent's queue, and kept in the access log."""
    def post(**body):
        return d.ask("POST", "/api/v1/own/disputes", {"agent": "sip:eva@pbx", "figure": "alerts", "text": "It was a test.", **body}, token=eva)
    for wrong in ({"agent": "evan"}, {"figure": "rank"}, {"text": ""}, {"text": "x" * 2001}):
        assert post(**wrong)[0] == 400, wrong
    status, made, _ = post(value=1, by="boss", own=False)
    assert status == 200 and (made["by"], made["value"], made["done_ms"]) == ("eva", 1.0, None), made
    assert [x["id"] for x in d.get("/api/v1/own/disputes", token=eva)[1]["disputes"]] == [made["id"]]
    at = f"/api/v1/disputes/{made['id']}/done"
    sees = {who: len(d.get("/api/v1/disputes", token=t[who])[1]["disputes"]) for who in ("bea", "sam", "boss")}
    assert sees == {"bea": 1, "sam": 0, "boss": 1}, sees
    assert d.ask("POST", at, {"text": "Right."}, token=t["sam"])[0] == 404
    assert d.ask("POST", at, {}, token=t["bea"])[0] == 400
    assert d.ask("POST", at, {"text": "Right."}, token=t["bea"])[1]["answer"] == "Right."
    assert d.ask("POST", at, {"text": "No."}, token=t["boss"])[1]["done_by"] == "bea"
    log = d.get("/api/v1/access-log", token=t["root"])[1]["entries"]
    assert {("eva", "dispute_figure"), ("bea", "answer_dispute")} <= {(e["who"], e["action"]) for e in log}, log


def own(d, t):
    """An agent gets the own call alone, as a word where the operator allows it; every other route is refused."""
    eva = token("eva", "agent", "--queue", "billing")
    d.wait_for("/api/v1/session", lambda s: s["signed_in"], token=eva)
    get = lambda path="/api/v1/own": d.get(path, token=eva)  # noqa: E731
    assert d.get("/api/v1/session", token=eva)[1]["may"] == ["own"]
    assert get()[1] == {"calls": [], "break_due": False, "alert_minutes": 0.0}
    assert get("/api/v1/own/knowledge")[1] == {"articles": []}
    d.do("start e1 billing sip:eva@pbx", "start e2 billing evan", "start e3 sales eva", "start e4 billing sip:evan@pbx",
         "score e1 1 0.83 alert", "score e2 1 0.9 alert", "alert e1 1 1 raised")
    answer = d.wait_for("/api/v1/own", lambda o: o["calls"] and o["calls"][0]["hint"], token=eva)
    SCHEMA.check(answer, DOC["paths"]["/api/v1/own"]["get"]["responses"]["200"]["content"]["application/json"]["schema"])
    call = answer["calls"][0]
    assert len(answer["calls"]) == 1 and (call["call"], call["state"], call["hint"]) == ("e1", "alert", "free_script"), answer
    assert not re.search(r"stress|0\.83|evan|sales|peak", json.dumps(answer)), answer
    assert get("/api/v1/own/knowledge")[0] == 200
    refused = 0
    for path, ops in DOC["paths"].items():
        for method, op in ops.items():
            if "agent" in op["x-roles"] or "anybody" in op["x-roles"]:
                continue
            for call in ("e1", "e2"):
                status, told, _ = d.ask(method.upper(), re.sub(r"\{\w+\}", call, path), body={} if method in ("post", "put") else None, token=eva)
                assert status == 403 and call not in json.dumps(told), (method, path, status, told)
                refused += 1
    assert refused > 80, refused
    d.do("score e1 2 0.2 calm", "end e1")
    figures = d.wait_for("/api/v1/own/figures", lambda f: f["figures"], token=eva)["figures"]
    assert [(f["agent"], f["calls"], f["alerts"]) for f in figures] == [("sip:eva@pbx", 1, 1)] and "rank" not in figures[0], figures
    dispute(d, t, eva)
    assert d.wait_for("/api/v1/own", lambda o: not o["calls"], token=eva)["alert_minutes"] <= 0.1
    d.do("end e2", "end e3", "end e4")


def tokens(d, t):
    """Tokens end, see queues, and are refused with a reason."""
    add = lambda body: d.ask("POST", "/api/v1/tokens", body, token=t["root"])  # noqa: E731
    for bad in ({"name": "x", "role": "viewer", "queues": [""]}, {"name": "x", "role": "viewer", "queues": "sales"},
                {"name": "x", "role": "admin", "queues": ["sales"]}, {"name": "x", "role": "viewer", "expires_ms": 5},
                {"name": "x y", "role": "viewer"}, {"name": "x", "role": "viewer", "queues": [f"q{i}" for i in range(33)]}):
        assert add(bad)[0] == 400, bad
    for n in range(50):  # Known before its maker is answered, and unknown before who withdraws it is.
        made = add({"name": f"brief{n}", "role": "viewer"})[1]
        assert d.get("/api/v1/session", token=made["token"])[1]["signed_in"], n
        assert d.ask("DELETE", f"/api/v1/tokens/brief{n}", token=t["root"])[0] == 200
        assert not d.get("/api/v1/session", token=made["token"])[1]["signed_in"], n
    soon = int(time.time() * 1000) + 6000
    made = add({"name": "guest", "role": "viewer", "queues": ["sales", "billing"], "expires_ms": soon})[1]
    session = d.get("/api/v1/session", token=made["token"])[1]
    assert session["queues"] == ["billing", "sales"] and session["expires_ms"] == soon, session
    live = Socket(d, made["token"])
    d.wait_for("/api/v1/session", lambda s: not s["signed_in"], token=made["token"])
    assert d.get("/api/v1/calls", token=made["token"])[0] == 401
    live.ws.sock.settimeout(PATIENCE_S)
    while live.ws.recv_frame()[0] != 8:
        pass
    listed = {x["name"]: (x["queues"], x["expires_ms"]) for x in d.get("/api/v1/tokens", token=t["root"])[1]["tokens"]}
    assert listed["guest"] == (["billing", "sales"], soon) and listed["bea"] == (["billing"], None), listed
    out = subprocess.run([UNDERTONE, "token", "list", "--data", DATA], capture_output=True, text=True).stdout
    assert "bea supervisor - billing\n" in out and "boss supervisor\n" in out, out
    for wrong in (["--queue", ""], ["--days", "0"], ["--days", "x"]):
        out = subprocess.run([UNDERTONE, "token", "add", "w", "--role", "viewer", *wrong, "--data", DATA],
                             capture_output=True, text=True)
        assert out.returncode == 2 and out.stderr, wrong


def proxied(d, t):
    """A header of a trusted proxy signs in; the same from elsewhere is refused and told."""
    def who(user, groups, **more):
        return d.get("/api/v1/session", headers={**NOBODY, "X-Remote-User": user, "X-Remote-Groups": groups, **more})
    status, s, _ = who("kim@example.com", "staff, supervisors-billing")
    assert status == 200 and s["role"] == "supervisor" and s["queues"] == ["billing"] and s["proxy"], s
    assert who("kim@example.com", "supervisors-billing,supervisors-sales")[1]["queues"] == ["billing", "sales"]
    assert who("lee", "staff")[1]["role"] == "viewer"
    assert who("lee", "staff,leads")[1]["queues"] == []
    for user, groups, code in (("lee", "guests", "no_group"), ("lee", "", "no_group"), ("a b", "staff", "bad_name"),
                               ("x" * 65, "staff", "bad_name")):
        status, answer, _ = who(user, groups)
        assert status == 403 and answer["error"]["code"] == code, (user, groups, answer)
    names = [p["name"] for p in d.get("/api/v1/people", token=t["boss"])[1]["people"]]
    assert "kim@example.com" in names and "lee" in names, names
    # A token of ours goes before the header; a foreign Authorization does not hide it.
    assert d.get("/api/v1/session", headers={"Authorization": "Bearer " + t["bea"], "X-Remote-User": "lee",
                                             "X-Remote-Groups": "staff"})[1]["role"] == "supervisor"
    assert d.get("/api/v1/calls", token=t["bea"], headers={"X-Remote-User": "lee", "X-Remote-Groups": "guests"})[0] == 200


def forged(t):
    """No proxy is trusted at this address."""
    hook, other = Receiver(), Receiver()
    d = Daemon("data=" + DATA, "auth-header=X-Remote-User", "trusted-proxy=192.0.2.1", "auth-group=staff=admin",
               f"webhook={hook.url},on=break_due,queue=billing", f"webhook={other.url},on=all",
               f"webhook={other.url},on=break_due,queue=sales")
    head = {**NOBODY, "X-Remote-User": "root", "X-Remote-Groups": "staff"}
    for path in ("/api/v1/session", "/api/v1/calls", "/events", "/metrics"):
        status, answer, _ = d.get(path, headers=head)
        assert status == 403 and answer["error"]["code"] == "forged_header", (path, answer)
    # Without agents-see an agent gets no word of how the caller sounds.
    eli = token("eli", "agent")
    d.wait_for("/api/v1/session", lambda s: s["signed_in"], token=eli)
    boss = Socket(d, t["boss"])
    d.do("start x2 billing eli", "score x2 1 0.9 alert")
    assert boss.until(lambda e: e["type"] == "exposure")[-1]["agent"] == "eli"
    # A break that is due is told by the channels that ask for it, of their queues.
    d.wait_for("/api/v1/channels", lambda c: [(x["delivered"], x["queued"]) for x in c["channels"][1:]] == [(1, 0), (0, 0), (0, 0)], token=t["root"])
    letter = json.loads(hook.seen[hook.order[0]])
    assert letter["action"] == "break_due" and letter["alert"]["agent"] == "eli" and letter["alert_minutes"] > 0, letter
    assert letter["alert"]["text"].startswith("eli has had ") and len(hook.order) == 1 and not other.order, letter
    hook.stop(), other.stop()
    told = d.get("/api/v1/own", token=eli)[1]
    assert told["break_due"] and set(told) == {"calls", "break_due"} and not {"state", "hint"} & set(told["calls"][0]), told
    log = d.get("/api/v1/access-log", token=t["root"])[1]["entries"]
    kept = {q["name"] for q in d.get("/api/v1/quiets", token=t["root"])[1]["quiets"]}
    assert kept == {"billing", "eve"}, kept
    assert any(e["action"] == "forged_header" and e["what"].startswith("127.0.0.1") for e in log), log
    d.quit()


class Gate(http.server.BaseHTTPRequestHandler):
    """What oauth2-proxy answers to nginx: 202 with the person and groups, or 401."""
    people = {"ok=kim": ("kim@example.com", "supervisors-billing")}

    def do_GET(self):
        person = self.people.get(self.headers.get("Cookie", ""))
        sign_in = self.path.startswith("/oauth2/sign_in")
        self.send_response(302 if sign_in else 202 if person else 401)
        if sign_in:
            self.send_header("Location", "https://id.example.com/")
        if person:
            self.send_header("X-Auth-Request-Email", person[0])
            self.send_header("X-Auth-Request-Groups", person[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


def nginx(d):
    """The recipe of PROXY.md to the letter, in a real nginx."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        print("nginx is not installed: its recipe is not tested; remedy: apt-get install nginx-light")
        return
    gate = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    threading.Thread(target=gate.serve_forever, args=(0.05,), daemon=True).start()
    recipe = re.search(r"```nginx\n(.*?)```", open(os.path.join(SOURCE, "src/supervise/PROXY.md")).read(), re.S).group(1)
    port = free_port()
    recipe = (recipe.replace("127.0.0.1:8080", f"127.0.0.1:{d.port}").replace("127.0.0.1:4180", f"127.0.0.1:{gate.server_address[1]}")
              .replace("listen 443 ssl;", f"listen 127.0.0.1:{port};"))
    recipe = "\n".join(line for line in recipe.splitlines() if "ssl_certificate" not in line)
    here = os.path.abspath("nginx")
    os.makedirs(here, exist_ok=True)
    temp = "".join(f"{kind}_temp_path {here}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(here + "/nginx.conf", "w") as f:
        f.write(f"daemon off;\nmaster_process off;\npid {here}/pid;\nerror_log {here}/error.log;\nevents {{}}\n"
                f"http {{\naccess_log off;\n{temp}{recipe}\n}}\n")
    process = subprocess.Popen([program, "-p", here, "-e", here + "/error.log", "-c", here + "/nginx.conf"])
    try:
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end, open(here + "/error.log").read()
                time.sleep(0.05)
        mine, d.port = d.port, port
        assert d.get("/api/v1/session", headers=NOBODY)[0] == 302, "a stranger is sent to sign in"
        # What a browser sends of these headers counts for nothing.
        forged = {**NOBODY, "Cookie": "ok=kim", "X-Remote-User": "root", "X-Remote-Groups": "leads"}
        s = d.get("/api/v1/session", headers=forged)[1]
        assert (s["name"], s["role"], s["queues"]) == ("kim@example.com", "supervisor", ["billing"]), s
        ws = WebSocket("127.0.0.1", port, "/ws", {"Cookie": "ok=kim", "Authorization": "",
                                                  "Origin": f"http://127.0.0.1:{port}"})
        hello = json.loads(ws.recv_frame()[1])["event"]
        assert hello["type"] == "hello" and hello["name"] == "kim@example.com", hello
        ws.sock.close()
        d.port = mine
    finally:
        process.terminate()
        process.wait()
        gate.shutdown()


def main():
    os.makedirs(DATA, exist_ok=True)
    t = {"bea": token("bea", "supervisor", "--queue", "billing"), "sam": token("sam", "supervisor", "--queue", "sales"),
         "boss": token("boss", "supervisor"), "root": token("root", "admin", "--days", "30")}
    d = Daemon("data=" + DATA, "auth-header=X-Remote-User", "trusted-proxy=127.0.0.1", "auth-group=staff=viewer",
               "auth-group=supervisors-billing=supervisor:billing", "auth-group=supervisors-sales=supervisor:sales",
               "auth-group=leads=supervisor", "action=Listen=sip:spy-{agent}@pbx.example.com",
               "action=Open=https://pbx.example.com/c/{call}?by={by}&q={queue}&a={agent}", "action=Key=tel:{caller_key}", "agents-see=state")
    teams(d, t)
    quiet(d, t)
    helped(d, t)
    own(d, t)
    tokens(d, t)
    proxied(d, t)
    nginx(d)
    # A second short of ten minutes with stressed callers; the next comes after a restart.
    d.do("start x1 billing eli", "alert x1 1 5 raised", *[f"score x1 {i} 0.9 alert" for i in range(1, 600)])
    d.quit()
    forged(t)


main()
