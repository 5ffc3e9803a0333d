"""The arms of docs/studies/stage-a/protocol.md for a GPU, with whole schedules, in the order in which they are worth its
time. Flags of `fno compare` as docs and `fno compare --help` describe them; a value of None takes a flag of the common
ones away."""

# One profile for all arms: gain of the batch, the short batch kept, loader seed 42. It would freeze schedules, as the
# published trainer very probably did; here they act.
COMMON = {
    "--N": 64,
    "--gridsize": 1,
    "--nphotons": "1e9",
    "--nimgs-train": 2,
    "--nimgs-test": 2,
    "--noise-seed": 20260128,
    "--epochs": 50,
    "--batch-size": 16,
    "--loss": "mae",
    "--fno-blocks": 4,
    "--infer-batch-size": 8,
    "--gradient-clip-algorithm": "norm",
    "--study-profile": "replica",
    "--schedule-mode": "stepped",
}
STABLE = {"--architectures": "stable_hybrid", "--grad-clip": "0.0"}
PUBLISHED = STABLE | {"--learning-rate": "1e-3", "--scheduler": "Default"}
HALF = STABLE | {"--learning-rate": "5e-4", "--scheduler": "Default"}
PLAN = STABLE | {"--learning-rate": "5e-4", "--scheduler": "WarmupCosine", "--lr-warmup-epochs": 5,
                 "--lr-min-ratio": "0.05"}
CONTROL = {"--architectures": "hybrid", "--learning-rate": "1e-3", "--scheduler": "Default", "--grad-clip": "1.0"}

# Five seeds an arm: 5 of 5 against 0 of 5 is Fisher's p = .008, and three against three could not come below .05.
# The control's median is taken of three.
SEEDS = (20260128, 20260129, 20260130, 20260131, 20260132)
ARMS = [
    (f"{name}-seed{seed}", flags | {"--seed": seed})
    for seed in SEEDS
    for name, flags in (("constant-1e-3", PUBLISHED), ("plan", PLAN), ("constant-5e-4", HALF), ("control", CONTROL))
    if name != "control" or seed in SEEDS[:3]
]

# A rehearsal takes the same list through the same command, as small as the data allow.
TINY = {"--epochs": 1, "--nimgs-train": 1, "--nimgs-test": 1, "--fno-width": 4, "--fno-modes": 4, "--fno-blocks": 3,
        "--scheduler": None, "--lr-warmup-epochs": None, "--lr-min-ratio": None}


def arguments(flags, rehearse):
    merged = COMMON | flags | (TINY if rehearse else {})
    return [str(part) for flag, value in merged.items() if value is not None for part in (flag, value)]
