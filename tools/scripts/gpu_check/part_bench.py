"""gpu_check bench: the yardsticks, our programs alone, and the same cases beside PyTorch."""
import json
import os

from .items import Item, last_line
from .runner import safe_name

# The most telling first: whole steps, then layers there and back, then forward alone.
COMPARED = ("E5", "P64/train", "P32/train", "D1/train", "E0", "E1", "E2", "N1/train", "D2/train", "D3/train",
            "N3/train", "B1/train", "B2/train", "E6", "E0S", "P64/forward", "P32/forward", "D1/forward", "N1/forward",
            "B1/forward", "D1/operator", "N1/operator")
REHEARSED = ("E0",)
OURS = (("fno_bench_train_step", "E0,E1,E2,E5,E6"), ("fno_bench_spectral_layer", "B1,B2,D1,D2,D3,N1,N3,P32,P64"))
VENDOR = ["--cuda-libraries", "vendor"]


def ours(context, program, cases, name, flags):
    report = os.path.join(context.folder("bench"), name + ".cases.json")
    command = [context.program(program), "--device", context.device, "--json", report, *flags]
    if context.rehearse:
        cases = "E0" if "train_step" in program else "N1/operator"
        command += ["--samples", "1", "--min-time", "1e-6"]
    if cases:
        command += ["--cases", cases]

    def judge(code, output):
        if code != 0:
            return False, f"exit {code}: {last_line(output)}", {}
        with open(report) as file:
            results = json.load(file)
        fastest = ", ".join(f"{c['name']} {c['ms']:.3f} ms {c['percent_of_copy']:.0f} %" for c in results["cases"][:3])
        return True, f"copy {results['copy_gb_per_s']:.0f} GB/s; {fastest}", results

    return Item(name, command, 120, env=context.programs.env(), judge=judge)


def compared(context, case):
    name = "beside-pytorch." + safe_name(case)
    report = os.path.join(context.folder("bench"), name + ".cases.json")
    quick = ["--rounds", "1", "--samples", "1", "--min-time", "1e-6"] if context.rehearse else \
            ["--rounds", "3", "--samples", "9", "--min-time", "0.02"]
    command = [context.python or "python3", os.path.join(context.root, "bench", "compare"), "--device", context.device,
               "--bin", os.path.join(context.programs.folder, "bin"), "--cases", case, "--json", report, *quick]

    def judge(code, output):
        try:
            with open(report) as file:
                results = json.load(file)
            one = results["cases"][0]
            peer, ratio = next(iter(one["ratios"].items()))
        except (OSError, ValueError, LookupError, StopIteration):
            return False, f"exit {code}: {last_line(output)}", {}
        mine = next(t for t in one["times"] if t["side"] == "ours")
        note = (f"ours {mine['ms']:.3f} ms, {one['ours']['percent_of_copy']:.0f} % of copy; {peer} / ours "
                f"{ratio['best']:.2f} ({ratio['form']}); agreement {one['agreement']:.0e}")
        return code == 0, note, results

    return Item(name, command, 240, env={"FNO_TORCH_PYTHON": context.python or ""} | context.programs.env(),
                judge=judge)


def yardsticks(context):
    report = os.path.join(context.folder("bench"), "yardsticks.rates.json")
    command = [context.python, os.path.join(context.root, "bench", "peer", "yardsticks.py"), "--json", report]
    if context.rehearse:
        command += ["--device", "cpu", "--size", "256", "--copy-mib", "16"]

    def judge(code, output):
        if code != 0:
            return False, f"exit {code}: {last_line(output)}", {}
        with open(report) as file:
            results = json.load(file)
        return True, ", ".join(f"{key} {value['median']:.0f} {value['unit']}" for key, value in
                               results["rates"].items()), results

    return Item("yardsticks", command, 90, judge=judge)


def items(context):
    without = Item("pytorch", lambda _: (False, "no Python with PyTorch was found; name one with --python", {}), 1)
    made = [yardsticks(context)] if context.python else [without]
    for program, cases in OURS:
        made.append(ours(context, program, cases, "ours." + program.replace("fno_bench_", ""), []))
    if not context.rehearse:
        made.append(ours(context, "fno_bench_train_step", "E0,E1,E5", "ours-with-vendor-libraries", VENDOR))
    if context.python:
        made += [compared(context, case) for case in (REHEARSED if context.rehearse else COMPARED)]
    return made
