#!/usr/bin/env python3
"""Makes the NPY and NPZ files of this folder with NumPy (1.24) and Python's zipfile. Run it in this folder.

Element i of every (2, 3) array: bool i odd; unsigned 3 i, the last one the type's largest value; signed 7 i, the first
one the type's smallest value; float 1.5 (i - 2); complex 1.5 (i - 2) + i j. Arrays be_* are the same, big-endian.
"""
import io
import struct
import warnings
import zipfile

import numpy as np

TYPES = ["b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", "c8", "c16"]


def sample(code):
    i = np.arange(6)
    dtype = np.dtype("<" + code)
    if dtype.kind == "b":
        a = i % 2 == 1
    elif dtype.kind == "u":
        a = (3 * i).astype(dtype)
        a[5] = np.iinfo(dtype).max
    elif dtype.kind == "i":
        a = (7 * i).astype(dtype)
        a[0] = np.iinfo(dtype).min
    else:
        a = 1.5 * (i - 2.0) + (1j * i if dtype.kind == "c" else 0)
    return np.ascontiguousarray(a.astype(dtype).reshape(2, 3))


def arrays():
    out = {code: sample(code) for code in TYPES}
    for code in TYPES:
        if np.dtype(code).itemsize > 1:
            out["be_" + code] = sample(code).astype(">" + code)
    out["scalar"] = np.float64(2.5)
    out["one"] = np.array([7], "<i8")
    out["empty"] = np.zeros((0, 3), "<f4")
    out["text"] = np.array("h\u00e9llo \u2603 \U0001d11e")
    out["texts"] = np.array(["a", "", "longer"])
    out["be_text"] = np.array(["a", "\u2603"], ">U3")
    out["special"] = np.array([np.nan, np.inf, -np.inf, -0.0], "<f4")
    return out


def npy(descr, fortran, shape, data=b"", version=1, header=None):
    """An NPY file by hand, for what NumPy would not write."""
    if header is None:
        header = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, fortran, shape)
    text = header.encode() + b" " * 8 + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def npy_file(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version)
    return out.getvalue()


def put(name, data):
    with open(name, "wb") as out:
        out.write(data)


class Pipe(io.RawIOBase):
    """Writable but not seekable, so that zipfile writes data descriptors."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, piece):
        self.data += bytes(piece)
        return len(piece)


def archive(members, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, method)
    return out.getvalue()


def zip64(data):
    """Rewrites an archive of one member so that all that can stand in zip64 fields does."""
    end = data.rindex(b"PK\5\6")
    size, offset = struct.unpack("<II", data[end + 12:end + 20])
    entry = bytearray(data[offset:offset + size])
    csize, usize, = struct.unpack("<II", entry[20:28])
    entry[20:28] = b"\xff" * 8
    entry[42:46] = b"\xff" * 4
    other = struct.pack("<HHH", 0x7777, 2, 1)  # an unknown field before
    extra = other + struct.pack("<HHQQQ", 1, 24, usize, csize, 0)
    entry[30:32] = struct.pack("<H", len(extra))
    entry = bytes(entry) + extra
    tail = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1, 1, len(entry), offset)
    tail += struct.pack("<IIQI", 0x07064B50, 0, offset + len(entry), 1)
    tail += struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:offset] + entry + tail


def main():
    everything = arrays()
    np.savez("stored.npz", **everything)
    np.savez_compressed("deflated.npz", **everything)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as z:
        with z.open(zipfile.ZipInfo("x.npy", (1980, 1, 1, 0, 0, 0)), "w") as member:
            member.write(npy_file(sample("f4")))
    put("streamed.npz", pipe.data)
    put("zip64.npz", zip64(archive([("x.npy", npy_file(sample("f4")))])))
    np.savez("objects.npz", meta=np.array({"key": "value \u2603"}, object), x=sample("f4"))
    put("mixed.npz", archive([("folder/", b""), ("readme.txt", b"not an array\n"), ("folder/x.npy", npy_file(sample("f4")))]))

    for version in (1, 2, 3):
        put("v%d.npy" % version, npy_file(sample("f4"), (version, 0)))
    put("scalar_f8.npy", npy_file(np.array(2.5)))
    put("text.npy", npy_file(everything["texts"]))
    put("long_axis.npy", npy_file(np.arange(1234567, 1234567 + 3, dtype="<i8").reshape(1, 3, 1)))
    put("python2.npy", npy("'<f4'", False, "(2L, 3L)", sample("f4").tobytes()))
    put("fortran.npy", npy_file(np.asfortranarray(sample("f4"))))
    put("fortran_column.npy", npy("'<f4'", True, "(1, 3, 1)", sample("f4").tobytes()[:12]))
    put("structured.npy", npy_file(np.zeros(2, [("a", "<f4"), ("b", "<i4", (2,))])))
    put("half.npy", npy_file(np.zeros(2, "<f2")))
    put("object.npy", npy_file(np.array([{"a": 1}], object)))

    x = npy_file(sample("f4"))
    put("evil_duplicate.npz", archive([("x.npy", x), ("x.npy", x)]))
    put("evil_two_spellings.npz", archive([("x.npy", x), ("x", x)]))
    put("evil_overflow.npz", archive([("x.npy", npy("'<f4'", False, "(4294967296, 4294967296)", b"\0" * 16))]))
    put("evil_shape.npz", archive([("x.npy", npy("'<f4'", False, "(1000, 1000, 1000)", b"\0" * 16))]))
    # The directory claims 4 GiB - 2 inflated bytes.
    bomb = bytearray(archive([("x.npy", x)], zipfile.ZIP_DEFLATED))
    at = bomb.rindex(b"PK\1\2")
    bomb[at + 24:at + 28] = struct.pack("<I", 0xFFFFFFFE)
    put("evil_four_gib.npz", bytes(bomb))
    # Claims a little more, and a little less, than it inflates to.
    for name, change in (("evil_short.npz", 4), ("evil_long.npz", -4), ("evil_one.npz", -1)):
        data = bytearray(archive([("x.npy", x)], zipfile.ZIP_DEFLATED))
        at = data.rindex(b"PK\1\2")
        data[at + 24:at + 28] = struct.pack("<I", len(x) + change)
        put(name, bytes(data))
    # Two entries of the directory share one member (a quoting bomb).
    two = archive([("x.npy", x), ("y.npy", x)])
    at = two.rindex(b"PK\1\2")
    put("evil_overlap.npz", two[:at + 42] + struct.pack("<I", 0) + two[at + 46:])
    one = archive([("x.npy", x)])
    put("evil_count.npz", one[:-14] + struct.pack("<HH", 0xFFF0, 0xFFF0) + one[-10:])
    put("evil_encrypted.npz", one.replace(b"PK\1\2\x14\x03\x14\0\0\0", b"PK\1\2\x14\x03\x14\0\1\0"))
    put("evil_bzip2.npz", archive([("x.npy", x)], zipfile.ZIP_BZIP2))


main()
