"""gpu_check benchmarks: the problems of docs/benchmarks.md in full size, on data that `fno simulate` makes. A run cut off
by a call's time goes on from its checkpoint."""
import json
import os

from .items import Item, last_line

EPOCHS = 500
# Name: what makes the data, what is trained, the published error. 1000 samples to train, 200 others to test.
PROBLEMS = {
    "burgers-1024": ("burgers --grid 8192 --stride 8", "", 0.0160),
    "darcy-85": ("darcy --grid 425 --stride 5 --contrast 3,12", "", 0.0108),
    # Frames 1 … 10 in, 11 … 50 out, in space and time at once.
    "navier-stokes-64": ("navier-stokes --grid 64 --viscosity 1e-3 --time 50 --steps 50 --history 10",
                         "--fno-width 20 --batch-size 10", 0.0086),
}
TINY = {
    "burgers-1024": ("burgers --grid 64 --stride 4", "--fno-modes 4", 0.0160),
    "navier-stokes-64": ("navier-stokes --grid 8 --viscosity 1e-2 --time 4 --steps 4 --history 2", "--fno-modes 1",
                         0.0086),
}


def training(context, name, flags, published):
    folder = context.folder("benchmarks")
    run = os.path.join(folder, name)
    train, test = (os.path.join(folder, f"{name}-{split}.npz") for split in ("train", "test"))
    command = [context.program("fno"), "train", "--task", "operator", "--architecture", "fno_operator", "--data", train,
               "--test-data", test, "--output-dir", run, "--device", context.device, "--resume", "--quiet",
               *(["--epochs", 2, "--fno-width", 4, "--fno-blocks", 1] if context.rehearse else ["--epochs", EPOCHS]),
               *flags.split()]

    def judge(code, output):
        if code != 0:
            return False, f"exit {code}: {last_line(output)}", {}
        with open(os.path.join(run, "metrics.json")) as file:
            metrics = json.load(file)
        error = metrics["last"]["test"]["relative_l2"]
        return True, f"relative L2 {error:.4f}, published {published:.4f}, mean of the targets " \
            f"{metrics['baseline_relative_l2']:.4f}", {"metrics": metrics, "published": published}

    return Item(name, command, 470, needs=(f"{name}.train", f"{name}.test"), judge=judge, resumes=True,
                env=context.programs.env())


def items(context):
    folder, made = context.folder("benchmarks"), []
    for name, (generator, flags, published) in (TINY if context.rehearse else PROBLEMS).items():
        for seed, (split, samples) in enumerate((("train", 1000), ("test", 200)), 1):
            made.append(Item(f"{name}.{split}",
                             [context.program("fno"), "simulate", *generator.split(), "--output",
                              os.path.join(folder, f"{name}-{split}.npz"), "--samples",
                              10 if context.rehearse else samples, "--seed", seed], 470))
        made.append(training(context, name, flags, published))
    return made
