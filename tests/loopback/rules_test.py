#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Operators' rules in the daemon: a live call gives the alerts that its recording gives, at the same seconds and in
the same bytes; they are on disk with whose they are and the channels that they leave by; a caller who had an
alert before is known again; what will not do is told before the first call."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time

import doubles
from daemon import Daemon, api, replay
from patience import PATIENCE_S
from sound import read_ulaw_wav, recorded, sample_call
from supervise import UNDERTONE
from ports import free_port

RULES = """# Of the test.
rule "soon"
    when length >= 4s and stress < 1
    or length >= 4s
    severity high
    to ana
    by webhook:1
rule "talked over"
    when overtalk >= 1% or silence >= 1s
    severity low
rule "never on this queue"
    when length > 1s
    queue Sales
rule "again"
    when returning
"""
FROM_S, TO_S = 0, 12


def ask_file(sql):
    with contextlib.closing(sqlite3.connect("data/undertone.db")) as db, db:
        return db.execute(sql).fetchall()


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def mine(events):
    return [{k: v for k, v in e.items() if k not in ("call", "file")} for e in events if e["type"] == "alert" and "rule" in e]


def refused():
    hooks = ("--webhook", f"http://127.0.0.1:{free_port()}/")
    for text, says in (('rule "a"\n when stress > 3\n', "bad.rules:2: '3' is always"),
                       ('rule "a"\n when words\n by beeper\n', "bad.rules:1: rule \"a\" leaves by 'beeper'")):
        write("bad.rules", text)
        r = subprocess.run([UNDERTONE, "serve", "--http", "127.0.0.1:0", "--rules", "bad.rules", *hooks],
                           capture_output=True, text=True, timeout=PATIENCE_S)
        assert r.returncode != 0 and says in r.stderr, r
    write("bad.rules", 'rule "a"\n when stress > 3\n')
    r = subprocess.run([UNDERTONE, "serve", "--rules", "bad.rules", "--check-config"], capture_output=True, text=True, timeout=PATIENCE_S)
    assert r.returncode == 2 and "bad.rules:2:" in r.stderr, r


def written(daemon, port, sound):
    """Rules by the API: tried on the three calls of the record, refused, switched on, and dropped."""
    text = 'rule "here"\n when length >= 5s\n'
    status, tried = api(port, "/rules/try", "POST", {"text": text, "days": 1})
    assert status == 200 and (tried["calls"], tried["of"], tried["alerts"], tried["alerted"]) == (3, 3, 1, 1), tried
    assert [(s["call"], s["t"]) for s in tried["shown"]] == [("one", 5)] and tried["not_tried"] == [], tried
    status, tried = api(port, "/rules/try", "POST", {"text": 'rule "h"\n when hold > 1s or returning'})
    assert (tried["alerts"], tried["not_tried"]) == (1, []) and tried["shown"][0]["call"] == "two", tried
    for body, says in (({"text": 'rule "a"\n when anger'}, "Line 2: 'anger'"), ({}, "no rule"), ({"text": text * 99}, "2047"),
                       ({"text": text + 'rule "b"\n when words'}, "more than one")):
        for path in ("/rules", "/rules/try"):
            status, answer = api(port, path, "POST", body)
            assert status == 400 and says in answer["error"]["message"] and answer["error"]["remedy"], (path, answer)
    assert api(port, "/rules/try", "POST", {"text": text, "days": 0})[0] == 400
    assert api(port, "/rules", "POST", {"text": text, "live": True})[1]["live"] is True
    assert [(r["name"], r["live"]) for r in api(port, "/rules")[1]["rules"]] == [("here", True)]
    doubles.fork(port, "four", *[c[:48000] for c in sound], number="")
    daemon.wait_ended("four")
    assert ("here", 5.0) in [(a["rule"]["name"], a["t"]) for a in mine(daemon.of("four"))]
    assert api(port, "/rules/here", "DELETE") == (200, {"erased": 1})
    assert api(port, "/rules/here", "DELETE")[0] == 404


def read_again(daemon, port, sound):
    """SIGHUP takes the file anew; one that will not do changes nothing; nobody's alerts go to somebody who is not there."""
    assert api(port, "/rules")[1]["file"] == RULES
    status, answer = api(port, "/rules", "POST", {"text": 'rule "t"\n when words\n to zoe\n', "live": True})
    assert status == 400 and "somebody who is not there" in answer["error"]["message"], answer
    write("a.rules", 'rule "bad"\n when anger\n')
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_logged("a.rules:2: 'anger'")
    assert api(port, "/rules")[1]["file"] == RULES
    write("a.rules", 'rule "anew"\n    when length >= 2s\n')
    daemon.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + PATIENCE_S
    while "anew" not in api(port, "/rules")[1]["file"]:
        assert time.monotonic() < end
        time.sleep(.05)
    doubles.fork(port, "five", *[c[:40000] for c in sound], speed=1.5, number="")
    daemon.wait_ended("five")
    assert {a["rule"]["name"] for a in mine(daemon.of("five"))} == {"anew"}, mine(daemon.of("five"))


def main():
    refused()
    write("a.rules", RULES)
    sound = [c[8000 * FROM_S:8000 * TO_S] for c in read_ulaw_wav(sample_call())[:2]]
    wanted = mine(replay(recorded(sound), "--rules", "a.rules"))
    names = [(a["rule"]["name"], a["action"]) for a in wanted]
    assert ("soon", "raised") in names and ("talked over", "raised") in names, names
    assert not {"again", "never on this queue"} & {n for n, _ in names}, names
    away = free_port()
    daemon = Daemon("--http", "127.0.0.1:0", "--data", "data", "--rules", "a.rules",
                    "--webhook", f"http://127.0.0.1:{away}/", "--webhook", f"http://127.0.0.1:{away}/")
    port = daemon.port("http")
    daemon.first_key()
    assert api(port, "/calls")[0] == 200
    doubles.fork(port, "one", *sound, number="+34600000001")
    daemon.wait_ended("one")
    live = mine(daemon.of("one"))
    assert json.dumps(live) == json.dumps(wanted), (live, wanted)
    # The same caller again, and another one: an alert before makes a returning caller, and nothing else does.
    doubles.fork(port, "two", *[c[:24000] for c in sound], number="+34600000001")
    doubles.fork(port, "three", *[c[:24000] for c in sound], number="+34600000002")
    daemon.wait_ended("two")
    daemon.wait_ended("three")
    again = {call: [a["t"] for a in mine(daemon.of(call)) if a["rule"]["name"] == "again"] for call in ("two", "three")}
    assert len(again["two"]) == 1 and again["two"][0] <= 3 and not again["three"], again
    status, alerts = api(port, "/alerts?state=all&call=one")
    assert status == 200
    soon = [a for a in alerts["alerts"] if (a["rule"] or {}).get("name") == "soon"]
    assert [(a["severity"], a["assigned_to"], a["stored"]) for a in soon] == [("high", "ana", True)], soon
    low = [a for a in alerts["alerts"] if (a["rule"] or {}).get("name") == "talked over"]
    assert {(a["severity"], a["assigned_to"]) for a in low} == {("low", None)}, low
    written(daemon, port, sound)
    read_again(daemon, port, sound)
    assert daemon.end() == 0
    letters = set(ask_file("SELECT channel, alerts.rule ->> 'name' FROM outbox JOIN alerts ON alerts.id = alert_id WHERE action = 'raised'"))
    assert ("webhook:1", "soon") in letters and ("webhook:2", "soon") not in letters, letters
    assert ("webhook:1", "talked over") in letters and ("webhook:2", "talked over") in letters, letters
    assert not os.path.exists("core")
    print(f"{len(wanted)} alerts of rules, live as recorded")


main()
