"""The cases of bench/ in JAX: make(case, form) gives (call, checks), what to time and numbers to compare. A case is a
line of a benchmark program's --list. A training step is one compiled program, Adam included, that gets its parameters
and moments as buffers to overwrite (donation)."""
import math
import os

import jax
import jax.numpy as jnp
import numpy as np

from jax_networks import FourierLayer, Hybrid, Operator, StableTail, choose_ways, gelu
from jax_spectral import FORMS
from noise import check, named_set, noise, scalar_check

RATE, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8
CHECKED_STEPS = 4


def start(threads):
    return {"label": f"JAX {jax.__version__}", "threads": int(os.environ.get("NPROC", threads))}


def wait(result=None):
    jax.block_until_ready(result)


def new_case():
    jax.clear_caches()


def peak_bytes():
    return None


def forms(case):
    return ("adam",) if case.get("step") == "adam" else FORMS


def on_device(tree):
    return jax.tree_util.tree_map(lambda a: jnp.array(a, copy=True), tree)


class Turns:
    """Inputs that take turns, made once for all forms of a case."""
    made = {}

    def __init__(self, case, shapes):
        key = case["case"].split("/")[0]
        if Turns.made.get("case") != key:
            Turns.made = {"case": key}
        for name, shape in shapes.items():
            if name not in Turns.made:
                Turns.made[name] = [jnp.asarray(noise(named_set(name, i), shape)) for i in range(case["sets"])]
        self.sets = list(zip(*(Turns.made[name] for name in shapes)))
        self.at = -1

    def next(self):
        self.at = (self.at + 1) % len(self.sets)
        return self.sets[self.at]


def make_layer(case, form):
    kind = case["case"].split("/")[1]
    channels, grid, kernel = case["channels"], tuple(case["grid"]), case["kernel"]
    layer = FourierLayer(form, "", grid, channels, case["modes"], case["convention"], kernel, "spectral")
    layer.conv.parameters["weight"] = noise("conv", (channels, channels, *(kernel,) * len(grid)),
                                            (channels * kernel ** len(grid)) ** -0.5)
    layer.conv.parameters["bias"] = noise("bias", (channels,), 0.1)  # the names of the C++ case
    tail = StableTail(("gamma", "beta", "gate"), channels) if case["stable"] else None
    parameters = on_device({"layer": layer.parameters, "tail": tail.parameters if tail else {}})
    field = (case["batch"], channels, *grid)
    turns = Turns(case, {"x": field, "dy": field} if kind == "train" else {"x": field})

    def network(p, x):
        z = layer.apply(p["layer"], x)
        return tail.apply(p["tail"], x, z) if tail else gelu(z)

    def gradients(p, x, dy):
        return jax.vjp(network, p, x)[1](dy)

    if kind != "operator":
        jax.eval_shape(network, parameters, turns.sets[0][0])
        choose_ways()
    if kind == "operator":
        program = jax.jit(lambda p, x: layer.spectral.apply(p["layer"]["spectral"], x))
    else:
        program = jax.jit(gradients if kind == "train" else network)
    call = lambda: program(parameters, *turns.next())
    if kind != "train":
        return call, [check("y", call())]
    grads, dx = call()
    checks = [check("dx", dx), check("dspectral", layer.spectral.weight_grad(grads["layer"]["spectral"])),
              check("dconv", grads["layer"]["conv"]["weight"]), check("dbias", grads["layer"]["conv"]["bias"])]
    if tail:
        checks += [check("d" + name, grads["tail"][name]) for name in ("gamma", "beta", "gate")]
    return call, checks


def relative_l2(p, t):
    norm = lambda v: jnp.sqrt(jnp.sum(v.reshape(v.shape[0], -1) ** 2, 1))
    return jnp.mean(norm(p - t) / norm(t))


def adam(parameters, grads, state):
    count = state["count"] + 1
    first = jax.tree_util.tree_map(lambda m, g: BETA1 * m + (1 - BETA1) * g, state["first"], grads)
    second = jax.tree_util.tree_map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, state["second"], grads)
    correct1, correct2 = (-jnp.expm1(count * math.log(beta)) for beta in (BETA1, BETA2))  # 1 - betaⁿ cancels in float32
    updated = jax.tree_util.tree_map(
        lambda p, m, v: p - RATE / correct1 * m / (jnp.sqrt(v) / jnp.sqrt(correct2) + EPS), parameters, first, second)
    return updated, {"count": count, "first": first, "second": second}


def fresh_state(parameters):
    zeros = lambda: jax.tree_util.tree_map(jnp.zeros_like, parameters)
    return {"count": jnp.zeros((), jnp.float32), "first": zeros(), "second": zeros()}


def make_step(case, form):
    grid, batch, hybrid = tuple(case["grid"]), case["batch"], case["step"] == "hybrid"
    model = Hybrid(form, case) if hybrid else Operator(form, case)
    inputs, evaluations = (1, 1) if hybrid else (case["in"], case["evaluations"])
    turns = Turns(case, {"input": (batch, inputs, *grid), "target": (batch, 2 if hybrid else evaluations, *grid)})

    def loss_of(parameters, x, target):
        if hybrid:
            return jnp.mean(jnp.abs(model.apply(parameters, x) - target))
        if evaluations == 1:
            return relative_l2(model.apply(parameters, x), target)

        def evaluate(x, t):  # an answer takes the place of the oldest channel
            y = model.apply(parameters, x)
            return jnp.concatenate([x[:, 1:], y], 1), relative_l2(y, t)

        return jnp.sum(jax.lax.scan(evaluate, x, jnp.moveaxis(target, 1, 0)[:, :, None])[1])

    def step(parameters, state, x, target):
        loss, grads = jax.value_and_grad(loss_of)(parameters, x, target)
        return (*adam(parameters, grads, state), loss)

    held = [on_device(model.parameters)]
    held.append(fresh_state(held[0]))
    jax.eval_shape(model.apply, held[0], turns.sets[0][0])
    choose_ways()
    program = jax.jit(step, donate_argnums=(0, 1))

    def call():
        held[0], held[1], loss = program(held[0], held[1], *turns.next())
        return loss

    count = sum(a.size for a in jax.tree_util.tree_leaves(held[0]))
    checks = [scalar_check("parameters", int(count))]
    return call, checks + [scalar_check(f"loss of step {i + 1}", float(call())) for i in range(CHECKED_STEPS)]


def make_adam(case):
    held = [jnp.asarray(noise("weights", (*case["shape"], 2), 0.1))]
    grads = jnp.asarray(noise("gradient", (*case["shape"], 2)))
    held.append(fresh_state(held[0]))
    program = jax.jit(lambda p, state, g: adam(p, g, state), donate_argnums=(0, 1))

    def call():
        held[0], held[1] = program(held[0], held[1], grads)
        return held[0]

    for _ in range(CHECKED_STEPS):
        call()
    return call, [check("weights", np.asarray(held[0]))]


def make(case, form):
    if "step" not in case:
        return make_layer(case, form)
    return make_adam(case) if case["step"] == "adam" else make_step(case, form)
