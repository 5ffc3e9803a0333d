"""gpu_check sanitize: compute-sanitizer's four tools on the smallest size of every kernel, a test suite at a time."""
import re

from .items import Item
from .machine import cuda_tool
from .part_tests import executed, families
from .runner import safe_name

TOOLS = {  # what finds most first; in a rehearsal the emulator's build that looks for the same
    "memcheck": "cuda_test_asan",
    "racecheck": "cuda_test_race",
    "initcheck": "cuda_test_race",
    "synccheck": "cuda_test_plain",
}
REFUSALS = ("Device not supported", "not supported on this device", "LibraryNotLoaded", "Unable to find injection",
            "Failed to initialize", "requires a device")
SMALLEST = {"FNO_TEST_SIZES": "smallest"}


def judge(code, output):
    counts = [int(n) for n in re.findall(r"ERROR SUMMARY: (\d+) error", output)]
    hazards = [int(n) for n in re.findall(r"RACECHECK SUMMARY: (\d+) hazard", output)]
    results = {"errors": sum(counts), "hazards": sum(hazards)}
    first = next((line.strip("= \t") for line in output.splitlines()
                  if re.match(r"=+ +(Invalid|Error|Warning|Uninitialized|Barrier|Potential|Race)", line)), "")
    if code == 0 and not sum(counts) + sum(hazards):
        ran = executed(output)
        return ran > 0, f"clean, {ran} tests" if ran else "no test ran", results
    return False, f"exit {code}, {sum(counts)} errors, {sum(hazards)} hazards; {first}"[:160], results


def items(context):
    made, sanitizer = [], cuda_tool("compute-sanitizer")
    for tool, emulated in TOOLS.items():
        for suite, chosen in families(context):
            # Of the emulator's own tests none belongs to a kernel of the backend.
            if context.rehearse:
                command = [context.program(emulated), f"--gtest_filter={chosen}"]
            else:
                command = [sanitizer or "compute-sanitizer", "--tool", tool, "--error-exitcode", "9",
                           "--print-limit", "20", context.program("cuda_test_on_device"),
                           f"--gtest_filter={chosen}"]
            made.append(Item(safe_name(f"{tool}.{suite}"), command, 90, tool=tool, judge=judge,
                             refusals=() if context.rehearse else REFUSALS, env=SMALLEST | context.programs.env()))
    if not made:
        return [Item("kernels", lambda _: (False, "cuda_test_on_device was not built or lists no test", {}), 1)]
    if not context.rehearse and sanitizer is None:
        said = "compute-sanitizer is neither on the path nor in /usr/local/cuda/bin"
        return [Item("compute-sanitizer", lambda _: (False, said, {}), 1)]
    return made
