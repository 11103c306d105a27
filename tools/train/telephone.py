# SPDX-License-Identifier: MIT
"""The telephone, simulated: band limits, equaliser, room, noise, codecs, packet loss, gain.

Codecs are the real ones, called through ctypes: libgsm, opencore-amrnb, libopus, and spandsp's loss
concealment. Sound is float64 or float32 at 8 kHz, -1..1. Every function is deterministic in its
random generator, so that a seed fixes a whole corpus.
"""
import ctypes
import ctypes.util
import functools

import numpy as np
from scipy.signal import firwin, oaconvolve, resample_poly

RATE_HZ = 8000
REFERENCE = 0.05  # root mean square of a speaker's clips before a channel
FRAME = 160  # 20 ms, what nearly every packet holds
CODECS = ("ulaw", "alaw", "gsm", "amrnb", "opus")


def _to_int16(x):
    return np.clip(np.round(x * 32768.0), -32768, 32767).astype(np.int16)


@functools.lru_cache(maxsize=None)
def _lib(name):
    path = ctypes.util.find_library(name)
    if not path:
        raise RuntimeError(f"lib{name} is missing: see tools/packages.train for what to install")
    lib = ctypes.CDLL(path)
    for f in ("gsm_create", "Encoder_Interface_init", "Decoder_Interface_init", "plc_init",
              "opus_encoder_create", "opus_decoder_create"):
        if hasattr(lib, f):
            getattr(lib, f).restype = ctypes.c_void_p
    return lib


def ulaw(x):
    """G.711 mu-law there and back, exactly (ITU-T G.711, table 2)."""
    s = _to_int16(x).astype(np.int32) >> 2
    m = np.minimum(np.abs(s) + 33, 8191)
    seg = np.floor(np.log2(m)).astype(np.int32) - 5
    step = (m >> (seg + 1)) & 15
    y = (((step << 1) + 33) << seg) - 33
    return (np.sign(s) * y / 8192.0).astype(np.float32)


def alaw(x):
    """G.711 A-law there and back (table 1)."""
    s = _to_int16(x).astype(np.int32) >> 3
    m = np.minimum(np.where(s < 0, -s - 1, s), 4095)
    seg = np.maximum(np.floor(np.log2(np.maximum(m, 1))).astype(np.int32) - 4, 0)
    step = (m >> np.maximum(seg, 1)) & 15
    y = np.where(seg > 0, (((step << 1) + 33) << np.maximum(seg - 1, 0)), (step << 1) + 1)
    return (np.where(s < 0, -y, y) / 4096.0).astype(np.float32)


def _frames(x):
    s = _to_int16(x)
    return np.pad(s, (0, -len(s) % FRAME)).reshape(-1, FRAME)


def _ptr(a):
    return a.ctypes.data_as(ctypes.c_void_p)


def _conceal(frames, lost):
    """Fills lost frames as a telephone would, with spandsp's pitch-synchronous concealment."""
    lib = _lib("spandsp")
    state = ctypes.c_void_p(lib.plc_init(None))
    out = frames.copy()
    for i in range(len(out)):
        row = out[i]
        (lib.plc_fillin if lost[i] else lib.plc_rx)(state, _ptr(row), FRAME)
    lib.plc_free(state)
    return out


def _gsm(frames, lost):
    lib = _lib("gsm")
    enc, dec = (ctypes.c_void_p(lib.gsm_create()) for _ in range(2))
    out, code = np.zeros_like(frames), np.zeros(33, np.uint8)
    for i in range(len(frames)):
        src = np.ascontiguousarray(frames[i])
        lib.gsm_encode(enc, _ptr(src), _ptr(code))
        lib.gsm_decode(dec, _ptr(code), _ptr(out[i]))
    lib.gsm_destroy(enc)
    lib.gsm_destroy(dec)
    return _conceal(out, lost) if lost.any() else out


def _amrnb(frames, lost, mode):
    lib = _lib("opencore-amrnb")
    enc, dec = ctypes.c_void_p(lib.Encoder_Interface_init(0)), ctypes.c_void_p(lib.Decoder_Interface_init())
    out, code = np.zeros_like(frames), np.zeros(64, np.uint8)
    for i in range(len(frames)):
        src = np.ascontiguousarray(frames[i])
        lib.Encoder_Interface_Encode(enc, mode, _ptr(src), _ptr(code), 0)
        lib.Decoder_Interface_Decode(dec, _ptr(code), _ptr(out[i]), int(lost[i]))
    lib.Encoder_Interface_exit(enc)
    lib.Decoder_Interface_exit(dec)
    return out


def _opus(frames, lost, bitrate):
    lib = _lib("opus")
    err = ctypes.c_int()
    enc = ctypes.c_void_p(lib.opus_encoder_create(RATE_HZ, 1, 2048, ctypes.byref(err)))  # VOIP
    dec = ctypes.c_void_p(lib.opus_decoder_create(RATE_HZ, 1, ctypes.byref(err)))
    lib.opus_encoder_ctl(enc, 4002, ctypes.c_int(bitrate))
    out, code = np.zeros_like(frames), np.zeros(1500, np.uint8)
    for i in range(len(frames)):
        src = np.ascontiguousarray(frames[i])
        n = lib.opus_encode(enc, _ptr(src), FRAME, _ptr(code), 1500)
        if lost[i]:
            lib.opus_decode(dec, None, 0, _ptr(out[i]), FRAME, 0)
        else:
            lib.opus_decode(dec, _ptr(code), n, _ptr(out[i]), FRAME, 0)
    lib.opus_encoder_destroy(enc)
    lib.opus_decoder_destroy(dec)
    return out


def through_codec(x, codec, rng, loss=0.0, amr_mode=7, opus_bitrate=12000):
    """x after a codec and bursty packet loss (mean burst 1.5 packets), concealed as receivers do."""
    n = len(x)
    if codec == "ulaw":
        x = ulaw(x)
    elif codec == "alaw":
        x = alaw(x)
    elif codec == "none":
        pass
    frames = _frames(x)
    lost = np.zeros(len(frames), bool)
    if loss > 0:
        state = False
        for i in range(len(frames)):
            p = 1 / 3 if state else loss * (2 / 3) / max(1e-9, 1 - loss)
            state = rng.random() < p
            lost[i] = state
    if codec == "gsm":
        y = _gsm(frames, lost)
    elif codec == "amrnb":
        y = _amrnb(frames, lost, amr_mode)
    elif codec == "opus":
        y = _opus(frames, lost, opus_bitrate)
    elif lost.any():
        y = _conceal(frames, lost)
    else:
        y = frames
    return (y.reshape(-1)[:n] / 32768.0).astype(np.float32)


BAND = firwin(201, [280, 3450], pass_zero=False, fs=RATE_HZ)


def band_limit(x):
    """The plain telephone band, linear phase."""
    return np.convolve(x, BAND, "same").astype(np.float32)


def with_noise(x, noise, snr_db):
    """noise: any length; the speech level is measured on the louder half of the 20 ms frames."""
    n = np.resize(noise, len(x))
    e = np.sort(np.mean(x[: len(x) // FRAME * FRAME].reshape(-1, FRAME) ** 2, 1))
    speech = e[len(e) // 2:].mean() if len(e) else np.mean(x ** 2)
    return x + n * np.sqrt(speech / (np.mean(n ** 2) + 1e-12)) * 10 ** (-snr_db / 20)


def colored_noise(n, slope, rng):
    """Gaussian noise with a spectrum of f^-slope/2: 0 white, 1 pink, 2 brown."""
    f = np.fft.rfftfreq(n, 1 / RATE_HZ)
    s = np.fft.rfft(rng.standard_normal(n)) / np.maximum(f, 40) ** (slope / 2)
    y = np.fft.irfft(s, n)
    return y / (y.std() + 1e-12)


class Channel:
    """One telephone connection, drawn once and then the same for all clips of a (virtual) speaker."""

    def __init__(self, rng, strength=1.0, codecs=CODECS, silent=0.0):
        """silent: the chance of a line that adds no noise of its own."""
        u = rng.uniform
        self.seed = int(rng.integers(1 << 31))
        self.low_hz, self.high_hz = u(150, 400), u(2900, 3750)
        self.tilt_db = strength * rng.normal(0, 3)  # over the band, from 300 to 3400 Hz
        self.bumps = [(u(300, 3400), u(0.2, 0.8), strength * rng.normal(0, 2.5)) for _ in range(3)]
        self.room = strength * u(0, 0.35) if rng.random() < 0.3 else 0.0
        self.room_s = u(0.08, 0.4)
        self.noise_kind = rng.choice(["white", "pink", "brown", "babble"], p=[0.25, 0.3, 0.2, 0.25])
        self.snr_db = u(8, 20) if rng.random() < 0.3 * strength else u(20, 45)
        if silent and rng.random() < silent:
            self.snr_db = u(60, 90)
        self.level_dbfs = u(-36, -20)
        self.codec = str(rng.choice(codecs, p=[0.4, 0.24, 0.12, 0.12, 0.12] if len(codecs) == 5 else None))
        self.amr_mode = int(rng.integers(0, 8))
        self.opus_bitrate = int(rng.choice([8000, 12000, 16000, 24000]))
        self.loss = u(0, 0.06) if rng.random() < 0.25 * strength else 0.0

    def __call__(self, x, rng, babble=None):
        """x: at its speaker's own level, whose mean over all clips is REFERENCE."""
        n = len(x)
        if self.room > 0:
            r = np.random.default_rng(self.seed)
            h = r.standard_normal(int(RATE_HZ * self.room_s))
            h *= np.exp(-6.9 * np.arange(len(h)) / len(h))
            h *= self.room / (np.sqrt(np.sum(h ** 2)) + 1e-9)
            h[0] += 1
            x = oaconvolve(x, h)[:n]
        if self.noise_kind == "babble" and babble is not None:
            noise = np.resize(babble, n)
        else:
            noise = colored_noise(n, {"white": 0, "pink": 1, "brown": 2, "babble": 1}[self.noise_kind], rng)
        x = x + noise / (noise.std() + 1e-9) * REFERENCE * 10 ** (-self.snr_db / 20)
        f = np.fft.rfftfreq(n, 1 / RATE_HZ)
        octave = np.log2(np.maximum(f, 50) / 1000)
        gain = self.tilt_db * octave / 3.5
        for at, width, db in self.bumps:
            gain += db * np.exp(-0.5 * ((octave - np.log2(at / 1000)) / width) ** 2)
        h = 10 ** (gain / 20) / np.sqrt((1 + (self.low_hz / np.maximum(f, 1)) ** 8) * (1 + (f / self.high_hz) ** 24))
        x = np.fft.irfft(np.fft.rfft(x) * h, n) / REFERENCE * 10 ** (self.level_dbfs / 20)
        return through_codec(x, self.codec, rng, self.loss, self.amr_mode, self.opus_bitrate)


def change_speed(x, factor):
    """Plays x faster by factor: pitch, formants and rate rise together, as of a smaller speaker."""
    return resample_poly(x, 100, max(1, int(round(100 * factor)))).astype(np.float32)


def change_tempo(x, factor):
    """Speaks x faster by factor at the same pitch: similar pieces overlap (WSOLA; Verhelst and Roelands 1993)."""
    size, hop, reach = 240, 120, 60
    if len(x) < 2 * size + 2 * reach:
        return x
    window = np.hanning(size + 1)[:size].astype(np.float32)
    count = int((len(x) - size - 2 * reach) / (hop * factor)) - 1
    out = np.zeros(count * hop + size, np.float32)
    padded = np.pad(x, (reach, size + 2 * reach)).astype(np.float32)
    at = 0
    for i in range(count):
        if i:
            wish = int(i * hop * factor)
            near = padded[wish:wish + size + 2 * reach]
            at = wish + int(np.argmax(np.correlate(near, padded[at + hop:at + hop + size], "valid")))
        out[i * hop:i * hop + size] += window * padded[at:at + size]
    return out[hop:]
