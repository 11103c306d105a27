# SPDX-License-Identifier: MIT
"""Ports for what tests start beside each other.

A port that the kernel draws (bind to 0, ask, close, hand on) may be taken again before its user binds
it, and its neighbour most likely is: port 0 gives odd ports, every client's socket takes an even one
and keeps it for a minute after its end. So each process of tests claims blocks of ports of its own,
below those that the kernel draws, and gives none twice."""
import errno
import random
import socket

BLOCK = 256
LOWEST = 10000
_claims = []  # Sockets whose names are the claims: the kernel lets go of them with the process.
_next = _end = 0


def _highest():
    """Where the kernel's own ports begin; it is ignored where it leaves too little."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        first = int(f.read().split()[0])
    return min(first, 32768) if first >= LOWEST + 20 * BLOCK else 32768


def _claim_block():
    global _next, _end
    blocks = list(range((_highest() - LOWEST) // BLOCK))
    random.shuffle(blocks)
    for n in blocks:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0undertone-test-ports-{n}")
        except OSError as e:
            claim.close()
            if e.errno != errno.EADDRINUSE:
                raise
            continue
        _claims.append(claim)
        _next = LOWEST + n * BLOCK
        _end = _next + BLOCK
        return
    raise AssertionError("every block of ports is claimed by some test")


def _is_free(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def free_ports(n):
    """The first, an even one, of `n` neighbours that nobody has, for UDP and TCP alike."""
    global _next
    while True:
        first = _next + _next % 2
        if first + n > _end:
            _claim_block()
            continue
        taken = [p for p in range(first, first + n) if not _is_free(p)]
        _next = taken[-1] + 1 if taken else first + n
        if not taken:
            return first


def free_port():
    return free_ports(1)
