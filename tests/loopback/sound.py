# SPDX-License-Identifier: MIT
"""Sound files and G.711 for test doubles, on the standard library."""
import wave
import os
import struct
import wave


def read_ulaw_wav(path):
    """(caller, agent): mu-law bytes of the two channels of a G.711 WAV."""
    with open(path, "rb") as f:
        data = f.read()
    assert data[:4] == b"RIFF" and data[8:12] == b"WAVE"
    at = 12
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack("<I", data[at + 4:at + 8])[0]
        body = data[at + 8:at + 8 + size]
        if name == b"fmt ":
            kind, channels, rate = struct.unpack("<HHI", body[:8])
            assert (kind, channels, rate) == (7, 2, 8000), (kind, channels, rate)
        elif name == b"data":
            return body[0::2], body[1::2]
        at += 8 + size + size % 2
    raise AssertionError(f"{path}: no data")


def write_ulaw_wav(path, caller, agent):
    body = bytes(x for pair in zip(caller, agent) for x in pair)
    head = struct.pack("<HHIIHHH", 7, 2, 8000, 16000, 2, 8, 0)
    fact = struct.pack("<I", len(caller))
    chunks = b"fmt " + struct.pack("<I", len(head)) + head + b"fact" + struct.pack("<I", 4) + fact
    chunks += b"data" + struct.pack("<I", len(body)) + body
    with open(path, "wb") as f:
        f.write(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)


def decode(code):
    code = ~code & 0xff
    value = (((code & 15) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return -value if code & 0x80 else value


ULAW = [decode(c) for c in range(256)]


def linear(ulaw):
    """Mu-law to 16-bit linear, little-endian."""
    return struct.pack(f"<{len(ulaw)}h", *(ULAW[c] for c in ulaw))


def write_wav(path, ulaw):
    with wave.open(path, "wb") as w:
        w.setparams((1, 2, 8000, 0, "NONE", ""))
        w.writeframes(linear(ulaw))


def _encode(value):
    sign, value = (0x80, -value) if value < 0 else (0, value)
    value = min(value, 32635) + 0x84
    exponent = value.bit_length() - 8
    return ~(sign | exponent << 4 | value >> exponent + 3 & 15) & 0xff


def _encode_alaw(value):
    sign, value = (0, ~value) if value < 0 else (0x80, value)
    value >>= 3  # 13 bits.
    exponent = max(value.bit_length() - 5, 0)
    mantissa = value >> (exponent if exponent else 1) & 15
    return (sign | exponent << 4 | mantissa) ^ 0x55


ALAW_OF_ULAW = bytes(_encode_alaw(v) for v in ULAW)


def mixed(one, other):
    """Both channels of mu-law as one."""
    return bytes(_encode(ULAW[a] + ULAW[b]) for a, b in zip(one, other))


def channels():
    """(caller, agent) of the call that the tests carry."""
    return read_ulaw_wav(sample_call())


def sample_call():
    """Path of the call that the tests carry."""
    return os.path.join(os.environ.get("UT_SOURCE", "."), "samples", "escalating-en.wav")


def recorded(channels):
    """The same sound as a file."""
    with wave.open("part.wav", "wb") as w:
        w.setnchannels(2)
        w.setsampwidth(2)
        w.setframerate(8000)
        w.writeframes(b"".join(decode(a).to_bytes(2, "little", signed=True) + decode(b).to_bytes(2, "little", signed=True)
                               for a, b in zip(*channels)))
    return "part.wav"
