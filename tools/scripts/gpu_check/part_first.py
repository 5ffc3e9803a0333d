"""gpu_check first: the half hour that a new GPU may give, in the order in which an answer is worth its minutes."""
from . import part_bench, part_sanitize, part_study, part_tests, part_train

KERNELS = ("wrappers", "cuda_test_")
SANITIZERS = ("memcheck.", "racecheck.", "compute-sanitizer", "kernels")
PEERS = "beside-pytorch"


def items(context):
    tests = part_tests.items(context)
    bench = part_bench.items(context)
    peers = next((i for i, item in enumerate(bench) if item.name == PEERS), len(bench) - 1)
    chosen = lambda items, names, wanted=True: [i for i in items if i.name.startswith(names) == wanted]
    return (chosen(tests, KERNELS)                                       # is anything right
            + chosen(part_sanitize.items(context), SANITIZERS)           # for the right reason
            + bench[:peers + 1]                                          # how fast: ours, under ncu, beside PyTorch
            + part_train.items(context)                                  # the same bits twice
            + chosen(tests, KERNELS, False) + bench[peers + 1:] + part_study.items(context))
