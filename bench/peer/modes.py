"""Which frequencies a layer keeps, as framework/ops/spectral.h has it, and the tables of its truncated transforms."""
import dataclasses
import itertools
import math

import numpy as np


@dataclasses.dataclass
class Axis:
    frequencies: list  # kept: 0, 1, … and then the negative ones, ascending: their places in an FFT's result
    order: list        # the weights' rows in that order, idle ones last
    n: int

    @property
    def positive(self):
        return sum(k >= 0 for k in self.frequencies)

    @property
    def runs(self):
        """(slice of the spectrum, slice of the ordered rows) for frequencies >= 0, and for those below if any."""
        low, kept = self.positive, len(self.frequencies)
        if low == kept:
            return [(slice(0, low), slice(0, len(self.order)))]
        return [(slice(0, low), slice(0, low)), (slice(low - kept, None), slice(low, kept))]


def kept(convention, grid, modes):
    """An Axis for each axis of the grid."""
    axes = []
    for i, n in enumerate(grid):
        last = i == len(grid) - 1
        if convention == "corner":
            count = min(modes, n // 2 + 1 if last else n)
            axes.append(Axis(list(range(count)), list(range(modes)), n))
        elif last:
            count = modes if convention == "classic" else modes // 2 + 1
            axes.append(Axis(list(range(count)), list(range(count)), n))
        elif convention == "classic":
            axes.append(Axis([*range(modes), *range(-modes, 0)], list(range(2 * modes)), n))
        else:
            below = modes // 2
            axes.append(Axis([*range(modes - below), *range(-below, 0)], [*range(below, modes), *range(below)], n))
    return axes


def ordered(axes, weights):
    """(N, Ci, Co, 2) as given → (rows…, Ci, Co, 2) in the order of the axes."""
    full = weights.reshape(*(len(a.order) for a in axes), *weights.shape[1:])
    return full[np.ix_(*(a.order for a in axes))]


def as_given(axes, full):
    """The reverse of ordered."""
    inverse = [np.argsort(a.order) for a in axes]
    return full[np.ix_(*inverse)].reshape(-1, *full.shape[len(axes):])


def corners(axes):
    """(slices of the spectrum, slices of the ordered weights) for each block of the spectrum."""
    for runs in itertools.product(*(a.runs for a in axes)):
        yield tuple(r[0] for r in runs), tuple(r[1] for r in runs)


def angles(n, frequencies):
    """2π·j·k/n, (n, K), reduced exactly."""
    points, k = np.arange(n, dtype=np.int64), np.asarray(frequencies, dtype=np.int64)
    return 2 * math.pi / n * ((points[:, None] * k[None]) % n)


def last_axis_tables(axes):
    """Real input to pairs (n, 2·K) and back (2·K, n), the inverse scaled by the whole grid's number of points."""
    axis = axes[-1]
    angle, k = angles(axis.n, axis.frequencies), np.asarray(axis.frequencies)
    pairs = np.stack([np.cos(angle), -np.sin(angle)], -1)
    weight = np.where((k == 0) | (2 * k == axis.n), 1.0, 2.0)[None, :, None] / math.prod(a.n for a in axes)
    return (pairs.reshape(axis.n, -1).astype(np.float32),
            np.ascontiguousarray((weight * pairs).reshape(axis.n, -1).T.astype(np.float32)))


def leading_table(axis):
    """exp(-iθ), (n, K); its conjugate transpose leads back."""
    angle = angles(axis.n, axis.frequencies)
    return (np.cos(angle) - 1j * np.sin(angle)).astype(np.complex64)
