#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two nodes on one bus, and what happens while the broker and the webhook's receiver are away."""
import re
import socket
import sys
import time

from supervise import Daemon, Nats, Receiver, free_port


def two_nodes(nats):
    a = Daemon("data=a", "node=n1", "nats=" + nats.url)
    b = Daemon("data=b", "node=n2", "nats=" + nats.url)
    up = lambda c: any(x["name"] == "nats" and x["state"] == "ok" for x in c["channels"])  # noqa: E731
    for d in (a, b):
        d.wait_for("/api/v1/channels", up)
    a.wait_for("/api/v1/health", lambda h: len([n for n in h["nodes"] if n["alive"]]) == 2, timeout=15)
    a.do("start x1 sales ana", "score x1 1 0.4 calm", "alert x1 1 1 raised", "alert x1 2 9 raised")
    calls = b.wait_for("/api/v1/calls", lambda c: c["calls"] and c["calls"][0]["t"] == 1.0)["calls"]
    assert calls[0]["node"] == "n1" and calls[0]["queue"] == "sales", calls
    b.wait_for("/api/v1/alerts", lambda x: len(x["alerts"]) == 2)
    # Anybody on any node may acknowledge; a second one is told who was faster.
    status, alert, _ = b.ask("POST", "/api/v1/alerts/x1-1/acknowledge", {})
    assert status == 200 and alert["acknowledged_by"] == "local@n2", (status, alert)
    assert a.get("/api/v1/alerts/x1-1")[1]["acknowledged_by"] == "local@n2"
    assert a.ask("POST", "/api/v1/alerts/x1-2/acknowledge", {})[0] == 200
    status, answer, _ = b.ask("POST", "/api/v1/alerts/x1-2/acknowledge", {})
    assert status == 409 and "local" in answer["error"]["message"], (status, answer)
    # A node that comes later sees what is open and what goes on.
    c = Daemon("data=c", "node=n3", "nats=" + nats.url)
    c.wait_for("/api/v1/alerts", lambda x: len(x["alerts"]) == 2)
    c.wait_for("/api/v1/calls", lambda x: len(x["calls"]) == 1, timeout=15)
    c.quit()
    # A node that dies leaves the wall of the others.
    a.kill()
    b.wait_for("/api/v1/calls", lambda x: not x["calls"], timeout=30)
    b.quit()


def outage(nats):
    port = free_port()
    hook = Receiver(port)
    d = Daemon("data=d", "node=n4", "nats=" + nats.url, "webhook=" + hook.url)
    d.do("load 200")
    sent = []

    def raise_some(n):
        for _ in range(n):
            d.do(f"alert o{len(sent)} 1 1 raised")
            sent.append(f"o{len(sent)}-1")

    raise_some(50)
    hook.stop()
    nats.stop()
    raise_some(100)
    d.wait_for("/api/v1/health", lambda h: h["status"] == "degraded", timeout=10)
    assert len(d.get("/api/v1/alerts")[1]["alerts"]) >= 150, "local work must go on"
    again = Receiver(port)
    again.seen, again.order = hook.seen, hook.order
    nats.start()
    began = time.monotonic()
    raise_some(50)
    again.wait(sent, timeout=60)
    d.wait_for("/api/v1/channels", lambda c: all(x["queued"] == 0 for x in c["channels"]), timeout=60)
    took = time.monotonic() - began
    stored = [m for m, _ in nats.stored("undertone_alerts") if re.fullmatch(r"o\d+-1", m or "")]
    assert sorted(stored) == sorted(sent), (len(stored), len(set(stored)), len(sent))
    d.wait_for("/api/v1/health", lambda h: h["status"] == "ok", timeout=10)
    d.quit()
    again.stop()
    return took


def syslog():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.settimeout(5)
    d = Daemon("data=e", f"syslog=udp://127.0.0.1:{s.getsockname()[1]}")
    d.do("start s1 sa\"les] ana", "alert s1 1 3 raised")
    line = s.recv(4096).decode()
    assert re.match(r'<132>1 \d{4}-\d\d-\d\dT[\d:.]+Z undertone undertone \d+ raised '
                    r'\[undertone@32473 key="s1-1" alert="s1-1" call="s1" queue="sa\\"les\\]" agent="ana" '
                    r'state="raised" stress="0\.830"\] pitch', line), line
    d.quit()
    s.close()


def main():
    if not Nats.program():
        print("nats-server is not installed: tools/packages.test names it")
        sys.exit(77)
    nats = Nats("nats")
    try:
        two_nodes(nats)
        took = outage(nats)
        syslog()
    finally:
        nats.stop()
    print(f"after the outage all was delivered within {took:.1f} s")


main()
