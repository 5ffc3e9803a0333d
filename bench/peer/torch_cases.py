"""The cases of bench/ in PyTorch: make(case, form) gives (call, checks), what to time and numbers to compare. A case is
a line of a benchmark program's --list."""
import os
import shutil

import torch
import torch.nn.functional as F

from noise import check, named_set, noise, scalar_check
from torch_device import DEVICE, tensor
from torch_networks import FourierLayer, Hybrid, Operator, StableTail, faster_of
from torch_spectral import FORMS

ON_GPU = DEVICE != "cpu"
RATE, CHECKED_STEPS = 1e-3, 4
# On a GPU eager PyTorch waits for the host between kernels: a captured graph does not.
COMPILED = {"+compile": "default", "+reduce-overhead": "reduce-overhead"}
COMPILED_FORMS = ("rfft+compile", "dft+compile", "dft+reduce-overhead") if ON_GPU else \
    tuple(form + "+compile" for form in FORMS)


def start(threads):
    torch.set_num_threads(threads)
    if ON_GPU:
        torch.set_default_device(DEVICE)
        # float32 on both sides: its own default for convolutions has 10 bits of mantissa.
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.benchmark = True
    if hasattr(torch, "compile"):  # a form that could not be compiled again would be timed uncompiled without a word
        torch._dynamo.config.fail_on_recompile_limit_hit = True
    return {"label": f"PyTorch {torch.__version__}", "threads": torch.get_num_threads()}


def new_case():
    """Forgets what was compiled: PyTorch compiles a function a few times only, and cases share their functions."""
    if hasattr(torch, "compile"):
        torch._dynamo.reset()


def wait(_=None):
    if ON_GPU:
        torch.cuda.synchronize()


def peak_bytes():
    return torch.cuda.max_memory_allocated() if ON_GPU else None


def forms(case):
    if case.get("step") == "adam":
        return ("adam",)
    if not hasattr(torch, "compile") or not (ON_GPU or shutil.which(os.environ.get("CXX", "g++"))):
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


class Turns:
    """Inputs that take turns, made once for all forms of a case."""
    made = {}

    def __init__(self, case, shapes):
        key = case["case"].split("/")[0]
        if Turns.made.get("case") != key:
            Turns.made = {"case": key}
        for name, shape in shapes.items():
            if name not in Turns.made:
                Turns.made[name] = [tensor(noise(named_set(name, i), shape)) for i in range(case["sets"])]
        self.sets = list(zip(*(Turns.made[name] for name in shapes)))
        self.at = -1

    def next(self):
        self.at = (self.at + 1) % len(self.sets)
        return self.sets[self.at]


def make_layer(case, form):
    kind = case["case"].split("/")[1]
    form, mode = split_form(form)
    channels, grid, kernel = case["channels"], tuple(case["grid"]), case["kernel"]
    layer = FourierLayer(form, "", grid, channels, case["modes"], case["convention"], kernel, "spectral", "conv")
    with torch.no_grad():  # the names of the C++ case
        taps = (kernel,) * len(grid)
        layer.conv.weight.copy_(
            tensor(noise("conv", (channels, channels, *taps), (channels * kernel ** len(grid)) ** -0.5)))
        layer.conv.bias.copy_(tensor(noise("bias", (channels,), 0.1)))
    tail = StableTail(("gamma", "beta", "gate"), channels) if case["stable"] else None
    field = (case["batch"], channels, *grid)
    turns = Turns(case, {"x": field, "dy": field} if kind == "train" else {"x": field})

    def network(x):
        z = layer(x)
        return tail(x, z) if tail else F.gelu(z)

    network, spectral = compiled(network, mode), compiled(layer.spectral, mode)

    @torch.no_grad()
    def operator_only():
        return spectral(turns.next()[0])

    @torch.no_grad()
    def forward_only():
        return network(turns.next()[0])

    def gradients():
        x, dy = turns.next()
        x = x.detach().requires_grad_()
        network(x).backward(dy)
        return x.grad

    def clear():
        for module in (layer, tail) if tail else (layer,):
            module.zero_grad(set_to_none=True)

    def train():
        gradients()
        clear()

    if kind != "train":
        call = operator_only if kind == "operator" else forward_only
        return call, [check("y", call().cpu())]
    checks = [check("dx", gradients().cpu()), check("dspectral", layer.spectral.weight_grad()),
              check("dconv", layer.conv.weight.grad.cpu()), check("dbias", layer.conv.bias.grad.cpu())]
    if tail:
        checks += [check("d" + name, getattr(tail, name).grad.cpu()) for name in ("gamma", "beta", "gate")]
    clear()
    return train, checks


def make_step(case, form):
    form, mode = split_form(form)
    grid, batch = tuple(case["grid"]), case["batch"]
    hybrid = case["step"] == "hybrid"
    model = Hybrid(form, case) if hybrid else Operator(form, case)
    inputs, evaluations = (1, 1) if hybrid else (case["in"], case["evaluations"])
    turns = Turns(case, {"input": (batch, inputs, *grid), "target": (batch, 2 if hybrid else evaluations, *grid)})
    model(turns.sets[0][0])  # lets every 1-wide convolution choose its way
    optimizer = adam(model.parameters())
    evaluate = compiled(model, mode)

    def loss_of(x, target):
        if hybrid:
            return F.l1_loss(evaluate(x), target)
        total = 0
        for i in range(evaluations):  # an answer takes the place of the oldest channel
            y = evaluate(x)
            total = total + relative_l2(y, target[:, i:i + 1])
            x = torch.cat([x[:, 1:], y], 1)
        return total

    def step():
        loss = loss_of(*turns.next())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    count = sum(p.numel() for p in model.parameters())
    checks = [scalar_check("parameters", count)]
    return step, checks + [scalar_check(f"loss of step {i + 1}", step().item()) for i in range(CHECKED_STEPS)]


def make_adam(case):
    weights = torch.nn.Parameter(tensor(noise("weights", (*case["shape"], 2), 0.1)))
    weights.grad = tensor(noise("gradient", (*case["shape"], 2)))
    optimizer = adam([weights])
    for _ in range(CHECKED_STEPS):
        optimizer.step()
    return optimizer.step, [check("weights", weights.detach().cpu())]


def make(case, form):
    if "step" not in case:
        return make_layer(case, form)
    return make_adam(case) if case["step"] == "adam" else make_step(case, form)
