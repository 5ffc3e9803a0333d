"""gpu_check train: one epoch from the same seed on the CPU and on the GPU, twice there."""
import hashlib
import json
import math
import os

from .items import Item

# Of the losses, relative. The first steps differ by rounding alone. Then Adam divides by the root of the second moments:
# a component whose gradient is nearly zero takes a whole step in a direction that rounding decides.
FIRST, TIGHT, LOOSE = 3, 1e-5, 1e-2
# Architecture, grid, samples, flags. The epoch's losses are compared step by step where they are logged.
CASES = {
    "fno_operator": (32, 400, ["--epochs", "1", "--batch-size", "20"]),
    "stable_fno": (32, 400, ["--epochs", "1", "--batch-size", "20"]),
}
TINY = (16, 24, ["--epochs", "1", "--batch-size", "4", "--fno-width", "8", "--fno-modes", "4", "--fno-blocks", "2"])


def history(run):
    with open(os.path.join(run, "history.json")) as file:
        stored = json.load(file)
    return stored["train_loss"] + stored["val_loss"]


def step_losses(run):
    with open(os.path.join(run, "metrics.jsonl")) as file:
        return [row["loss"] for row in map(json.loads, file) if row.get("loss") is not None]


def digest(path):
    """Of names, shapes and numbers of a safetensors file; its metadata name the run directory."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        header.pop("__metadata__", None)
        return hashlib.sha256(json.dumps(header, sort_keys=True).encode() + file.read()).hexdigest()


def furthest(ours, theirs):
    """The largest relative difference; infinite where one is missing or not finite, or where there is none."""
    gaps = [abs(a - b) / abs(a) if a is not None and b is not None and math.isfinite(a + b) else math.inf
            for a, b in zip(ours, theirs, strict=True) if (a, b) != (None, None)]
    return max(gaps, default=math.inf)


def near(folder, architecture):
    def command(_):
        cpu, gpu = (os.path.join(folder, f"{architecture}-{side}") for side in ("cpu", "gpu1"))
        steps = furthest(step_losses(cpu)[:FIRST], step_losses(gpu)[:FIRST])
        worst = max(furthest(step_losses(cpu), step_losses(gpu)), furthest(history(cpu), history(gpu)))
        epoch = history(cpu)[0], history(gpu)[0]
        return steps <= TIGHT and worst <= LOOSE, f"losses of the epoch {epoch[0]:.8f} and {epoch[1]:.8f}; the first " \
            f"{FIRST} steps within {steps:.1e}, all losses within {worst:.1e}", \
            {"first_steps": steps, "worst": worst, "cpu": history(cpu), "gpu": history(gpu)}
    return command


def same(folder, architecture):
    def command(_):
        first, second = (os.path.join(folder, f"{architecture}-gpu{n}") for n in (1, 2))
        weights = [digest(os.path.join(run, "model.safetensors")) for run in (first, second)]
        losses = [(history(run), step_losses(run)) for run in (first, second)]
        ok = weights[0] == weights[1] and losses[0] == losses[1]
        return ok, "weights and losses are the same bits" if ok else "two runs on the device differ", \
            {"weights": weights}
    return command


def items(context):
    folder = context.folder("train")
    fno, made = context.program("fno"), []
    for architecture, case in CASES.items():
        grid, samples, flags = TINY if context.rehearse else case
        data = os.path.join(folder, f"darcy-{grid}.npz")
        if not any(item.name == f"data-{grid}" for item in made):
            made.append(Item(f"data-{grid}", [fno, "simulate", "darcy", "--output", data, "--samples", samples,
                                              "--grid", grid, "--contrast", "3,12", "--seed", "1"], 180))

        def run(side, device):
            where = os.path.join(folder, f"{architecture}-{side}")
            return Item(f"{architecture}.{side}",
                        [fno, "train", "--task", "operator", "--architecture", architecture, "--data", data,
                         "--output-dir", where, "--force", "--device", device, "--precision", "strict", "--seed", "7",
                         "--quiet", *flags], 150, needs=(f"data-{grid}",), env=context.programs.env())

        gpu = (f"{architecture}.cpu", f"{architecture}.gpu1")
        made += [run("gpu1", context.device), run("cpu", "cpu"),
                 Item(f"{architecture}.near", near(folder, architecture), 10, needs=gpu),
                 run("gpu2", context.device),
                 Item(f"{architecture}.same-bits", same(folder, architecture), 10,
                      needs=(gpu[1], f"{architecture}.gpu2"))]
    return made
