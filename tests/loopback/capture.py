# SPDX-License-Identifier: MIT
"""Writes captures of telephone calls: pcap and pcapng, several link types, SIP with SDP, RTP."""
import ipaddress
import struct


def tcp(src, dst, payload, seq, flags=0x18):
    return struct.pack("!HHIIBBHHH", src[1], dst[1], seq, 0, 0x50, flags, 65535, 0, 0) + payload


def udp(src, dst, payload):
    (_, sport), (_, dport) = src, dst
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def ip(src, dst, payload, fragment=0, segment=None):
    """segment: the sequence number of a TCP segment; without it, a datagram of UDP."""
    a, b = ipaddress.ip_address(src[0]), ipaddress.ip_address(dst[0])
    body = udp(src, dst, payload) if segment is None else tcp(src, dst, payload, segment)
    kind = 17 if segment is None else 6
    if a.version == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, fragment, 64, kind, 0)
        return head + a.packed + b.packed + body
    if fragment:
        body = struct.pack("!BBHI", 17, 0, 1, 1) + body
    return struct.pack("!IHBB", 6 << 28, len(body), 44 if fragment else kind, 64) + a.packed + b.packed + body


def ip4(protocol, payload, ident=1, fragment=0, a="198.51.100.1", b="198.51.100.2"):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), ident, fragment, 64, protocol, 0)
    return head + ipaddress.ip_address(a).packed + ipaddress.ip_address(b).packed + payload


def pieces(packet, mtu, ident):
    """An IPv4 or IPv6 packet as its fragments, none longer than mtu."""
    if len(packet) <= mtu:
        return [packet]
    six = packet[0] >> 4 == 6
    head, body = (packet[:40], packet[40:]) if six else (packet[:20], packet[20:])
    step = (mtu - len(head) - 8 * six) // 8 * 8
    parts = []
    for at in range(0, len(body), step):
        part, more = body[at:at + step], at + step < len(body)
        if six:
            part = struct.pack("!BBHI", head[6], 0, at | more, ident) + part
            parts.append(head[:4] + struct.pack("!HB", len(part), 44) + head[7:] + part)
        else:
            parts.append(head[:2] + struct.pack("!HHH", 20 + len(part), ident, more << 13 | at // 8) + head[8:] + part)
    return parts


MAC = b"\x02\0\0\0\0\1\x02\0\0\0\0\2"


def framed(packet):
    return MAC + (b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet


# What mirror ports and tunnels wrap around a packet; each gives a packet of IP, but for the last two.
TUNNELS = {
    "gre": lambda p: ip4(47, b"\0\0" + framed(p)[12:]),
    "gre with key": lambda p: ip4(47, b"\xb0\0" + framed(p)[12:14] + bytes(12) + p),
    "nvgre": lambda p: ip4(47, b"\x20\0\x65\x58" + bytes(4) + framed(p)),
    "erspan 1": lambda p: ip4(47, b"\0\0\x88\xbe" + framed(p)),
    "erspan 2": lambda p: ip4(47, b"\x10\0\x88\xbe\0\0\0\1" + b"\x10" + bytes(7) + framed(p)),
    "erspan 3": lambda p: ip4(47, b"\x10\0\x22\xeb\0\0\0\1" + b"\x20" + bytes(10) + b"\1" + bytes(8) + framed(p)),
    "vxlan": lambda p: ip4(17, udp(("", 5555), ("", 4789), b"\x08\0\0\0\0\0\1\0" + framed(p))),
    "ip in ip": lambda p: ip4(41 if p[0] >> 4 == 6 else 4, p),
}
SHIMS = {
    "mpls": lambda p: MAC + b"\x88\x47" + b"\0\1\0\xff" + b"\0\2\1\xff" + p,
    "ethernet over mpls": lambda p: MAC + b"\x88\x47" + b"\0\1\1\xff" + bytes(4) + framed(p),
    "pppoe": lambda p: MAC + b"\x88\x64\x11\0\0\1" + struct.pack("!H", len(p) + 2) + b"\0\x21" + p,
}


def link(kind, packet):
    """(LINKTYPE, frame)"""
    if kind in TUNNELS:
        return 1, framed(TUNNELS[kind](packet))
    if kind in SHIMS:
        return 1, SHIMS[kind](packet)
    ether = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
    mac = b"\x02\0\0\0\0\1\x02\0\0\0\0\2"
    return {
        "ethernet": lambda: (1, (mac + ether + packet).ljust(60, b"\0")),
        "vlan": lambda: (1, mac + b"\x81\x00\x00\x05" + ether + packet),
        "qinq": lambda: (1, mac + b"\x88\xa8\x00\x07\x81\x00\x00\x05" + ether + packet),
        "cooked": lambda: (113, b"\0\0\0\1\0\6" + mac[:6] + b"\0\0" + ether + packet),
        "cooked2": lambda: (276, ether + b"\0\0\0\0\0\1\0\1\0\6" + mac[:6] + b"\0\0" + packet),
        "raw": lambda: (101, packet),
        "null": lambda: (0, b"\2\0\0\0" + packet),
    }[kind]()


class Capture:
    def __init__(self, kind="ethernet", over_tcp=False, mtu=65535):
        self.kind, self.packets, self.over_tcp, self.sent = kind, [], over_tcp, {}
        self.mtu, self.ident = mtu, 0

    def add(self, t, src, dst, payload, **kw):
        self.ident = self.ident % 65535 + 1
        parts = pieces(ip(src, dst, payload, **kw), self.mtu, self.ident)
        # The last one first: fragments come in any order.
        self.packets += [(t + n * 1e-6, *link(self.kind, p)) for n, p in enumerate(reversed(parts))]

    def sorted(self):
        return sorted(self.packets, key=lambda p: p[0])

    def pcap(self, path, nano=False, big=False, snap=262144):
        order = ">" if big else "<"
        magic = 0xa1b23c4d if nano else 0xa1b2c3d4
        out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, self.packets[0][1])
        for t, _, frame in self.sorted():
            fraction = round(t % 1 * (1e9 if nano else 1e6))
            kept = frame[:snap]
            out += struct.pack(order + "IIII", int(t), fraction, len(kept), len(frame)) + kept
        with open(path, "wb") as f:
            f.write(out)
        return path

    def pcapng(self, path, big=False):
        order = ">" if big else "<"

        def block(kind, body):
            body += b"\0" * (-len(body) % 4)
            n = struct.pack(order + "I", 12 + len(body))
            return struct.pack(order + "I", kind) + n + body + n
        out = block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
        out += block(1, struct.pack(order + "HHI", self.packets[0][1], 0, 0) +
                     struct.pack(order + "HHB3x", 9, 1, 9) + struct.pack(order + "HH", 0, 0))
        out += block(5, b"\0" * 16)  # Interface statistics: not a packet.
        for t, _, frame in self.sorted():
            ticks = round(t * 1e9)
            out += block(6, struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xffffffff, len(frame),
                                        len(frame)) + frame)
        with open(path, "wb") as f:
            f.write(out)
        return path

    def message(self, t, src, dst, data):
        """One datagram, or segments of 500 bytes of which every second one is sent again."""
        if not self.over_tcp:
            return self.add(t, src, dst, data)
        for n, at in enumerate(range(0, len(data), 500)):
            seq = 0xffffff00 + self.sent.get((src, dst), 0) + at & 0xffffffff
            for again in range(1 + n % 2):
                self.add(t + n * 1e-4 + again * 1e-5, src, dst, data[at:at + 500], segment=seq)
        self.sent[src, dst] = self.sent.get((src, dst), 0) + len(data)

    def sip(self, t, src, dst, call_id, start, from_tag, sdp="", extra="", ctype="application/sdp", to_tag="",
            method="INVITE"):
        to = "<sip:agent@x>" + (to_tag and f";tag={to_tag}")
        head = (f"{start}\r\nVia: SIP/2.0/UDP x\r\nFrom: <sip:caller@x>;tag={from_tag}\r\n"
                f"To: {to}\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n{extra}")
        if sdp:
            head += f"Content-Type: {ctype}\r\n"
        self.message(t, src, dst, f"{head}Content-Length: {len(sdp)}\r\n\r\n{sdp}".encode())

    def rtp(self, t, src, dst, voice, pt=0, ssrc=1, ptime=20, seq=1000, ts=160000,
            drop=lambda n: False, tick=1):
        step = ptime * 8
        for n in range(len(voice) // step):
            head = struct.pack("!BBHII", 0x80, pt, seq + n & 0xffff, ts + n * step * tick, ssrc)
            if not drop(n):
                self.add(t + n * ptime / 1000, src, dst, head + voice[n * step:(n + 1) * step])


def sdp(host, port, types="0 101", proto="RTP/AVP", maps="a=rtpmap:101 telephone-event/8000\r\n",
        direction="sendrecv"):
    v = 6 if ":" in host else 4
    return (f"v=0\r\no=- 1 1 IN IP{v} {host}\r\ns=-\r\nc=IN IP{v} {host}\r\nt=0 0\r\n"
            f"m=audio {port} {proto} {types}\r\n{maps}a={direction}\r\n")


def call(capture, t, call_id, caller, agent, a="192.0.2.1", b="192.0.2.2", ports=(4000, 5000), seen=None):
    """INVITE, 200 and both voices; `seen`: where the agent's host is really seen (NAT)."""
    sip_a, sip_b = (a, 5060), (b, 5060)
    capture.sip(t, sip_a, sip_b, call_id, f"INVITE sip:agent@{b} SIP/2.0", "A", sdp(a, ports[0]))
    capture.sip(t + 0.1, sip_b, sip_a, call_id, "SIP/2.0 180 Ringing", "A")
    capture.sip(t + 0.5, sip_b, sip_a, call_id, "SIP/2.0 200 OK", "A", sdp(b, ports[1]))
    real = (seen or b, ports[1])
    capture.rtp(t + 0.6, (a, ports[0]), real, caller, ssrc=11)
    capture.rtp(t + 0.6, real, (a, ports[0]), agent, ssrc=22)
