#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Three nodes and three NATS servers, a machine each, with clocks 5 s apart, and what happens when machines die and the
ways between them are cut: no alert is lost or told twice, each act is done once, and what is set is one again, 2 s after
the servers have found each other and leaders of all streams."""
import json
import os
import re
import subprocess
import sys
import time
import urllib.request

import namespaces
from patience import PATIENCE_S
from supervise import Daemon, Nats, Receiver, bare, join

ESCALATE_S = 3
ONE_AGAIN_S = 2
STREAMS = {"undertone_alerts", "undertone_past", *("KV_undertone_" + x for x in ("nodes", "acts", "standins", "settings"))}


def wait(holds, what):
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, what()
        time.sleep(0.02)


class House:
    def __init__(self):
        self.net = namespaces.Machines(3)
        self.hook = Receiver(host="0.0.0.0")
        self.brokers, self.nodes = {}, {}
        for k in self.net.names:
            self.net.reach(k, self.hook.port)
            self.broker(k)
        for k in self.net.names:
            self.node(k)
            first = self.nodes[1]  # Whose key is that of the house.
            wait(lambda: k > 1 or first.ask("POST", "/api/v1/invite", {})[0] == 200, lambda: first.get("/api/v1/health"))
        first.wait_for("/api/v1/health", lambda h: sum(n["alive"] for n in h["nodes"]) == 3)
        for k in (2, 3):
            join(first, self.nodes[k])

    def broker(self, k):
        routes = ", ".join(f'"nats://{self.net.address(o)}:6222"' for o in self.net.names if o != k)
        with open(f"nats{k}.conf", "w") as f:
            f.write(f'server_name: s{k}\nlisten: "{self.net.address(k)}:4222"\nhttp: "{self.net.address(k)}:8222"\n'
                    f'jetstream {{ store_dir: "nats{k}" }}\n'
                    f'ping_interval: "1s"\nping_max: 2\n'
                    f'cluster {{ name: house, listen: "{self.net.address(k)}:6222", routes: [{routes}] }}\n')
        self.brokers[k] = subprocess.Popen([*self.net.within(k), Nats.program(), "-c", f"nats{k}.conf"],
                                           stderr=open(f"nats{k}.log", "ab"))

    def are_led(self):
        """All servers name one leader of the cluster and one of each stream."""
        said = set()
        for k in self.net.names:
            with urllib.request.urlopen(f"http://{self.net.address(k)}:8222/jsz?accounts=true&streams=true", timeout=PATIENCE_S) as answer:
                jsz = json.load(answer)
            streams = {s["name"]: (s.get("cluster") or {}).get("leader") for a in jsz.get("account_details") or []
                       for s in a.get("stream_detail") or []}
            said.add((jsz.get("meta_cluster", {}).get("leader"), *(streams.get(s) for s in sorted(STREAMS))))
        return len(said) == 1 and None not in said.copy().pop()

    def node(self, k):
        clock = os.path.exists(f"clock{k}") and f"clock{k}"
        urls = ",".join(f"nats://{self.net.address(o)}:4222" for o in (k, *(o for o in self.net.names if o != k)))
        env = {**os.environ, **({"STEP_CLOCK": os.path.abspath(clock), "LD_PRELOAD": os.environ["STEP_CLOCK_LIB"]} if clock else {})}
        address = self.net.address(k)
        self.nodes[k] = Daemon(f"data=d{k}", f"node=n{k}", f"listen={address}:{8000 + k}", "nats=" + urls, "nats-replicas=3",
                               f"webhook={self.hook.url},on=all", f"escalate={ESCALATE_S}",
                               host=address, before=self.net.within(k), env=env, log=open(f"d{k}.log", "ab"))

    def told(self, alert):
        """The steps of an alert as the receiver heard them; it takes what has a key that it knows for a repetition."""
        with self.hook.lock:
            return sorted(re.sub(r"-\d+$", "", bare(k))[len(alert):] for k in set(self.hook.keys)
                          if bare(k) == alert or bare(k).startswith(alert + "-"))

    def is_sound(self, name):
        """Each node raises an alert that another answers, and sets a threshold: all see all of it, and once."""
        began = time.monotonic()
        for k, d in self.nodes.items():
            d.do(f"start {name}{k} sales ana", f"alert {name}{k} 1 1 raised")
            status, answer, _ = d.ask("PUT", f"/api/v1/thresholds/{name}{k}", {"threshold": 0.3})
            assert status == 200, answer
        for d in self.nodes.values():
            d.wait_for("/api/v1/alerts?limit=500", lambda x: {f"{name}{k}-1" for k in self.nodes} <= {y["alert"] for y in x["alerts"]})
            d.wait_for("/api/v1/thresholds", lambda t: {f"{name}{k}" for k in self.nodes} <= {y["queue"] for y in t["thresholds"]})
        took = time.monotonic() - began
        for k in self.nodes:
            alert, other = f"{name}{k}-1", self.nodes[k % 3 + 1]
            wait(lambda: other.ask("POST", f"/api/v1/alerts/{alert}/acknowledge", {})[0] == 200, lambda: other.get("/api/v1/alerts/" + alert))
            wait(lambda: self.told(alert) == ["", "-acknowledged"] or self.told(alert) == ["", "-acknowledged", "-escalated"],
                 lambda: self.told(alert))
            # Who was taken for dead meanwhile has the step of who stood in for it a little later.
            self.nodes[k].wait_for(f"/api/v1/alerts/{alert}/life", lambda x: [s["action"] for s in x["life"]] in (
                ["raised", "acknowledged"], ["raised", "escalated", "acknowledged"]))
            self.nodes[k].do(f"end {name}{k}")
        print(f"{name}: seen everywhere after {took:.1f} s", flush=True)

    def escalated(self, k, alert):
        return self.nodes[k].get("/api/v1/alerts/" + alert)[1].get("escalated")

    def stop(self):
        for d in self.nodes.values():
            d.kill()
        for b in self.brokers.values():
            b.kill()
            b.wait()
        self.hook.stop()


def cut_off(house):
    """A node that is cut off and lives escalates, and so does who stands in for it: to a receiver it is one."""
    def of_x1(answer):
        return [y for y in answer["alerts"] if y["call"] == "x1"]

    a, b = house.nodes[1], house.nodes[2]
    a.do("start x1 sales ana", "score x1 1 0.4 calm")
    b.wait_for("/api/v1/calls", lambda c: any(x["call"] == "x1" for x in c["calls"]))
    house.net.cut_off(1)
    a.do("alert x1 1 3 raised")  # Nobody else knows of it.
    house.net.heal()
    b.wait_for("/api/v1/alerts", lambda x: [y["alert"] for y in of_x1(x)] == ["x1-1"])
    house.net.cut_off(1)
    b.wait_for("/api/v1/health", lambda h: [n["node"] for n in h["nodes"] if not n["alive"]] == ["n1"])
    wait(lambda: house.escalated(1, "x1-1"), lambda: a.get("/api/v1/alerts/x1-1"))
    wait(lambda: any(y["escalated"] for y in of_x1(b.get("/api/v1/alerts")[1])), lambda: b.get("/api/v1/alerts"))
    a.do("alert x1 2 30 raised")
    wait(lambda: house.escalated(1, "x1-2"), lambda: a.get("/api/v1/alerts/x1-2"))
    house.net.heal()
    began = time.monotonic()
    b.wait_for("/api/v1/alerts", lambda x: [(y["alert"], y["escalated"]) for y in of_x1(x)] == [("x1-2", True), ("x1-1", True)])
    took = time.monotonic() - began
    for k in (1, 2, 3):
        house.nodes[k].wait_for("/api/v1/health", lambda h: all(n["alive"] for n in h["nodes"]))
    for alert in ("x1-1", "x1-2"):
        wait(lambda: house.told(alert) == ["", "-escalated"], lambda: house.told(alert))
    life = a.get("/api/v1/alerts/x1-1/life")[1]["life"]
    assert [s["action"] for s in life] == ["raised", "escalated"], life
    print(f"what a node that was cut off had to tell was heard {took:.1f} s after")


def killed(house):
    """A survivor sees to the alerts of a node that died, and the node has it from there when it is back."""
    a, b = house.nodes[2], house.nodes[1]
    a.do("start k1 sales ana", "alert k1 1 3 raised")
    b.wait_for("/api/v1/alerts", lambda x: any(y["alert"] == "k1-1" for y in x["alerts"]))
    house.hook.wait(["k1-1"])
    a.kill()
    wait(lambda: house.told("k1-1") == ["", "-escalated"], lambda: house.told("k1-1"))
    wait(lambda: b.ask("POST", "/api/v1/alerts/k1-1/acknowledge", {})[0] == 200, lambda: b.get("/api/v1/alerts"))
    house.node(2)
    house.nodes[2].wait_for("/api/v1/alerts/k1-1", lambda x: x.get("state") == "acknowledged" and x["escalated"])
    for d in house.nodes.values():
        d.wait_for("/api/v1/health", lambda h: sum(n["alive"] for n in h["nodes"]) == 3)
    assert house.told("k1-1") == ["", "-acknowledged", "-escalated"], house.told("k1-1")


def split(house):
    """What is set on both sides of a split is one again after it, and told to whose change gave way."""
    def held(k):
        return [t["threshold"] for t in house.nodes[k].get("/api/v1/thresholds")[1]["thresholds"] if t["queue"] == "both"]

    house.net.cut_off(3)
    house.nodes[3].wait_for("/api/v1/health", lambda h: any(p["code"] == "channel_down" for p in h["problems"]))
    for k, value in ((1, 0.4), (3, 0.6)):
        wait(lambda: house.nodes[k].ask("PUT", "/api/v1/thresholds/both", {"threshold": value})[0] == 200, lambda: k)
    wait(lambda: held(2) == [0.4], lambda: held(2))
    house.net.heal()
    began = unled = time.monotonic()
    while not held(1) == held(2) == held(3):
        assert time.monotonic() < began + PATIENCE_S, [held(k) for k in (1, 2, 3)]
        if not house.are_led():
            unled = time.monotonic()
        time.sleep(0.02)
    took, ours = time.monotonic() - began, time.monotonic() - unled
    loser = house.nodes[3 if held(1) == [0.4] else 1]
    loser.wait_for("/api/v1/health", lambda h: any(p["code"] == "setting_lost" for p in h["problems"]))
    print(f"split: the same everywhere {took:.1f} s after it healed, {ours:.1f} s after the servers had leaders", flush=True)
    assert ours <= ONE_AGAIN_S, ours


def ways(house):
    """One way cut, another that loses a fifth in one direction, a broker that dies: all goes on."""
    house.net.cut(1, 2)
    house.is_sound("cut")
    house.net.heal()
    for other in (2, 3):
        house.net.lose(1, other, 0.2)
    house.is_sound("loss")
    house.net.heal()
    house.brokers[2].kill()
    house.brokers[2].wait()
    house.is_sound("broker")
    house.broker(2)
    house.is_sound("healed")


def main():
    if not Nats.program() or not namespaces.enter():
        print("wants nats-server, ip, iptables and namespaces of the network: tools/packages.test names the first")
        sys.exit(77)
    for k, seconds in ((2, 5), (3, -5)):
        with open(f"clock{k}", "w") as f:
            f.write(str(seconds))
    house = House()
    try:
        house.is_sound("whole")
        for part in (cut_off, killed, split, ways):
            began = time.monotonic()
            part(house)
            print(f"{part.__name__}: {time.monotonic() - began:.0f} s", flush=True)
    finally:
        house.stop()


main()
