"""The cases of bench/ in PyTorch. make(case, form) gives (call, checks): what to time, and numbers to compare."""
import torch
import torch.nn.functional as F

from networks import FourierLayer, Hybrid, Operator, StableTail, faster_of
from noise import DEVICE, check, noise
from spectral import FORMS

LAYERS = {  # batch, channels, grid, modes, convention, kernel
    "B1": (20, 64, (1024,), 16, "classic", 1),
    "B2": (20, 64, (2048,), 16, "classic", 1),
    "D1": (20, 32, (85, 85), 12, "classic", 1),
    "D2": (20, 32, (141, 141), 12, "classic", 1),
    "D3": (20, 32, (211, 211), 12, "classic", 1),
    "N1": (20, 20, (64, 64), 12, "classic", 1),
    "N3": (10, 20, (64, 64, 20), 8, "classic", 1),
    "P32": (16, 32, (64, 64), 12, "corner", 3),
    "P64": (16, 64, (64, 64), 12, "corner", 3),
}
OPERATORS = {  # stable, grid, batch, width, modes
    "E0": (False, (16, 16), 20, 32, 8),
    "E0S": (True, (16, 16), 20, 32, 8),
    "E1": (False, (85, 85), 20, 32, 12),
    "E2": (False, (1024,), 20, 64, 16),
}
RATE, CHECKED_STEPS = 1e-3, 4


# On a GPU eager PyTorch waits for the host between kernels, so its compiler takes part.
COMPILED = {"+compile": "default", "+reduce-overhead": "reduce-overhead"}
COMPILED_FORMS = ("rfft+compile", "dft+compile", "dft+reduce-overhead")


def forms(case):
    if case == "E6":
        return ("adam",)
    if DEVICE == "cpu":
        return FORMS
    return FORMS + COMPILED_FORMS


def split_form(form):
    """("rfft", compile mode or None)"""
    for way, mode in COMPILED.items():
        if form.endswith(way):
            return form[:-len(way)], mode
    return form, None


def compiled(function, mode):
    return function if mode is None else torch.compile(function, mode=mode)


def names():
    layers = [f"{name}/{kind}" for name in LAYERS for kind in ("operator", "forward", "train")]
    return layers + list(OPERATORS) + ["E5", "E6"]


def adam(parameters):
    """Adam in the fastest of the ways this PyTorch has, found by trying; parameters and gradients come back as they
    were."""
    parameters = list(parameters)
    options = [{}, {"foreach": True}, {"fused": True}]
    before = [p.detach().clone() for p in parameters]
    given = [p.grad for p in parameters]
    for p in parameters:
        p.grad = torch.full_like(p, 1e-3) if p.grad is None else p.grad

    def trial(option):
        state = {}

        def call():
            if not state:
                state["optimizer"] = torch.optim.Adam(parameters, lr=RATE, **option)
            state["optimizer"].step()
        return call

    choice = options[faster_of([trial(o) for o in options])]
    with torch.no_grad():
        for p, value, grad in zip(parameters, before, given):
            p.copy_(value)
            p.grad = grad
    return torch.optim.Adam(parameters, lr=RATE, **choice)


def relative_l2(p, t):
    p, t = p.flatten(1), t.flatten(1)
    return ((p - t).norm(dim=1) / t.norm(dim=1)).mean()


def make_layer(case, form):
    name, kind = case.split("/")
    form, mode = split_form(form)
    batch, channels, grid, modes, convention, kernel = LAYERS[name]
    layer = FourierLayer(form, "", grid, channels, modes, convention, kernel, spectral="spectral", conv="conv")
    with torch.no_grad():  # the names of the C++ case
        taps = (kernel,) * len(grid)
        layer.conv.weight.copy_(noise("conv", (channels, channels, *taps), (channels * kernel ** len(grid)) ** -0.5))
        layer.conv.bias.copy_(noise("bias", (channels,), 0.1))
    tail = StableTail(("gamma", "beta", "gate"), channels) if kernel == 3 else None
    x = noise("x", (batch, channels, *grid)).requires_grad_()
    dy = noise("dy", (batch, channels, *grid))

    def forward():
        z = layer(x)
        return tail(x, z) if tail else F.gelu(z)

    forward, spectral = compiled(forward, mode), compiled(layer.spectral, mode)

    @torch.no_grad()
    def operator_only():
        return spectral(x)

    @torch.no_grad()
    def forward_only():
        return forward()

    def clear():
        x.grad = None
        for module in (layer, tail) if tail else (layer,):
            module.zero_grad(set_to_none=True)

    def train():
        forward().backward(dy)
        clear()

    if kind == "operator":
        return operator_only, [check("y", operator_only())]
    if kind == "forward":
        return forward_only, [check("y", forward_only())]
    forward().backward(dy)
    checks = [check("dx", x.grad), check("dspectral", layer.spectral.weight_grad()),
              check("dconv", layer.conv.weight.grad), check("dbias", layer.conv.bias.grad)]
    clear()
    return train, checks


def make_step(case, form):
    form, mode = split_form(form)
    if case == "E5":
        model, loss_of = Hybrid(form), F.l1_loss
        x, target = noise("input", (16, 1, 64, 64)), noise("target", (16, 2, 64, 64))
    else:
        stable, grid, batch, width, modes = OPERATORS[case]
        model, loss_of = Operator(form, stable, grid, batch, width, modes), relative_l2
        x, target = noise("input", (batch, 1, *grid)), noise("target", (batch, 1, *grid))
    model(x)  # lets every 1-wide convolution choose its way
    optimizer = adam(model.parameters())
    model = compiled(model, mode)

    def step():
        loss = loss_of(model(x), target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    count = sum(p.numel() for p in model.parameters())
    checks = [{"name": "parameters", "norm": count, "projection": count}]
    for i in range(CHECKED_STEPS):
        loss = step().item()
        checks.append({"name": f"loss of step {i + 1}", "norm": loss, "projection": loss})
    return step, checks


def make_adam():
    shape = (288, 64, 64, 2)
    weights = [torch.nn.Parameter(noise(f"weights.{i}", shape, 0.1)) for i in range(4)]
    for i, w in enumerate(weights):
        w.grad = noise(f"gradient.{i}", shape)
    optimizer = adam(weights)
    for _ in range(CHECKED_STEPS):
        optimizer.step()
    return optimizer.step, [check(f"weights.{i}", w) for i, w in enumerate(weights)]


def make(case, form):
    if case == "E6":
        return make_adam()
    return make_layer(case, form) if "/" in case else make_step(case, form)
