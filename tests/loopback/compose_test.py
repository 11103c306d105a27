#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/packaging/compose.yaml without containers: its NATS cluster and its nodes by their own command lines on other ports. They
become one house, a NATS server may die, and what Prometheus is told to read is there."""
import atexit
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon, SOURCE, api, join  # noqa: E402
from patience import PATIENCE_S  # noqa: E402
from peers import end, need  # noqa: E402
from ports import free_port, free_ports  # noqa: E402
from supervise import Nats  # noqa: E402

try:
    import yaml
except ImportError:
    print("skipped: apt-get install python3-yaml")
    sys.exit(77)
Nats.program() or need("nats-server")
PACKAGING = f"{SOURCE}/tools/packaging"


def on_free_ports(text):
    """The file with ports that nobody has: those of addresses and --port=, each by itself, and of RTP by ranges."""
    for low, high in set(re.findall(r"--rtp-port-min=(\d+), --rtp-port-max=(\d+)", text)):
        first = free_ports(20)
        text = text.replace(f"min={low}, --rtp-port-max={high}", f"min={first}, --rtp-port-max={first + 19}")
    named = set(re.findall(r"127\.0\.0\.1:(\d+)", text)) | set(re.findall(r"--port=(\d+)", text))
    free = {port: str(free_port()) for port in named}
    return re.sub(r"(127\.0\.0\.1:|--port=)(\d+)", lambda m: m.group(1) + free[m.group(2)], text)


def start_nats(name, command):
    os.makedirs(name)
    log = open(f"{name}.log", "wb")
    process = subprocess.Popen([Nats.program(), *(word.replace("=/data", "=" + name) for word in command)], stdout=log, stderr=log)
    atexit.register(end, process)
    return process


def start_node(name, command):
    node = Daemon("--config", f"{PACKAGING}/undertone.conf", "--data", f"data-{name}", *command, name=name)
    node.http = int(next(word for word in command if word.startswith("--http=")).split(":")[1])
    node.first_key()
    return node


def until(what, ask, good):
    stop = time.monotonic() + 2 * PATIENCE_S
    while not good(answer := ask()):
        assert time.monotonic() < stop, (what, answer)
        time.sleep(0.1)
    return answer


def problems(node):
    return [p["code"] for p in api(node.http, "/health")[1]["problems"]]


def set_everywhere(at, nodes, queue, threshold):
    def told(node):
        return [t["threshold"] for t in api(node.http, "/thresholds")[1]["thresholds"] if t["queue"] == queue]
    status, answer = api(at.http, f"/thresholds/{queue}", "PUT", {"threshold": threshold})
    assert status == 200, answer
    for node in nodes:
        until(queue, lambda node=node: told(node), lambda got: got == [threshold])


def base(name):
    """A metric's name as its TYPE line has it."""
    return re.sub(r"_(total|bucket|sum|count)$", "", name)


def main():
    with open(f"{PACKAGING}/compose.yaml") as f:
        file = yaml.safe_load(on_free_ports(f.read()))
    services = file["services"]
    brokers = {name: start_nats(name, s["command"]) for name, s in services.items() if name.startswith("nats-")}
    nodes = [start_node(name, s["command"]) for name, s in services.items() if re.fullmatch(r"n\d", name)]
    assert len(brokers) == 3 and len(nodes) == 3
    for node in nodes:
        until("nodes", lambda node=node: api(node.http, "/health")[1]["nodes"], lambda got: sum(n["alive"] for n in got) == 3)
    first = until("the first", lambda: [n for n in nodes if "node_not_joined" not in problems(n)], lambda got: len(got) == 1)[0]
    for node in nodes:
        if node is first:
            continue
        join(first.http, node.http)
    for node in nodes:
        until("problems", lambda node=node: problems(node), lambda got: not got)
    set_everywhere(first, nodes, "sales", 0.4)
    end(brokers["nats-1"])  # Two of three are enough.
    set_everywhere(nodes[1], nodes, "claims", 0.5)

    # What Prometheus reads is there, with the token that the head of the file asks for, made on one node for all.
    status, token = api(first.http, "/tokens", "POST", {"name": "prometheus", "role": "viewer"})
    assert status in (200, 201), token
    scrape = yaml.safe_load(file["configs"]["prometheus"]["content"])["scrape_configs"][0]
    targets = scrape["static_configs"][0]["targets"]
    assert scrape["job_name"] == "undertone" and targets == [f"127.0.0.1:{n.http}" for n in nodes]
    with open(f"{PACKAGING}/prometheus-alerts.yml") as f:
        asked = set(re.findall(r"\b(undertone_\w+)", " ".join(r["expr"] for g in yaml.safe_load(f)["groups"] for r in g["rules"])))
    for target in targets:
        def read():
            request = urllib.request.Request(f"http://{target}/metrics", headers={"Authorization": "Bearer " + token["token"]})
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                    return answer.read().decode()
            except urllib.error.HTTPError as e:
                return f"{e.code}"  # Until the token has come to this node.
        text = until("metrics", read, lambda got: "# EOF" in got)
        known = {base(name) for name in re.findall(r"^# TYPE (\w+)", text, re.M)}
        missing = {name for name in asked if base(name) not in known}
        assert not missing, f"{target} has no {missing}"
    for mounted in (m for s in services.values() for m in s.get("volumes", []) if m.startswith(".")):
        path = mounted.split(":")[0]
        assert path == "./metrics.token" or os.path.exists(f"{PACKAGING}/{path}"), path
    for node in nodes:
        node.end()


main()
