#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `undertone serve` finds wrong at its start: what it cannot do without is refused with the place and the
remedy; of all else the page tells, and calls are taken."""
import contextlib
import http.client
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time

from daemon import Daemon, UNDERTONE
from patience import PATIENCE_S
from sound import sample_call
from ws_client import signed

DEMO = ("--demo", sample_call(), "--demo-calls", "2")


def get(port, path):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    c.request("GET", path, headers=signed(port))
    r = c.getresponse()
    answer = json.loads(r.read())
    c.close()
    return answer


def status(port, path, token):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    c.request("GET", path, headers={"Authorization": "Bearer " + token} if token else {})
    answer = c.getresponse().status
    c.close()
    return answer


def told(code, words, *options):
    """It starts and takes calls; the page has one problem, with this code and these words."""
    d = Daemon("--http", "127.0.0.1:0", *DEMO, *options)
    try:
        port, end = d.port("http"), time.monotonic() + PATIENCE_S
        if "--data" in options:
            d.first_key()
        while True:
            health, calls = get(port, "/api/v1/health"), get(port, "/api/v1/calls")["calls"]
            problems = health["problems"]
            if len(calls) == 2 and bool(problems) == bool(code) and all(c["t"] > 0 for c in calls):
                break
            assert time.monotonic() < end, (code, health, len(calls))
            time.sleep(0.1)
        if code:
            assert [p["code"] for p in problems] == [code], (code, problems)
            text = problems[0]["message"] + " " + problems[0]["remedy"]
            assert problems[0]["remedy"] and all(w in text for w in words), (words, text)
        d.wait(lambda e: e["type"] == "score")
        return health
    finally:
        assert d.end() == 0


def refused(words, *options):
    """It does not start, and says why in one line."""
    done = subprocess.run([UNDERTONE, "serve", *options], capture_output=True, text=True, timeout=PATIENCE_S)
    lines = [line for line in done.stderr.splitlines() if not line.startswith("time=")]
    assert done.returncode in (1, 2) and len(lines) == 1 and lines[0].startswith("undertone serve: "), (options, done)
    assert all(w in lines[0] for w in words), (words, lines[0])


def write(path, data, mode=0o600):
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


def database(sql, folder="data"):
    with contextlib.closing(sqlite3.connect(folder + "/undertone.db")) as db, db:
        db.executescript(sql)


def folders():
    told(None, [], "--data", "data")
    shutil.copytree("data", "good")

    def again():
        shutil.rmtree("data")
        shutil.copytree("good", "data")

    write("file", b"")
    told("store_readonly", ["file/data", "--data"], "--data", "file/data")
    if os.geteuid() != 0:  # Nothing is read-only to root.
        os.chmod("data", 0o500)
        told("store_readonly", ["data", "--data"], "--data", "data")
        os.chmod("data", 0o700)
    write("data/key", os.urandom(32))
    told("key_wrong", ["data/key", "key file back"], "--data", "data")
    write("data/key", b"short")
    told("key_wrong", ["data/key", "32 bytes"], "--data", "data")
    again()
    os.chmod("data/key", 0o644)
    told("key_wrong", ["data/key", "0600"], "--data", "data")
    again()
    database("PRAGMA user_version=99")
    told("store_newer", ["schema 99", "newer Undertone"], "--data", "data")
    with contextlib.closing(sqlite3.connect("data/undertone.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (99,), "what is not understood is left alone"
    again()
    database("PRAGMA user_version=0")  # Tables of nobody knows when.
    told("store_corrupt", ["undertone.db", "backup"], "--data", "data")
    os.remove("data/undertone.db")
    os.remove("data/key")
    told(None, [], "--data", "data")
    again()
    database("CREATE TABLE stuffing(x); INSERT INTO stuffing VALUES(zeroblob(1400000))")
    told("store_full", ["undertone.db"], "--data", "data", "--data-max", "1")


def doors():
    """Trouble with the folder lets nobody in who would not be: tokens hold, and where they cannot be read
    everybody is refused, while calls are taken."""
    token = subprocess.run([UNDERTONE, "token", "add", "ana", "--role", "admin", "--data", "guarded"],
                           capture_output=True, text=True, check=True).stdout.strip()

    def answers(code, *wanted):
        d = Daemon("--http", "127.0.0.1:0", *DEMO, "--data", "guarded")
        try:
            d.wait_logged("code=" + code)
            port, end = d.port("http"), time.monotonic() + PATIENCE_S
            while True:  # The first moment's answer is that the tokens have not been read.
                got = [status(port, path, t) for path in ("/api/v1/tokens", "/metrics") for t in (None, token)]
                if got == list(wanted) * 2:
                    break
                assert time.monotonic() < end, (code, got)
                time.sleep(0.1)
            d.wait(lambda e: e["type"] == "score")
            return get(port, "/api/v1/session")
        finally:
            assert d.end() == 0

    os.chmod("guarded/key", 0o644)
    assert answers("key_wrong", 401, 200)["open"] is False
    os.chmod("guarded/key", 0o600)
    with contextlib.closing(sqlite3.connect("guarded/undertone.db")) as db, db:
        db.execute("PRAGMA user_version=99")
    assert answers("store_newer", 401, 200)["open"] is False
    if os.geteuid() != 0:
        os.chmod("guarded", 0o500)
        assert answers("store_readonly", 401, 200)["open"] is False
        os.chmod("guarded", 0o700)
    write("guarded/undertone.db", b"x" * 20000)
    error = answers("store_corrupt", 503, 503)["error"]
    write("guarded/undertone.db", b"")  # As from a volume that is new: the key says that there was another.
    assert answers("store_missing", 503, 503)["error"]["code"] == "tokens_away"
    os.remove("guarded/undertone.db")
    assert answers("store_missing", 503, 503)["error"]["code"] == "tokens_away"
    assert error["code"] == "tokens_away" and "log" in error["remedy"], error


def listeners():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused([address, "in use"], "--http", address)
    write("broken.pem", b"-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n")
    refused(["broken.pem"], "--http", "127.0.0.1:0", "--tls-cert", "broken.pem")
    refused(["missing.pem"], "--http", "127.0.0.1:0", "--tls-cert", "missing.pem")
    for name in ("one", "two"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout",
                        name + ".key", "-out", name + ".pem"], check=True, capture_output=True)
    refused(["two.key"], "--http", "127.0.0.1:0", "--tls-cert", "one.pem", "--tls-key", "two.key")
    refused(["0.0.0.0", "--http-cert"], "--http", "0.0.0.0:0")


def channels():
    health = told("channel_down", ["nats"], "--nats", "nats://127.0.0.1:1")
    assert any(c["name"] == "nats" and "no connection" in (c["last_error"] or "") for c in health["channels"]), health
    refused(["NATS", "credentials"], "--nats", "nats://127.0.0.1:1", "--nats-ca", "missing.pem")
    refused(["syslog", "udp://"], "--syslog", "127.0.0.1:514")
    refused(["webhook"], "--webhook", "ftp://127.0.0.1/x")
    for text, words in (('{"text": "{{nothing}}"}', ["bad.txt", "nothing"]), ('{"text": "{{text}', ["bad.txt"]),
                        ('{"text": ', ["bad.txt"])):
        write("bad.txt", text.encode())
        refused(words, "--webhook", "https://127.0.0.1/x,template=bad.txt")
    refused(["missing.txt"], "--webhook", "https://127.0.0.1/x,template=missing.txt")
    by = ("--mail-from", "ut@example.org", "--smtp", "smtp://127.0.0.1:25")
    for words, *mail in ((["ana", "ADDRESS"], "ana", *by), (["names nobody"], "queue=Q", *by), (["severity=worst"], "a@b,severity=worst", *by),
                         (["bad.txt"], "a@b,template=bad.txt", *by), (["mail-from"], "a@b", *by[2:]), (["smtp"], "a@b", *by[:2]),
                         (["smtp-user"], "a@b", *by[:2], "--smtp", "smtp://u:p@h")):
        refused(words, "--mail", *mail)
    for words, row, *way in ((["report: write DAY"], "mon 7 queue to a@b", *by), (["'srv/x'"], "mon 07:00 queue to srv/x", *by),
                             (["smtp"], "mon 07:00 queue to a@b", *by[:2]), (["report", "data"], "mon 07:00 queue to /srv")):
        refused(words, "--report", row, *way)


def thresholds():
    """What no evidence reaches is refused here as on the command line."""
    d = Daemon("--http", "127.0.0.1:0", "--data", "thresholds", *DEMO)
    d.first_key()
    for value, status in ((0.99999, 400), (0.9, 200)):
        c = http.client.HTTPConnection("127.0.0.1", d.port("http"), timeout=PATIENCE_S)
        c.request("PUT", "/api/v1/thresholds/sales", json.dumps({"threshold": value}),
                  signed(d.port("http"), {"Content-Type": "application/json"}))
        r = c.getresponse()
        answer = json.loads(r.read())
        c.close()
        assert r.status == status, (value, answer)
        assert status == 200 or "at most 0.99" in answer["error"]["remedy"], answer
    assert d.end() == 0
    # One that was set while another model ran, whose evidence went further: calls are taken all the same.
    database("UPDATE thresholds SET queue = '*', threshold = 0.9999", "thresholds")
    d = Daemon("--http", "127.0.0.1:0", "--data", "thresholds", *DEMO)
    d.wait_logged("would never alert with this model")
    d.wait(lambda e: e["type"] == "score")
    assert d.end() == 0


def main():
    thresholds()
    listeners()
    channels()
    folders()
    doors()


main()
