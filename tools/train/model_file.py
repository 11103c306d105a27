# SPDX-License-Identifier: MIT
"""Model files, as src/stress/model.h describes them."""
import struct
import zlib

import numpy as np

MAGIC = b"UTMODEL\0"
VERSION = 3
FEATURE_SET = 1


def write(path, name, arrays):
    """arrays: ordered dict of name -> 1- or 2-dimensional array. Returns the file's CRC-32."""
    table, data = b"", b""
    at = 64 + 32 * len(arrays)
    for key, value in arrays.items():
        v = np.atleast_2d(np.asarray(value, "<f4"))
        if not np.isfinite(v).all():
            raise ValueError(f"{key} holds a value that is not finite")
        table += struct.pack("<16s4I", key.encode(), v.shape[0], v.shape[1], at + len(data), 0)
        data += v.tobytes()
    head = MAGIC + struct.pack("<3I", VERSION, FEATURE_SET, at + len(data))
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
