"""The networks of the library in PyTorch: same parameters, same names, same arithmetic."""
import math
import time

import torch
import torch.nn.functional as F
from torch import nn

from modes import kept
from noise import parameter_noise
from torch_device import tensor
from torch_spectral import Spectral


def faster_of(candidates, calls=4):
    """Index of the callable that takes least time (best of `calls`); those that raise are out."""
    best, winner = math.inf, None
    for i, call in enumerate(candidates):
        try:
            call()
        except (RuntimeError, TypeError, ValueError):
            continue
        for _ in range(calls):
            start = time.perf_counter()
            call()
            taken = time.perf_counter() - start
            if taken < best:
                best, winner = taken, i
    return winner


class Pointwise(nn.Module):
    """A convolution 1 wide: as a convolution or as a matrix product, whichever is faster here on its first input."""

    def __init__(self, name, dims, cin, cout):
        super().__init__()
        self.conv = (F.conv1d, F.conv2d, F.conv3d)[dims - 1]
        self.weight = nn.Parameter(tensor(parameter_noise(name + ".weight", (cout, cin) + (1,) * dims)))
        self.bias = nn.Parameter(tensor(parameter_noise(name + ".bias", (cout,))))
        self.way = None

    def as_conv(self, x):
        return self.conv(x, self.weight, self.bias)

    def as_product(self, x):
        w = self.weight.flatten(1)
        y = torch.baddbmm(self.bias[None, :, None], w.expand(x.shape[0], -1, -1), x.flatten(2))
        return y.unflatten(2, x.shape[2:])

    def forward(self, x):
        if self.way is None:
            probe = x.detach().requires_grad_()

            def trial(way):
                y = way(probe)
                torch.autograd.grad(y, (probe, self.weight, self.bias), y.detach())

            ways = (self.as_conv, self.as_product)
            with torch.enable_grad():
                self.way = ways[faster_of([lambda w=w: trial(w) for w in ways])]
        return self.way(x)


class Conv(nn.Module):
    def __init__(self, name, cin, cout, kernel, stride=1, padding=0, transposed=False, dims=2):
        super().__init__()
        shape = (cin, cout) if transposed else (cout, cin)
        self.weight = nn.Parameter(tensor(parameter_noise(name + ".weight", shape + (kernel,) * dims)))
        self.bias = nn.Parameter(tensor(parameter_noise(name + ".bias", (cout,))))
        self.stride, self.padding, self.transposed = stride, padding, transposed
        self.conv = (F.conv1d, F.conv2d, F.conv3d)[dims - 1]

    def forward(self, x):
        if self.transposed:
            return F.conv_transpose2d(x, self.weight, self.bias, self.stride)
        return self.conv(x, self.weight, self.bias, self.stride, self.padding)


class FourierLayer(nn.Module):
    def __init__(self, form, name, grid, channels, modes, convention, kernel,
                 spectral=".spectral.weights", conv=".local_conv"):
        super().__init__()
        dims = len(grid)
        rows = math.prod(len(axis.order) for axis in kept(convention, grid, modes))
        weights = parameter_noise(name + spectral, (rows, channels, channels, 2), True)
        self.spectral = Spectral(form, convention, grid, modes, weights)
        if kernel == 1:
            self.conv = Pointwise(name + conv, dims, channels, channels)
        else:
            self.conv = Conv(name + conv, channels, channels, kernel, padding=kernel // 2, dims=dims)

    def forward(self, x):
        return self.spectral(x) + self.conv(x)


class StableTail(nn.Module):
    """x + gate ⊙ InstanceNorm(GELU(z))."""

    def __init__(self, names, channels):
        super().__init__()
        self.gamma, self.beta, self.gate = (nn.Parameter(tensor(parameter_noise(n, (channels,)))) for n in names)

    def forward(self, x, z):
        normed = F.instance_norm(F.gelu(z), weight=self.gamma, bias=self.beta, eps=1e-5)
        return x + self.gate.reshape(1, -1, *(1,) * (x.dim() - 2)) * normed


class Operator(nn.Module):
    """fno_operator and stable_fno without padding."""

    def __init__(self, form, case):
        super().__init__()
        grid, stable, width, modes = tuple(case["grid"]), case["stable"], case["width"], case["modes"]
        dims, blocks, projection = len(grid), case["blocks"], case["projection"]
        self.grid, self.stable = grid, stable
        axes = torch.meshgrid(*[torch.arange(n) / n for n in grid], indexing="ij")
        self.coordinates = torch.stack(axes)[None].expand(case["batch"], *(-1,) * (dims + 1)).contiguous()
        self.lift = Pointwise("lift", dims, case["in"] + dims, width)
        self.layers = nn.ModuleList([
            FourierLayer(form, f"blocks.{i}", grid, width, modes, "classic", 3 if stable else 1)
            for i in range(blocks)])
        self.tails = nn.ModuleList([
            StableTail((f"blocks.{i}.norm.weight", f"blocks.{i}.norm.bias", f"blocks.{i}.layerscale"), width)
            for i in range(blocks)] if stable else [])
        self.head0 = Pointwise("head.0", dims, width, projection)
        self.head1 = Pointwise("head.1", dims, projection, 1)

    def forward(self, x):
        v = self.lift(torch.cat([x, self.coordinates], 1))
        for i, layer in enumerate(self.layers):
            if self.stable:
                v = self.tails[i](v, layer(v))
            else:
                v = layer(v)
                if i + 1 < len(self.layers):
                    v = F.gelu(v)
        return self.head1(F.gelu(self.head0(v)))


class Hybrid(nn.Module):
    """hybrid, Stage A's U-shaped network: corner modes."""

    def __init__(self, form, case):
        super().__init__()
        points, width, modes, levels = case["grid"][0], case["width"], case["modes"], case["levels"]
        widths = [width << i for i in range(levels)]

        def block(name, level, m):
            side = points >> level
            return FourierLayer(form, name, (side, side), widths[level], m, "corner", 3)

        self.lift = nn.ModuleList([Conv("lifter.conv1", 1, width, 3, padding=1),
                                   Conv("lifter.conv2", width, width, 3, padding=1)])
        self.encoder = nn.ModuleList([block(f"encoder_blocks.{i}", i, modes) for i in range(levels)])
        self.down = nn.ModuleList([Conv(f"downsample.{i}", widths[i], widths[i + 1], 2, 2) for i in range(levels - 1)])
        self.bottleneck = block("bottleneck", levels - 1, modes // 2)
        back = list(reversed(range(levels - 1)))
        self.up = nn.ModuleList([Conv(f"upsample.{j}", widths[i + 1], widths[i], 2, 2, transposed=True)
                                 for j, i in enumerate(back)])
        self.decoder = nn.ModuleList([
            nn.ModuleList([Conv(f"decoder_blocks.{j}.0", 2 * widths[i], widths[i], 3, padding=1),
                           Conv(f"decoder_blocks.{j}.2", widths[i], widths[i], 3, padding=1)])
            for j, i in enumerate(back)])
        self.head = Pointwise("output_proj", 2, width, 2)

    def forward(self, x):
        v = self.lift[1](F.gelu(self.lift[0](x)))
        skips = []
        for i, layer in enumerate(self.encoder):
            v = v + F.gelu(layer(v))
            if i < len(self.down):
                skips.append(v)
                v = self.down[i](v)
        v = v + F.gelu(self.bottleneck(v))
        for up, (first, second) in zip(self.up, self.decoder):
            v = second(F.gelu(first(torch.cat([up(v), skips.pop()], 1))))
        return self.head(v)
