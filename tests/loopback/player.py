# SPDX-License-Identifier: MIT
"""Many RTP streams on one thread, each packet at its time."""
import heapq
import socket
import struct
import threading
import time


def packet(seq, ts, ssrc, payload, pt=0, marker=0):
    return struct.pack("!BBHII", 0x80, marker << 7 | pt, seq & 0xffff, ts & 0xffffffff, ssrc) + payload


def stream(sound, ptime_ms=20, pt=0, ssrc=1, seq=1, ts=0, begin_s=0.0, end_s=1e9, tick=1):
    """(time, packet) of a channel of 8 kHz bytes, those of the seconds begin_s to end_s. tick: what a sample counts."""
    size = ptime_ms * 8
    for n in range(len(sound) // size):
        at = n * ptime_ms / 1000
        if begin_s <= at < end_s:
            yield at, packet(seq + n, ts + n * size * tick, ssrc, sound[n * size:(n + 1) * size], pt)


def is_silent(payload):
    """Mu-law below about -60 dBFS."""
    return max(~b & 0x7f for b in payload) < 0x10


def paused(sound, ssrc=1, hangover=10, size=160):
    """As `stream`, of a sender with voice activity detection that sends no comfort noise."""
    seq = left = 0
    for n in range(len(sound) // size):
        piece = sound[n * size:(n + 1) * size]
        left = left - 1 if is_silent(piece) else hangover
        if left > 0:
            seq += 1
            yield n / 50, packet(seq, n * size, ssrc, piece)


class Player(threading.Thread):
    """Plays (port, stream) pairs from now on; `began` is when, by time.monotonic(). begins: ports to send from."""

    def __init__(self, pairs, host="127.0.0.1", begins=None):
        super().__init__(daemon=True)
        self.pairs, self.host = list(pairs), host
        self.begins = begins or [0] * len(self.pairs)
        self.began = time.monotonic()
        self.start()

    def run(self):
        def one(n, port, packets):
            return ((at, n, port, data) for at, data in packets)
        socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in self.pairs]
        for s, port in zip(socks, self.begins):
            s.bind((self.host, port))
        for at, n, port, data in heapq.merge(*(one(n, *p) for n, p in enumerate(self.pairs))):
            late = self.began + at - time.monotonic()
            if late > 0:
                time.sleep(late)
            socks[n].sendto(data, ("127.0.0.1", port))
        for s in socks:
            s.close()

    def wait(self, second):
        """Until so many seconds have been played."""
        time.sleep(max(0.0, self.began + second - time.monotonic()))
