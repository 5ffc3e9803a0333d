"""The spectral operator of a Fourier layer in PyTorch, in three forms; a comparison takes the fastest.

rfft       the pipeline everybody writes: rfftn, einsum on the kept blocks into a padded spectrum, irfftn
truncated  transforms axis by axis and drops the rest after each; mixing mode-major as one batched product
dft        truncated transforms as matrix products (real on the last axis, complex on the others); mixing the same

Weights come as (N, Ci, Co, 2), mode-major, rows ordered as bench/harness and the library order them; each form keeps
its parameters in the layout that suits it.
"""
import itertools
import math

import torch
from torch import nn

FORMS = ("rfft", "truncated", "dft")


def kept(convention, grid, modes):
    """For each axis (frequencies kept, rows of the weights they use, rows the weights have)."""
    axes = []
    for i, n in enumerate(grid):
        last = i == len(grid) - 1
        if convention == "corner":
            count = min(modes, n // 2 + 1 if last else n)
            axes.append((list(range(count)), list(range(count)), modes))
        elif last:
            axes.append((list(range(modes)), list(range(modes)), modes))
        else:
            axes.append((list(range(modes)) + list(range(-modes, 0)), list(range(2 * modes)), 2 * modes))
    return axes


class Spectral(nn.Module):
    def __init__(self, form, convention, grid, modes, weights):
        super().__init__()
        self.form, self.grid, self.modes = form, tuple(grid), modes
        self.axes = kept(convention, grid, modes)
        self.dims = len(grid)
        self.rows = [axis[2] for axis in self.axes]
        self.channels = weights.shape[1:3]
        full = weights.reshape(*self.rows, *weights.shape[1:])  # (rows…, Ci, Co, 2)
        if form == "rfft":
            self.load_blocks(full)
            return
        # Modes ordered last axis first: the order in which both transforms leave them.
        order = list(reversed(range(self.dims))) + [self.dims, self.dims + 1, self.dims + 2]
        self.order = order
        self.weight = nn.Parameter(full.permute(order).contiguous())
        self.used = [len(self.axes[axis][0]) for axis in reversed(range(self.dims))]
        self.capped = self.used != list(self.weight.shape[:self.dims])
        if form == "dft":
            self.make_tables()

    # --- rfft

    def load_blocks(self, full):
        """One parameter for each corner of the spectrum, (Ci, Co, m…, 2)."""
        m = self.modes
        halves = [[slice(0, m)] if rows == m else [slice(0, m), slice(m, 2 * m)] for rows in self.rows]
        self.weight_corners = list(itertools.product(*halves))
        d = self.dims
        self.blocks = nn.ParameterList(
            [nn.Parameter(full[c].permute(d, d + 1, *range(d), d + 2).contiguous()) for c in self.weight_corners])
        self.spectrum_corners = []
        for corner in self.weight_corners:
            where = []
            for s, (frequencies, _, rows) in zip(corner, self.axes):
                count = len(frequencies) if rows == m else m
                where.append(slice(0, count) if s.start == 0 else slice(-m, None))
            self.spectrum_corners.append(tuple(where))

    def forward_rfft(self, x):
        axes = tuple(range(2, 2 + self.dims))
        x_hat = torch.fft.rfftn(x, dim=axes)
        out = torch.zeros(x.shape[0], self.channels[1], *x_hat.shape[2:], dtype=x_hat.dtype)
        letters = "xyz"[:self.dims]
        for where, block in zip(self.spectrum_corners, self.blocks):
            at = (slice(None), slice(None)) + where
            weight = torch.view_as_complex(block)
            part = x_hat[at]
            weight = weight[(slice(None), slice(None)) + tuple(slice(0, n) for n in part.shape[2:])]
            out[at] = torch.einsum(f"bi{letters},io{letters}->bo{letters}", part, weight)
        return torch.fft.irfftn(out, s=self.grid, dim=axes)

    # --- mode-major mixing, for the other two

    def mix(self, x_hat, batch):
        """(B, Ci, modes…) → (B, Co, modes…), the modes in the order of the weights."""
        n = math.prod(self.used)
        weight = self.weight
        if self.capped:
            weight = weight[tuple(slice(0, k) for k in self.used)]
        weight = torch.view_as_complex(weight.reshape(n, *self.channels, 2))
        x_hat = x_hat.reshape(batch * self.channels[0], n).t().reshape(n, batch, self.channels[0])
        y_hat = torch.bmm(x_hat, weight)
        return y_hat.reshape(n, batch * self.channels[1]).t().reshape(batch, self.channels[1], *self.used)

    # --- truncated

    def forward_truncated(self, x):
        v = torch.fft.rfft(x)[..., :len(self.axes[-1][0])]
        for axis in reversed(range(self.dims - 1)):
            v = torch.fft.fft(v, dim=2 + axis)
            v = self.keep_rows(v, 2 + axis, self.axes[axis][0])
        v = v.permute(0, 1, *reversed(range(2, 2 + self.dims)))
        v = self.mix(v, x.shape[0])
        v = v.permute(0, 1, *reversed(range(2, 2 + self.dims)))
        for axis in range(self.dims - 1):
            v = torch.fft.ifft(self.pad_rows(v, 2 + axis, self.axes[axis][0], self.grid[axis]), dim=2 + axis)
        return torch.fft.irfft(v, n=self.grid[-1])

    @staticmethod
    def keep_rows(v, dim, frequencies):
        low = sum(k >= 0 for k in frequencies)
        parts = [v.narrow(dim, 0, low)]
        if low < len(frequencies):
            high = len(frequencies) - low
            parts.append(v.narrow(dim, v.shape[dim] - high, high))
        return torch.cat(parts, dim) if len(parts) > 1 else parts[0]

    @staticmethod
    def pad_rows(v, dim, frequencies, n):
        low = sum(k >= 0 for k in frequencies)
        shape = list(v.shape)
        shape[dim] = n - len(frequencies)
        parts = [v.narrow(dim, 0, low), torch.zeros(shape, dtype=v.dtype)]
        if low < len(frequencies):
            parts.append(v.narrow(dim, low, len(frequencies) - low))
        return torch.cat(parts, dim)

    # --- dft

    def make_tables(self):
        n, columns = self.grid[-1], torch.tensor(self.axes[-1][0], dtype=torch.float64)
        points = torch.arange(n, dtype=torch.float64)
        angle = 2 * math.pi / n * torch.remainder(points[:, None] * columns[None], n)
        analysis = torch.stack([angle.cos(), -angle.sin()], -1).reshape(n, -1)  # (n, 2·m2), pairs
        weight = torch.where((columns == 0) | (2 * columns == n), 1.0, 2.0)[None, :, None] / math.prod(self.grid)
        synthesis = (weight * torch.stack([angle.cos(), -angle.sin()], -1)).reshape(n, -1).t()
        self.analysis, self.synthesis = analysis.float().contiguous(), synthesis.float().contiguous()
        self.lead = []
        for axis in range(self.dims - 1):
            n = self.grid[axis]
            k = torch.tensor(self.axes[axis][0], dtype=torch.float64)
            angle = 2 * math.pi / n * torch.remainder(torch.arange(n, dtype=torch.float64)[:, None] * k[None], n)
            forward = torch.complex(angle.cos(), -angle.sin()).to(torch.complex64)  # (n, K)
            self.lead.append((forward.contiguous(), forward.conj().t().resolve_conj().contiguous()))

    def forward_dft(self, x):
        batch, planes, last = x.shape[0], x.shape[0] * x.shape[1], len(self.axes[-1][0])
        lead = self.grid[:-1]
        v = x.reshape(-1, self.grid[-1]) @ self.analysis
        v = torch.view_as_complex(v.reshape(planes, *lead, last, 2))
        for axis in reversed(range(self.dims - 1)):  # that axis to the end, then a product over it
            v = v.movedim(1 + axis, -1)
            shape = v.shape
            v = (v.reshape(-1, shape[-1]) @ self.lead[axis][0]).reshape(*shape[:-1], -1)
        v = self.mix(v, batch)
        planes = batch * self.channels[1]
        v = v.reshape(planes, *self.used)
        for axis in range(self.dims - 1):
            shape = v.shape
            v = (v.reshape(-1, shape[-1]) @ self.lead[axis][1]).reshape(*shape[:-1], -1).movedim(-1, 1 + axis)
        v = torch.view_as_real(v.contiguous()).reshape(-1, 2 * last) @ self.synthesis
        return v.reshape(batch, self.channels[1], *self.grid)

    def forward(self, x):
        return getattr(self, "forward_" + self.form)(x)

    def weight_grad(self):
        """Gradient as (N, Ci, Co, 2) in the order of the weights given."""
        if self.form != "rfft":
            inverse = sorted(range(len(self.order)), key=self.order.__getitem__)
            return self.weight.grad.permute(inverse).reshape(-1, *self.channels, 2)
        full = torch.zeros(*self.rows, *self.channels, 2)
        d = self.dims
        for corner, block in zip(self.weight_corners, self.blocks):
            full[corner] = block.grad.permute(*range(2, 2 + d), 0, 1, 2 + d)
        return full.reshape(-1, *self.channels, 2)
