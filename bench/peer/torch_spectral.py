"""The spectral operator of a Fourier layer in PyTorch, in three forms; a comparison takes the fastest.

rfft       the pipeline everybody writes: rfftn, einsum on the kept blocks into a padded spectrum, irfftn
truncated  transforms axis by axis and drops the rest after each; mixing mode-major as one batched product
dft        truncated transforms as matrix products (real on the last axis, complex on the others); mixing the same

Weights come as (N, Ci, Co, 2), mode-major, rows ordered as the library orders them; each form keeps its parameters in
the layout that suits it.
"""
import math

import numpy as np
import torch
from torch import nn

import modes as mode_sets
from torch_device import tensor

FORMS = ("rfft", "truncated", "dft")


class Spectral(nn.Module):
    def __init__(self, form, convention, grid, modes, weights):
        super().__init__()
        self.form, self.grid = form, tuple(grid)
        self.axes = mode_sets.kept(convention, grid, modes)
        self.dims = len(grid)
        self.channels = weights.shape[1:3]
        full = mode_sets.ordered(self.axes, weights)  # (rows…, Ci, Co, 2)
        d = self.dims
        if form == "rfft":  # one parameter for each corner of the spectrum, (Ci, Co, m…, 2)
            self.corners = list(mode_sets.corners(self.axes))
            self.blocks = nn.ParameterList(
                [nn.Parameter(tensor(full[rows].transpose(d, d + 1, *range(d), d + 2))) for _, rows in self.corners])
            return
        # Modes ordered last axis first: the order in which both transforms leave them.
        self.order = [*reversed(range(d)), d, d + 1, d + 2]
        self.weight = nn.Parameter(tensor(full.transpose(self.order)))
        self.used = [len(axis.frequencies) for axis in reversed(self.axes)]
        self.capped = self.used != list(self.weight.shape[:d])
        if form == "dft":
            self.analysis, self.synthesis = (tensor(t) for t in mode_sets.last_axis_tables(self.axes))
            tables = [mode_sets.leading_table(axis) for axis in self.axes[:-1]]
            self.lead = [(tensor(t), tensor(t.conj().T)) for t in tables]

    # --- rfft

    def forward_rfft(self, x):
        axes = tuple(range(2, 2 + self.dims))
        x_hat = torch.fft.rfftn(x, dim=axes)
        out = torch.zeros(x.shape[0], self.channels[1], *x_hat.shape[2:], dtype=x_hat.dtype)
        letters = "xyz"[:self.dims]
        for (where, _), block in zip(self.corners, self.blocks):
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
        v = torch.fft.rfft(x)[..., :len(self.axes[-1].frequencies)]
        for axis in reversed(range(self.dims - 1)):
            v = torch.fft.fft(v, dim=2 + axis)
            v = self.keep_rows(v, 2 + axis, self.axes[axis].frequencies)
        v = v.permute(0, 1, *reversed(range(2, 2 + self.dims)))
        v = self.mix(v, x.shape[0])
        v = v.permute(0, 1, *reversed(range(2, 2 + self.dims)))
        for axis in range(self.dims - 1):
            v = torch.fft.ifft(self.pad_rows(v, 2 + axis, self.axes[axis].frequencies, self.grid[axis]), dim=2 + axis)
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

    def forward_dft(self, x):
        batch, planes, last = x.shape[0], x.shape[0] * x.shape[1], len(self.axes[-1].frequencies)
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
        d = self.dims
        if self.form != "rfft":
            inverse = sorted(range(len(self.order)), key=self.order.__getitem__)
            return mode_sets.as_given(self.axes, self.weight.grad.permute(inverse).cpu().numpy())
        full = np.zeros((*(len(a.order) for a in self.axes), *self.channels, 2), np.float32)
        for (_, rows), block in zip(self.corners, self.blocks):
            full[rows] = block.grad.permute(*range(2, 2 + d), 0, 1, 2 + d).cpu().numpy()
        return mode_sets.as_given(self.axes, full)
