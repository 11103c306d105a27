#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Returning callers: with --keep-baselines a second call of the same number begins with the voice of the
first; another number does not, nor does a caller whose baseline was erased, nor anybody without the option."""
import concurrent.futures
import contextlib
import os
import re
import sqlite3
import threading
import time

import doubles
from daemon import Daemon, api
from sound import read_ulaw_wav, sample_call

CALM_S, ANGRY_S = (0, 22), (36, 51)  # Of the sample: its caller begins calm and escalates.


class House:
    def __init__(self, *options):
        self.daemon = Daemon("--http", "127.0.0.1:0", "--data", "data", "--log-level", "debug", *options)
        self.port = self.daemon.port("http")
        self.daemon.first_key()
        self.sound, self.keys = read_ulaw_wav(sample_call()), {}
        # A call waits a quarter of a second for its baseline: let the store be open before the first.
        assert api(self.port, "/calls")[0] == 200

    def call(self, name, number, part=CALM_S):
        """Carries a call; gives the pitch of its first measure and what it was measured against. A machine
        that was too busy to keep pace drops sound and abstains: such a call is carried again, slower."""
        channels = [c[8000 * part[0]:8000 * part[1]] for c in self.sound]
        wanted, first = name, None
        for speed in (1.25, 1.1, 1.0, 0.9):
            doubles.fork(self.port, name, *channels, speed=speed, number=number)
            self.daemon.wait_ended(name)
            first = next((e["delta"]["f0"] for e in self.daemon.of(name)
                          if e["type"] == "score" and "delta" in e), None)
            if first is not None:
                break
            if number and api(self.port, f"/calls/{name}")[1]["baseline"] != "returning":
                api(self.port, "/baselines/erase", "POST", {"caller": number})  # As if it had not been.
            name = f"{wanted}-{speed}"
        assert first is not None, "the caller was never measured"
        status, stored = api(self.port, f"/calls/{name}")
        assert status == 200, stored
        self.keys[wanted] = stored["caller_key"]
        return first, stored["baseline"]

    def calls(self, *wanted):
        """Some at once, in their order; one by one where a sanitizer makes all slow."""
        with concurrent.futures.ThreadPoolExecutor(1 if os.environ.get("UT_SANITIZE") else None) as pool:
            return list(pool.map(lambda w: self.call(*w), wanted))

    def baselines(self, name):
        """What the log says became of a caller's baseline in a call, and the number's stand-in."""
        return re.findall(rf'msg="baseline of the caller" call={re.escape(name)}\S* is=("[^"]*"|\S+) '
                          r'why=("[^"]*"|\S+) caller_hash=(\S+)', self.daemon.logged())

    def close(self):
        assert self.daemon.end() == 0
        assert "3460000000" not in self.daemon.logged(), "a number is in the log"


class Again(threading.Thread):
    """Calls whose connection is lost after their calm part, and made again for the angry one."""

    def __init__(self, house):
        super().__init__()
        self.house, self.pitch = house, {}
        self.calm, self.angry = ([c[8000 * part[0]:8000 * part[1]] for c in house.sound] for part in (CALM_S, ANGRY_S))
        self.start()

    def fork(self, call):
        doubles.fork(self.house.port, call, *self.calm, number="", drops=True)
        doubles.fork(self.house.port, call, *self.angry, number="")

    def twilio(self, call):
        doubles.twilio(self.house.port, call, *self.calm, drops=True)
        doubles.twilio(self.house.port, call, *self.angry)

    def audiohook(self, call):
        old = doubles.AudioHook(self.house.port, call)
        old.open()
        old.talk(*self.calm)
        new = doubles.AudioHook(self.house.port, call)  # The old connection seems open still.
        new.continues = [{"id": old.session, "clientSeq": 3, "serverSeq": 3}]
        new.open()
        new.talk(*self.angry)
        new.close()

    def run(self):
        jobs = [threading.Thread(target=getattr(self, kind), args=(f"again-{kind}",))
                for kind in ("fork", "twilio", "audiohook")]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()

    def pitches(self):
        """The highest that was measured after the calm part, against what had been learnt in it."""
        self.join()
        for call in ("again-fork", "again-twilio", "again-audiohook"):
            self.house.daemon.wait_ended(call)
            told = self.house.daemon.of(call)
            assert 1 == len([e for e in told if e["type"] == "summary"]), call
            yield call, max((e["delta"]["f0"] for e in told if e["type"] == "score" and e.get("delta") and
                             e["t"] > CALM_S[1] - CALM_S[0]), default=None)


def ask_file(sql):
    with contextlib.closing(sqlite3.connect("data/undertone.db")) as db, db:
        return db.execute(sql).fetchall()


def kept():
    return ask_file("SELECT caller_key, length(blob) FROM baselines")


def main():
    one, two, three = "+34600000001", "+34600000002", "+34600000003"
    house = House("--keep-baselines")
    again = Again(house)
    assert house.call("first", one)[1] == "own"
    (returning, kind), (stranger, other) = house.calls(("second", one, ANGRY_S), ("other", two, ANGRY_S))
    assert (kind, other) == ("returning", "own"), (kind, other)
    # Angry from the first word: to us a stranger's voice as ever, of a returning caller a raised one.
    assert returning > stranger + 2.0 and returning > 3.0, (returning, stranger)
    for call, pitch in again.pitches():
        assert pitch and pitch > stranger + 2.0 and pitch > 3.0, (call, pitch, stranger)
    keys = [house.keys[name] for name in ("first", "other")]
    keys.append(api(house.port, "/calls/again-audiohook")[1]["caller_key"])  # It names its caller.
    house.close()
    told = {name: house.baselines(name) for name in ("first", "second", "other")}
    assert ("given", '""') in [t[:2] for t in told["second"]], told
    assert ("withheld", '"none of this caller is kept"') in [t[:2] for t in told["first"]], told
    assert ("kept", '""') in [t[:2] for t in told["first"]], told
    hashes = {name: {t[2] for t in told[name]} for name in told}
    assert hashes["first"] == hashes["second"] != hashes["other"] and len(hashes["first"]) == 1, hashes
    for wanted in ('msg="not scored from here" call=first t_ms=1000 why=speech', 'msg="scored from here" call=first'):
        assert wanted in house.daemon.logged(), wanted
    rows = dict(kept())
    assert 0 < rows[keys[0]] <= 4096 and set(rows) <= set(keys), (rows, keys)
    files = [open(os.path.join("data", name), "rb").read() for name in os.listdir("data")]
    assert not any(b"3460000000" in f for f in files), "a number is in the data folder"

    # A restart forgets nothing; a caller without a number is nobody; a baseline that is none is left aside.
    ask_file(f"INSERT OR REPLACE INTO baselines(caller_key, blob, set_ms) VALUES('{keys[1]}', '00ff', {int(time.time() * 1000)})")
    house = House("--keep-baselines")
    (pitch, kind), (_, hidden), (_, broken) = house.calls(
        ("third", one, ANGRY_S), ("hidden", "", ANGRY_S), ("broken", two, ANGRY_S))
    assert (kind, hidden, broken) == ("returning", "own", "own"), (kind, hidden, broken)
    assert pitch > stranger + 1.0, (pitch, stranger)
    erase = {"caller": one}
    assert api(house.port, "/baselines/erase", "POST", erase) == (200, {"erased": 1})
    assert api(house.port, "/baselines/erase", "POST", erase) == (200, {"erased": 0})
    status, answer = api(house.port, "/baselines/erase", "POST", {})
    assert status == 400 and answer["error"]["remedy"], answer
    pitch, kind = house.call("fourth", one, ANGRY_S)
    assert kind == "own" and abs(pitch - stranger) < 1.0, (pitch, kind)
    house.close()

    # Without the option nobody is known again and nothing is kept.
    before = kept()
    house = House()
    assert {kind for _, kind in house.calls(("without", two, ANGRY_S), ("new", three, ANGRY_S))} == {"own"}
    house.close()
    assert kept() == before
    print(f"angry from the first word: pitch {stranger:+.1f} semitones of a stranger, {returning:+.1f} of who was here before")


main()
