# SPDX-License-Identifier: MIT
"""Files of arrays, as src/base/arrays.h describes them: the model, and the networks of the features."""
import os
import struct
import zlib

import numpy as np

VERSION = 4
FEATURE_SET = 1
MODEL = (b"UTMODEL\0", VERSION, FEATURE_SET)  # src/stress/model.h
FEATURES = (b"UTFEATS\0", 1, 1)  # src/features/weights.h
FEATURES_NAME = "undertone-features-2026.11"


def write(path, name, arrays, kind=MODEL):
    """arrays: ordered dict of name -> 1- or 2-dimensional array. Returns the file's CRC-32."""
    table, data = b"", b""
    at = 64 + 32 * len(arrays)
    for key, value in arrays.items():
        v = np.atleast_2d(np.asarray(value, "<f4"))
        if not np.isfinite(v).all():
            raise ValueError(f"{key} holds a value that is not finite")
        table += struct.pack("<16s4I", key.encode(), v.shape[0], v.shape[1], at + len(data), 0)
        data += v.tobytes()
    magic, version, feature_set = kind
    head = magic + struct.pack("<3I", version, feature_set, at + len(data))
    rest = struct.pack("<2I32s", len(arrays), 0, name.encode()[:31]) + table + data
    crc = zlib.crc32(rest, zlib.crc32(head))
    with open(path, "wb") as f:
        f.write(head + struct.pack("<I", crc) + rest)
    return crc


def read(path):
    """The name and the arrays of a file that write made."""
    with open(path, "rb") as f:
        b = f.read()
    count, _, name = struct.unpack_from("<2I32s", b, 24)
    arrays = {}
    for i in range(count):
        key, rows, cols, off, _ = struct.unpack_from("<16s4I", b, 64 + 32 * i)
        arrays[key.rstrip(b"\0").decode()] = np.frombuffer(b, "<f4", rows * cols, off).reshape(rows, cols)
    return name.rstrip(b"\0").decode(), arrays


def replace(path, name, arrays):
    """Puts these arrays into a file of the features' networks; others that it has stay. Returns the CRC-32."""
    kept = read(path)[1] if os.path.exists(path) and os.path.getsize(path) else {}
    return write(path, name, kept | arrays, FEATURES)
