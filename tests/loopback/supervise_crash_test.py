#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 at a hundred random moments: no alert that anybody was told of is lost, and none comes twice
to a webhook that honours the idempotency key or to JetStream."""
import json
import os
import random
import re
import socket
import sys
import threading
import time

from patience import PATIENCE_S
from supervise import Daemon, Nats, Receiver
from ws_client import signed

KILLS = int(os.environ.get("UT_KILLS", "100"))


class Watcher:
    """Hears /events until the server is gone."""

    def __init__(self, port):
        self.text = b""
        self.s = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        who = "".join(f"{k}: {v}\r\n" for k, v in signed(port).items())
        self.s.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\n".encode())
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        end = time.monotonic() + PATIENCE_S
        while b"event: snapshot" not in self.text:
            assert time.monotonic() < end
            time.sleep(0.002)

    def run(self):
        try:
            while True:
                data = self.s.recv(65536)
                if not data:
                    return
                self.text += data
        except OSError:
            return

    def told(self):
        self.thread.join(PATIENCE_S)
        self.s.close()
        return set(re.findall(rb'"alert":"(k\d+-\d+-1)"', self.text))


def one_life(args, n, rng):
    d = Daemon(*args)
    w = Watcher(d.port)
    stop = threading.Timer(rng.uniform(0.0, 0.15), d.process.kill)
    stop.start()
    i = 0
    try:
        while d.process.poll() is None:
            d.process.stdin.write(f"alert k{n}-{i} 1 3 raised\n")
            d.process.stdin.flush()
            i += 1
            time.sleep(0.002)
    except (BrokenPipeError, OSError):
        pass
    stop.join()
    d.process.wait()
    try:
        d.process.stdin.close()
    except OSError:
        pass
    d.process.stdout.close()
    return {t.decode() for t in w.told()}, i


def main():
    if not Nats.program():
        print("nats-server is not installed: tools/packages.test names it")
        sys.exit(77)
    seed = int(os.environ.get("UT_SEED", "0")) or random.randrange(1 << 30)
    print("seed", seed)
    rng = random.Random(seed)
    hook, nats = Receiver(), Nats("nats")
    args = ("data=data", f"webhook={hook.url},on=all", "nats=" + nats.url)
    told, pushed = set(), 0
    try:
        for n in range(KILLS):
            t, i = one_life(args, n, rng)
            told |= t
            pushed += i
        d = Daemon(*args)
        d.wait_for("/api/v1/channels", lambda c: all(x["queued"] == 0 for x in c["channels"]), timeout=2 * PATIENCE_S)
        kept, cursor = set(), ""
        while cursor is not None:
            page = d.get("/api/v1/alerts?state=all&limit=500" + (f"&cursor={cursor}" if cursor else ""))[1]
            kept |= {a["alert"] for a in page["alerts"]}
            cursor = page["next"]
        d.quit()
        assert told <= kept, f"{len(told - kept)} alerts were told and are gone: {sorted(told - kept)[:3]}"
        raised = [k for k in hook.seen if re.fullmatch(r"k\d+-\d+-1", k)]
        assert set(raised) == kept, (len(raised), len(kept))
        stored = [m for m, _ in nats.stored("undertone_alerts") if re.fullmatch(r"k\d+-\d+-1", m)]
        assert len(stored) == len(set(stored)), "JetStream has an alert twice"
        assert set(stored) == kept, (len(stored), len(kept))
        assert all(json.loads(hook.seen[k])["alert"]["alert"] == k for k in raised)
        print(f"{KILLS} kills: {pushed} alerts pushed, {len(told)} told, {len(kept)} kept; webhook got "
              f"{len(raised)}, repeated {hook.repeats} (same key); JetStream {len(stored)}, none twice")
    finally:
        hook.stop()
        nats.stop()


main()
