"""The arms of the Stage A study at full size, in the order in which they are worth a GPU's time. Flags of `fno compare`
as docs and `fno compare --help` describe them; a value of None takes a flag of the common ones away."""

COMMON = {
    "--N": 64,
    "--gridsize": 1,
    "--nphotons": "1e9",
    "--nimgs-train": 2,
    "--nimgs-test": 2,
    "--epochs": 50,
    "--batch-size": 16,
    "--loss": "mae",
    "--fno-blocks": 4,
    "--infer-batch-size": 8,
    "--gradient-clip-algorithm": "norm",
    "--study-profile": "replica",
}
CONTROL = {"--architectures": "hybrid", "--learning-rate": "1e-3", "--grad-clip": "1.0"}
# The Phase 6 plan: warm-up and cosine at half the rate, no clipping. Without the profile, which would freeze the
# schedule as the published trainer very probably did: here it acts.
PHASE6 = {"--study-profile": None, "--architectures": "stable_hybrid", "--learning-rate": "5e-4",
          "--scheduler": "WarmupCosine", "--lr-warmup-epochs": 5, "--lr-min-ratio": "0.05", "--grad-clip": "0.0"}
LOW_RATE = {"--study-profile": None, "--architectures": "stable_hybrid", "--learning-rate": "2.5e-4",
            "--scheduler": "Default", "--grad-clip": "0.0"}

# The recipes with the record's seed, then the plan's command as it had been written first (one image a split), then
# the seeds that were not used before.
ARMS = [
    ("control", CONTROL | {"--seed": 20260128}),
    ("stable-phase6", PHASE6 | {"--seed": 20260128}),
    ("stable-low-rate", LOW_RATE | {"--seed": 20260128}),
    ("stable-phase6-one-image", PHASE6 | {"--seed": 20260128, "--nimgs-train": 1, "--nimgs-test": 1}),
] + [
    (f"{name}-seed{seed}", flags | {"--seed": seed})
    for seed in (20260129, 20260130)
    for name, flags in (("control", CONTROL), ("stable-phase6", PHASE6), ("stable-low-rate", LOW_RATE))
]

# A rehearsal takes the same list through the same command, as small as the data allow.
TINY = {"--epochs": 1, "--nimgs-train": 1, "--nimgs-test": 1, "--fno-width": 4, "--fno-modes": 4, "--fno-blocks": 3,
        "--scheduler": None, "--lr-warmup-epochs": None, "--lr-min-ratio": None}


def arguments(flags, rehearse):
    merged = COMMON | flags | (TINY if rehearse else {})
    return [str(part) for flag, value in merged.items() if value is not None for part in (flag, value)]
