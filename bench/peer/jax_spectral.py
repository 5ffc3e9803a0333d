"""The spectral operator of a Fourier layer in JAX, in three forms; a comparison takes the fastest.

rfft   rfftn, einsum on the kept blocks into a padded spectrum, irfftn
dft    truncated transforms as matrix products, real on the last axis, complex on the others; mixing mode-major
split  the same with real and imaginary parts as arrays of their own, so that every product is a real one

Weights come as (N, Ci, Co, 2), rows ordered as the library orders them; each form keeps its parameters in the layout
that suits it.
"""
import jax.numpy as jnp
import numpy as np
from jax import lax

import modes as mode_sets

FORMS = ("rfft", "dft", "split")


class Spectral:
    """apply(parameters, x): (B, Ci, n…) → (B, Co, n…)."""

    def __init__(self, form, convention, grid, modes, weights):
        self.form, self.grid, self.dims = form, tuple(grid), len(grid)
        self.axes = mode_sets.kept(convention, grid, modes)
        self.used = [len(a.frequencies) for a in self.axes]
        self.rows = [len(a.order) for a in self.axes]
        self.channels = weights.shape[1:3]
        full = mode_sets.ordered(self.axes, weights)  # (rows…, Ci, Co, 2)
        d = self.dims
        if form == "rfft":  # one array for each corner of the spectrum, (Ci, Co, m…, 2)
            self.corners = list(mode_sets.corners(self.axes))
            self.parameters = [np.ascontiguousarray(full[rows].transpose(d, d + 1, *range(d), d + 2))
                               for _, rows in self.corners]
            return
        self.analysis, self.synthesis = mode_sets.last_axis_tables(self.axes)
        self.lead = [mode_sets.leading_table(axis) for axis in self.axes[:-1]]
        # Modes ordered last axis first: the order in which both transforms leave them.
        self.order = [*reversed(range(d)), d, d + 1]
        full = full.transpose(*self.order, d + 2)
        if form == "split":
            self.parameters = [np.ascontiguousarray(full[..., i]) for i in (0, 1)]
        else:
            self.parameters = [np.ascontiguousarray(full)]

    def apply(self, parameters, x):
        return getattr(self, "apply_" + self.form)(parameters, x)

    def apply_rfft(self, blocks, x):
        axes = tuple(range(2, 2 + self.dims))
        x_hat = jnp.fft.rfftn(x, axes=axes)
        out = jnp.zeros((x.shape[0], self.channels[1], *x_hat.shape[2:]), x_hat.dtype)
        letters = "xyz"[:self.dims]
        for (where, _), block in zip(self.corners, blocks):
            at = (slice(None), slice(None)) + where
            part = x_hat[at]
            weight = lax.complex(block[..., 0], block[..., 1])
            weight = weight[(slice(None), slice(None)) + tuple(slice(0, n) for n in part.shape[2:])]
            out = out.at[at].set(jnp.einsum(f"bi{letters},io{letters}->bo{letters}", part, weight))
        for axis in range(self.dims - 1):  # and the last one by itself: the meaning of a spectrum that is not Hermitian
            out = jnp.fft.ifft(out, axis=2 + axis)
        return jnp.fft.irfft(out, n=self.grid[-1], axis=-1)

    def mixing_weight(self, weight):
        """(modes…, Ci, Co), without the rows that this grid has no use for."""
        return weight[tuple(slice(0, n) for n in reversed(self.used))].reshape(-1, *self.channels)

    def apply_dft(self, parameters, x):
        batch = x.shape[0]
        v = (x @ self.analysis).reshape(*x.shape[:-1], -1, 2)
        v = lax.complex(v[..., 0], v[..., 1])  # (B, Ci, n…, K)
        for axis in reversed(range(self.dims - 1)):  # that axis to the end, then a product over it
            v = jnp.moveaxis(v, 2 + axis, -1) @ self.lead[axis]
        weight = self.mixing_weight(lax.complex(parameters[0][..., 0], parameters[0][..., 1]))
        v = jnp.einsum("bin,nio->bon", v.reshape(batch, self.channels[0], -1), weight)
        v = v.reshape(batch, self.channels[1], *reversed(self.used))
        for axis in range(self.dims - 1):
            v = jnp.moveaxis(v @ self.lead[axis].conj().T, -1, 2 + axis)
        v = jnp.stack([v.real, v.imag], -1).reshape(*v.shape[:-1], -1)
        return v @ self.synthesis

    def apply_split(self, parameters, x):
        batch = x.shape[0]
        re, im = x @ self.analysis[:, 0::2], x @ self.analysis[:, 1::2]
        for axis in reversed(range(self.dims - 1)):
            re, im = (jnp.moveaxis(v, 2 + axis, -1) for v in (re, im))
            re, im = complex_product(re, im, self.lead[axis].real, self.lead[axis].imag)
        re, im = (v.reshape(batch, self.channels[0], -1) for v in (re, im))
        w_re, w_im = (self.mixing_weight(w) for w in parameters)
        mix = lambda v, w: jnp.einsum("bin,nio->bon", v, w)
        re, im = mix(re, w_re) - mix(im, w_im), mix(re, w_im) + mix(im, w_re)
        re, im = (v.reshape(batch, self.channels[1], *reversed(self.used)) for v in (re, im))
        for axis in range(self.dims - 1):
            table = self.lead[axis].conj().T
            re, im = complex_product(re, im, table.real, table.imag)
            re, im = (jnp.moveaxis(v, -1, 2 + axis) for v in (re, im))
        return re @ self.synthesis[0::2] + im @ self.synthesis[1::2]

    def weight_grad(self, grads):
        """(N, Ci, Co, 2) in the order of the weights given."""
        d = self.dims
        if self.form == "rfft":
            full = np.zeros((*self.rows, *self.channels, 2), np.float32)
            for (_, rows), grad in zip(self.corners, grads):
                full[rows] = np.asarray(grad).transpose(*range(2, 2 + d), 0, 1, 2 + d)
        else:
            whole = np.stack([np.asarray(g) for g in grads], -1) if self.form == "split" else np.asarray(grads[0])
            inverse = sorted(range(len(self.order)), key=self.order.__getitem__)
            full = whole.transpose(*inverse, d + 2)
        return mode_sets.as_given(self.axes, full)


def complex_product(re, im, table_re, table_im):
    return re @ table_re - im @ table_im, re @ table_im + im @ table_re
