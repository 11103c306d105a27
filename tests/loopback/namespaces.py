# SPDX-License-Identifier: MIT
"""Machines on a network that can be cut: a network namespace each, joined by one that forwards.

    node k: 10.14.k.2 -- this process: 10.14.k.1, forwards between them

What is cut is between nodes: each still reaches this process, so that a receiver of alerts hears a node whose way to
the others is gone. Wants root, or namespaces of users; `enter` gives False where there are neither."""
import os
import subprocess
import sys


def enter():
    """Goes on with the script in namespaces of its own, or gives False."""
    if os.environ.get("UT_NAMESPACES"):
        return True
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    outer = ["unshare", *user, "--net", "--mount"]
    ready = ["sh", "-c", "mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip netns add try && iptables -S FORWARD"]
    try:
        if subprocess.run([*outer, *ready], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return False
    except FileNotFoundError:
        return False
    os.environ["UT_NAMESPACES"] = "1"
    os.execvp(outer[0], [*outer, "sh", "-c", 'mkdir -p /run/netns && mount -t tmpfs none /run/netns && exec "$@"', "sh",
                         sys.executable, *sys.argv])


def run(*words):
    subprocess.run(words, check=True)


class Machines:
    def __init__(self, n):
        self.names = list(range(1, n + 1))
        run("ip", "link", "set", "lo", "up")
        with open("/proc/sys/net/ipv4/ip_forward", "w") as f:
            f.write("1")
        for k in self.names:
            run("ip", "netns", "add", f"n{k}")
            run("ip", "link", "add", f"h{k}", "type", "veth", "peer", "name", "e", "netns", f"n{k}")
            run("ip", "address", "add", f"10.14.{k}.1/24", "dev", f"h{k}")
            run("ip", "link", "set", f"h{k}", "up")
            run(*self.within(k), "sysctl", "-qw", "net.ipv4.tcp_retries2=3")
            for words in (["link", "set", "lo", "up"], ["address", "add", f"10.14.{k}.2/24", "dev", "e"],
                          ["link", "set", "e", "up"], ["route", "add", "default", "via", f"10.14.{k}.1"]):
                run("ip", "-n", f"n{k}", *words)

    @staticmethod
    def address(k):
        return f"10.14.{k}.2"

    @staticmethod
    def within(k):
        """The words that start a program there."""
        return ["ip", "netns", "exec", f"n{k}"]

    def reach(self, k, port):
        """Has 127.0.0.1:port there be this process's."""
        for words in (["sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1"],
                      ["iptables", "-t", "nat", "-A", "OUTPUT", "-d", "127.0.0.1", "-p", "tcp", "--dport", str(port), "-j", "DNAT",
                       "--to-destination", f"10.14.{k}.1:{port}"],
                      ["iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "e", "-j", "MASQUERADE"]):
            run(*self.within(k), *words)

    def _drop(self, a, b, *how):
        run("iptables", "-A", "FORWARD", "-s", self.address(a), "-d", self.address(b), *how, "-j", "DROP")

    def cut(self, a, b):
        self._drop(a, b)
        self._drop(b, a)

    def cut_off(self, k):
        for other in self.names:
            if other != k:
                self.cut(k, other)

    def lose(self, a, b, share):
        """Of what goes from a to b, and nothing of what comes back."""
        self._drop(a, b, "-m", "statistic", "--mode", "random", "--probability", str(share))

    def heal(self):
        run("iptables", "-F", "FORWARD")
