# SPDX-License-Identifier: MIT
"""libundertone from Python, by ctypes: push samples of a call, get its events as dictionaries.

    import undertone

    call = undertone.Call(caller_rate_hz=8000, agent_rate_hz=8000)
    while chunk := stream.read(640):                       # 16 bit, caller and agent side by side
        for event in call.push_interleaved(chunk, channels=2):
            if event["type"] == "alert":
                print(event["t"], event["text"])
    for event in call.end():
        print(event)

The library is found by the loader, or by the path in UNDERTONE_LIBRARY. One thread at a time for one call;
calls share the model that is made with the first of them. As a program it reads a two-channel WAV file:
`undertone.py call.wav`.
"""
import ctypes
import ctypes.util
import json
import os
import sys
import wave

CALLER, AGENT = 0, 1
_JSON_MAX = 6144  # UT_JSON_MAX of the header; a library that wants more says so


class Error(Exception):
    """What the library refused, in its own words."""


class _Config(ctypes.Structure):
    # What stands behind these fields keeps the library's own values: size_bytes tells where ours end.
    _fields_ = [("size_bytes", ctypes.c_uint32), ("caller_rate_hz", ctypes.c_uint32), ("agent_rate_hz", ctypes.c_uint32)]


class _Interleaved(ctypes.Structure):
    _fields_ = [("pcm", ctypes.c_void_p), ("frames", ctypes.c_size_t), ("channels", ctypes.c_uint32),
                ("caller_channel", ctypes.c_uint32), ("agent_channel", ctypes.c_uint32)]


def _load():
    name = os.environ.get("UNDERTONE_LIBRARY") or ctypes.util.find_library("undertone") or "libundertone.so.0"
    lib = ctypes.CDLL(name)
    lib.ut_strerror.restype = ctypes.c_char_p
    lib.ut_strerror.argtypes = [ctypes.c_int]
    lib.ut_version.restype = ctypes.c_char_p
    lib.ut_model_create_default.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
    lib.ut_call_create.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.POINTER(_Config)]
    for push in (lib.ut_call_push_s16, lib.ut_call_push_ulaw, lib.ut_call_push_alaw):
        push.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t]
        push.restype = None
    lib.ut_call_push_interleaved.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Interleaved)]
    lib.ut_call_push_interleaved.restype = None
    lib.ut_call_push_gap.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    lib.ut_call_push_gap.restype = None
    lib.ut_call_read_json.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
    for done in (lib.ut_call_end, lib.ut_call_destroy):
        done.argtypes = [ctypes.c_void_p]
        done.restype = None
    return lib


_lib = _load()
_model = ctypes.c_void_p()


def _check(err):
    if err:
        raise Error(_lib.ut_strerror(err).decode())


def version():
    return _lib.ut_version().decode()


class Call:
    """One telephone call. Each push gives the events that it brought, as a list of dictionaries."""

    def __init__(self, caller_rate_hz=8000, agent_rate_hz=0, call_id="call"):
        self._call = ctypes.c_void_p()
        self._id = call_id.encode()
        self._buf = ctypes.create_string_buffer(_JSON_MAX)
        if not _model:
            _check(_lib.ut_model_create_default(ctypes.byref(_model)))
        cfg = _Config(ctypes.sizeof(_Config), caller_rate_hz, agent_rate_hz)
        _check(_lib.ut_call_create(ctypes.byref(self._call), _model, ctypes.byref(cfg)))

    def __del__(self):
        if getattr(self, "_call", None):
            _lib.ut_call_destroy(self._call)

    def _events(self):
        events = []
        while (n := _lib.ut_call_read_json(self._call, self._id, self._buf, _JSON_MAX)) > 0:
            events.append(json.loads(self._buf.raw[:n]))
        _check(min(n, 0))
        return events

    def push(self, role, samples):
        """Bytes of 16-bit samples of one role, in the machine's byte order."""
        _lib.ut_call_push_s16(self._call, role, samples, len(samples) // 2)
        return self._events()

    def push_ulaw(self, role, samples):
        _lib.ut_call_push_ulaw(self._call, role, samples, len(samples))
        return self._events()

    def push_alaw(self, role, samples):
        _lib.ut_call_push_alaw(self._call, role, samples, len(samples))
        return self._events()

    def push_interleaved(self, samples, channels=2, caller=1, agent=2):
        """Bytes of 16-bit samples, channels side by side; caller and agent count from 1, 0 is none."""
        sound = _Interleaved(ctypes.cast(ctypes.c_char_p(samples), ctypes.c_void_p), len(samples) // (2 * channels),
                             channels, caller, agent)
        _lib.ut_call_push_interleaved(self._call, ctypes.byref(sound))
        return self._events()

    def push_gap(self, role, samples):
        """So many samples were lost."""
        _lib.ut_call_push_gap(self._call, role, samples)
        return self._events()

    def end(self):
        """The last events: turns and summary."""
        _lib.ut_call_end(self._call)
        return self._events()


def main(path):
    with wave.open(path) as sound:
        call = Call(sound.getframerate(), sound.getframerate(), os.path.basename(path))
        while chunk := sound.readframes(8000):
            for event in call.push_interleaved(chunk, sound.getnchannels()):
                print(json.dumps(event))
    for event in call.end():
        print(json.dumps(event))


if __name__ == "__main__":
    main(sys.argv[1])
