"""The networks of the library in JAX: same parameters, same names, same arithmetic. A module holds NumPy arrays in
`parameters` (a tree) and has apply(parameters, x)."""
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from jax_spectral import Spectral
from modes import kept
from noise import parameter_noise


def gelu(x):
    return jax.nn.gelu(x, approximate=False)


class Conv:
    """A convolution, or with `transposed` its adjoint: in the fastest of a few ways, tried outside of the program.
    How: apply it to shapes alone (jax.eval_shape), then choose_ways(), then compile."""
    wanted, chosen = {}, {}

    def __init__(self, name, dims, cin, cout, kernel, stride=1, transposed=False):
        shape = (cin, cout) if transposed else (cout, cin)
        self.parameters = {"weight": parameter_noise(name + ".weight", shape + (kernel,) * dims),
                           "bias": parameter_noise(name + ".bias", (cout,))}
        self.dims, self.kernel, self.stride, self.transposed = dims, kernel, stride, transposed

    def ways(self):
        if self.kernel == 1 or self.transposed:
            return ("conv", "product") if not self.transposed else ("product", "conv")
        if self.kernel == self.stride:
            return ("conv", "product", "channels last")
        return ("conv", "channels last", "taps")

    def apply(self, p, x):
        key = (x.shape, p["weight"].shape, self.stride, self.transposed)
        if key not in Conv.chosen:
            Conv.wanted[key] = self
        return self.by(Conv.chosen.get(key, "conv"), p["weight"], p["bias"], x)

    def by(self, way, w, b, x):
        bias = b.reshape(1, -1, *(1,) * self.dims)
        pad = [(self.kernel // 2, self.kernel // 2) if self.stride == 1 else (0, 0)] * self.dims
        letters = "DHW"[3 - self.dims:]
        if way == "conv" and not self.transposed:
            return lax.conv_general_dilated(x, w, (self.stride,) * self.dims, pad,
                                            dimension_numbers=("NC" + letters, "OI" + letters, "NC" + letters)) + bias
        if way == "conv":
            return lax.conv_transpose(x, w, (self.stride,) * self.dims, "VALID", transpose_kernel=False,
                                      dimension_numbers=("NC" + letters, "IO" + letters, "NC" + letters)) + bias
        if way == "channels last":
            last = "N" + letters + "C"
            y = lax.conv_general_dilated(jnp.moveaxis(x, 1, -1), w, (self.stride,) * self.dims, pad,
                                         dimension_numbers=(last, "OI" + letters, last))
            return jnp.moveaxis(y, -1, 1) + bias
        if way == "product" and self.kernel == 1:
            y = jnp.einsum("oi,bip->bop", w.reshape(w.shape[:2]), x.reshape(*x.shape[:2], -1))
            return y.reshape(x.shape[0], -1, *x.shape[2:]) + bias
        if way == "product":  # 2-D, kernel as wide as the stride: patches that do not meet
            k = self.kernel
            if self.transposed:
                y = jnp.einsum("bihw,iokl->bohkwl", x, w)
                return y.reshape(*y.shape[:2], k * x.shape[2], k * x.shape[3]) + bias
            patches = x.reshape(*x.shape[:2], x.shape[2] // k, k, x.shape[3] // k, k)
            return jnp.einsum("bihkwl,oikl->bohw", patches, w) + bias
        padded = jnp.pad(x, [(0, 0), (0, 0)] + pad)  # "taps": a product for each
        y = bias
        for tap in np.ndindex(*w.shape[2:]):
            part = padded[(slice(None), slice(None)) + tuple(slice(t, t + n) for t, n in zip(tap, x.shape[2:]))]
            product = jnp.einsum("oi,bip->bop", w[(slice(None), slice(None)) + tap], part.reshape(*x.shape[:2], -1))
            y = y + product.reshape(x.shape[0], -1, *x.shape[2:])
        return y


def choose_ways(calls=3):
    """Tries the ways of every convolution seen so far, forward and backward."""
    for key, conv in Conv.wanted.items():
        x = np.full(key[0], 0.5, np.float32)
        best = None
        for way in conv.ways():
            def trial(w, b, x, way=way):
                return jnp.sum(conv.by(way, w, b, x) ** 2)
            grads = jax.jit(jax.grad(trial, (0, 1, 2)))
            arguments = (conv.parameters["weight"], conv.parameters["bias"], jnp.asarray(x))
            jax.block_until_ready(grads(*arguments))
            taken = []
            for _ in range(calls):
                start = time.perf_counter()
                jax.block_until_ready(grads(*arguments))
                taken.append(time.perf_counter() - start)
            if best is None or min(taken) < best:
                best, Conv.chosen[key] = min(taken), way
    Conv.wanted.clear()


class FourierLayer:
    def __init__(self, form, name, grid, channels, modes, convention, kernel, spectral=".spectral.weights",
                 conv=".local_conv"):
        rows = int(np.prod([len(axis.order) for axis in kept(convention, grid, modes)]))
        weights = parameter_noise(name + spectral, (rows, channels, channels, 2), True)
        self.spectral = Spectral(form, convention, grid, modes, weights)
        self.conv = Conv(name + conv, len(grid), channels, channels, kernel)
        self.parameters = {"spectral": self.spectral.parameters, "conv": self.conv.parameters}

    def apply(self, p, x):
        return self.spectral.apply(p["spectral"], x) + self.conv.apply(p["conv"], x)


class StableTail:
    """x + gate ⊙ InstanceNorm(GELU(z))."""

    def __init__(self, names, channels):
        self.parameters = {key: parameter_noise(name, (channels,))
                           for key, name in zip(("gamma", "beta", "gate"), names)}

    @staticmethod
    def apply(p, x, z):
        a = gelu(z)
        axes = tuple(range(2, a.ndim))
        mean = a.mean(axes, keepdims=True)
        variance = ((a - mean) ** 2).mean(axes, keepdims=True)
        gamma, beta, gate = (p[k].reshape(1, -1, *(1,) * len(axes)) for k in ("gamma", "beta", "gate"))
        return x + gate * (gamma * (a - mean) * lax.rsqrt(variance + 1e-5) + beta)


class Operator:
    """fno_operator and stable_fno without padding."""

    def __init__(self, form, case):
        grid, stable, width = tuple(case["grid"]), case["stable"], case["width"]
        dims, blocks = len(grid), range(case["blocks"])
        axes = np.meshgrid(*[(np.arange(n) / n).astype(np.float32) for n in grid], indexing="ij")
        self.coordinates = np.broadcast_to(np.stack(axes)[None], (case["batch"], dims, *grid))
        self.lift = Conv("lift", dims, case["in"] + dims, width, 1)
        self.layers = [FourierLayer(form, f"blocks.{i}", grid, width, case["modes"], "classic", 3 if stable else 1)
                       for i in blocks]
        self.tails = [StableTail((f"blocks.{i}.norm.weight", f"blocks.{i}.norm.bias", f"blocks.{i}.layerscale"), width)
                      for i in blocks if stable]
        self.head = [Conv("head.0", dims, width, case["projection"], 1), Conv("head.1", dims, case["projection"], 1, 1)]
        self.parameters = {"lift": self.lift.parameters, "layers": [m.parameters for m in self.layers],
                           "tails": [m.parameters for m in self.tails], "head": [m.parameters for m in self.head]}

    def apply(self, p, x):
        v = self.lift.apply(p["lift"], jnp.concatenate([x, self.coordinates], 1))
        for i, layer in enumerate(self.layers):
            z = layer.apply(p["layers"][i], v)
            if self.tails:
                v = self.tails[i].apply(p["tails"][i], v, z)
            else:
                v = gelu(z) if i + 1 < len(self.layers) else z
        return self.head[1].apply(p["head"][1], gelu(self.head[0].apply(p["head"][0], v)))


class Hybrid:
    """hybrid, Stage A's U-shaped network: corner modes."""

    def __init__(self, form, case):
        points, width, modes, levels = case["grid"][0], case["width"], case["modes"], case["levels"]
        widths = [width << i for i in range(levels)]
        back = list(reversed(range(levels - 1)))

        def block(name, level, m):
            side = points >> level
            return FourierLayer(form, name, (side, side), widths[level], m, "corner", 3)

        self.parts = {
            "lift": [Conv("lifter.conv1", 2, 1, width, 3), Conv("lifter.conv2", 2, width, width, 3)],
            "encoder": [block(f"encoder_blocks.{i}", i, modes) for i in range(levels)],
            "down": [Conv(f"downsample.{i}", 2, widths[i], widths[i + 1], 2, 2) for i in range(levels - 1)],
            "bottleneck": [block("bottleneck", levels - 1, modes // 2)],
            "up": [Conv(f"upsample.{j}", 2, widths[i + 1], widths[i], 2, 2, True) for j, i in enumerate(back)],
            "first": [Conv(f"decoder_blocks.{j}.0", 2, 2 * widths[i], widths[i], 3) for j, i in enumerate(back)],
            "second": [Conv(f"decoder_blocks.{j}.2", 2, widths[i], widths[i], 3) for j, i in enumerate(back)],
            "head": [Conv("output_proj", 2, width, 2, 1)]}
        self.parameters = {key: [m.parameters for m in parts] for key, parts in self.parts.items()}

    def apply(self, p, x):
        def run(key, i, v):
            return self.parts[key][i].apply(p[key][i], v)

        v = run("lift", 1, gelu(run("lift", 0, x)))
        skips = []
        for i in range(len(self.parts["encoder"])):
            v = v + gelu(run("encoder", i, v))
            if i < len(self.parts["down"]):
                skips.append(v)
                v = run("down", i, v)
        v = v + gelu(run("bottleneck", 0, v))
        for j in range(len(self.parts["up"])):
            v = jnp.concatenate([run("up", j, v), skips.pop()], 1)
            v = run("second", j, gelu(run("first", j, v)))
        return run("head", 0, v)
