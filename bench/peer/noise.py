"""The numbers of bench/harness/noise.cpp, bit by bit, and the numbers by which two programs compare their results."""
import math

import numpy as np


def noise(name, shape, scale=1.0):
    """float32 array in [-1, 1) times `scale`; a complex array is one with a last axis of 2."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    count = math.prod(shape)
    h = np.arange(count, dtype=np.uint32) ^ np.uint32(seed)
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    values = (h >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-23) - np.float32(1)
    return (np.float32(scale) * values).reshape(shape)


def parameter_noise(name, shape, is_complex=False):
    """What fill_with_noise gives a parameter. Complex: (N, Ci, Co, 2)."""
    if is_complex:
        return noise(name, shape, 1 / math.sqrt(shape[1]))
    if len(shape) >= 2:
        return noise(name, shape, 1 / math.sqrt(math.prod(shape[1:])))
    return noise(name, shape, 0.1)


def named_set(name, index):
    """Name of the noise of the index-th input: they take turns."""
    return name if index == 0 else f"{name}.{index}"


def check(name, array):
    """Norm, and product with noise of the same name; complex arrays as pairs."""
    flat = np.asarray(array, dtype=np.float64).reshape(-1)
    return {"name": name, "norm": float(np.sqrt(flat @ flat)),
            "projection": float(flat @ noise(name, (flat.size,)).astype(np.float64))}


def scalar_check(name, value):
    return {"name": name, "norm": value, "projection": value}
