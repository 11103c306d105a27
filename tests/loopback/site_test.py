#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is usual in a queue, learnt by the daemon itself: a calm call teaches, one with an alert does not; it is
applied to calls that begin after an administrator said so, exported for --site, frozen, reset, and the same after
a restart; and what the record holds of another model is set aside."""
import contextlib
import http.client
import shutil
import sqlite3
import subprocess
import threading
import time

import doubles
from daemon import UNDERTONE, Daemon, api, near, of_media, replay
from patience import PATIENCE_S
from sound import read_ulaw_wav, sample_call, write_ulaw_wav
from ws_client import signed

CALM_S = (5, 20)  # Of the sample.


def ask_file(sql, *values):
    with contextlib.closing(sqlite3.connect("data/undertone.db")) as db, db:
        return db.execute(sql, values).fetchall()


def adapted(channels):
    """A profile of 60 calm calls, as `undertone adapt` makes it from an archive."""
    for i in range(60):
        write_ulaw_wav(f"archive-{i}.wav", *(c[160 * i:] for c in channels))  # No two are the same.
    done = subprocess.run([UNDERTONE, "adapt", "--out", "archive.txt", *(f"archive-{i}.wav" for i in range(60))],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with open("archive.txt") as f:
        return f.read()


class House:
    def __init__(self, channels):
        self.daemon = Daemon("--http", "127.0.0.1:0", "--data", "data")
        self.port, self.channels, self.running = self.daemon.port("http"), channels, []
        self.daemon.first_key()
        assert api(self.port, "/calls")[0] == 200  # The store is open.

    def begin(self, name, number):
        self.running.append((name, threading.Thread(target=doubles.fork, args=(self.port, name, *self.channels),
                                                    kwargs={"number": number, "speed": 1.25})))
        self.running[-1][1].start()
        self.daemon.wait(lambda e: e["type"] == "call" and e["call"] == name)

    def finish(self):
        for name, thread in self.running:
            thread.join()
            self.daemon.wait_ended(name)
        self.running = []

    def row(self, queue="*"):
        status, answer = api(self.port, "/sites")
        assert status == 200 and answer["needed"] == {"calls": 30, "speech_s": 300}, answer
        return next((s for s in answer["sites"] if s["queue"] == queue), None)

    def wait_calls(self, n):
        end = time.monotonic() + PATIENCE_S
        while self.row()["calls"] != n:
            assert time.monotonic() < end, (n, self.row())
            time.sleep(0.05)

    def choose(self, mode, queue="*"):
        return api(self.port, f"/sites/{queue}", "PUT", {"mode": mode})

    def export(self, query=""):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        c.request("GET", "/api/v1/sites/*/profile" + query, headers=signed(self.port, {}))
        r = c.getresponse()
        text = r.read().decode()
        c.close()
        assert r.status != 200 or r.headers["Content-Disposition"].startswith("attachment; filename=\"site-"), r.headers
        return r.status, text

    def end(self):
        assert self.daemon.end() == 0


def learn_and_apply(house, channels):
    assert house.row()["calls"] == 60 and house.row()["mode"] == "learn" and not house.row()["applied"], house.row()
    status, row = house.choose("apply")
    assert status == 200 and abs(row["applied"]["shift"]) > 0.01, row
    checksum = row["applied"]["checksum"]
    status, text = house.export()
    assert status == 200 and text.endswith(f"checksum {checksum}\n"), text
    with open("exported.txt", "w") as f:
        f.write(text)
    house.begin("applied", "+34600000001")
    assert house.choose("learn")[1]["applied"] is None
    house.begin("calm", "+34600000002")
    status, answer = api(house.port, "/thresholds/*", "PUT", {"threshold": 0.0001})
    assert status == 200, answer
    house.begin("alerted", "+34600000003")
    house.finish()
    alerted = [name for name in ("applied", "calm", "alerted") if any(e["type"] == "alert" for e in house.daemon.of(name))]
    assert alerted == ["alerted"], alerted
    house.wait_calls(62)
    told = [api(house.port, f"/calls/{name}")[1]["site"] for name in ("applied", "calm")]
    assert told == [checksum, None], told
    started = house.daemon.wait(lambda e: e["type"] == "call" and e["call"] == "applied")
    assert started["site"] == checksum, started
    # What it was told then is had by its checksum, and a replay with it gives what the call gave.
    assert house.export(f"?checksum={checksum}") == (200, text)
    write_ulaw_wav("call.wav", *channels)
    with_it, without = (of_media(replay("call.wav", *more)) for more in (["--site", "exported.txt"], []))
    assert near(of_media(house.daemon.of("applied")), with_it) is None
    assert with_it != without, "the profile changes nothing"
    assert replay("call.wav", "--site", "exported.txt")[0]["site"] == checksum
    assert "site" not in replay("call.wav")[0]


def refused(house):
    for queue, mode, status in (("*", "always", 400), ("*", 1, 400), ("*", "", 400), ("New", "frozen", 409)):
        got = house.choose(mode, queue)
        assert got[0] == status and got[1]["error"]["remedy"], got
    assert house.choose(None, "New")[0] == 200
    assert house.export("?checksum=00000000")[0] == 404
    assert api(house.port, "/sites/nowhere", "DELETE")[0] == 404
    assert api(house.port, "/sites/nowhere/profile")[0] == 404
    _, answer = api(house.port, "/tokens", "POST", {"name": "eve", "role": "supervisor"})
    headers = {"Authorization": "Bearer " + answer["token"], "Content-Type": "application/json"}
    for method, path, status in (("GET", "", 200), ("PUT", "/*", 403), ("DELETE", "/*", 403)):
        c = http.client.HTTPConnection("127.0.0.1", house.port, timeout=PATIENCE_S)
        c.request(method, "/api/v1/sites" + path, '{"mode": "off"}' if method == "PUT" else None, headers)
        assert c.getresponse().status == status, (method, path)
        c.close()


def main():
    sound = read_ulaw_wav(sample_call())
    channels = [c[8000 * CALM_S[0]:8000 * CALM_S[1]] for c in sound]
    archive = adapted(channels)
    House(channels).end()  # Makes the record.
    ask_file("UPDATE sites SET learnt = ? WHERE queue = '*'", archive)
    house = House(channels)
    learn_and_apply(house, channels)
    refused(house)
    assert house.choose("frozen")[0] == 200
    before = house.export()
    house.end()

    house = House(channels)
    assert house.export() == before and house.row()["mode"] == "frozen" and house.row()["calls"] == 62
    assert api(house.port, "/sites/*", "DELETE") == (200, {"erased": 1})
    assert house.row()["calls"] == 0 and house.row()["mode"] == "learn" and not house.row()["applied"]
    assert house.export()[0] == 409
    acts = {e["action"] for e in api(house.port, "/access-log?limit=500")[1]["entries"]}
    assert {"set_site", "reset_site", "export_site"} <= acts, acts
    house.end()

    ask_file("UPDATE sites SET learnt = ? WHERE queue = '*'", archive.replace("shift ", "shift 1"))
    house = House(channels)
    assert house.row()["aside"] and house.row()["calls"] == 0, house.row()
    codes = [p["code"] for p in api(house.port, "/health")[1]["problems"]]
    assert "site_aside" in codes, codes
    house.end()
    shutil.rmtree("data")


main()
