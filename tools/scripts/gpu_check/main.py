"""The command line of tools/gpu_check."""
import argparse
import datetime
import fnmatch
import hashlib
import os
import sys
import time

from . import (machine, pack, part_bench, part_benchmarks, part_first, part_sanitize, part_study, part_tests,
               part_train, programs, results)
from .context import Context
from .runner import Part, read_json, write_json

PARTS = {"first": part_first, "tests": part_tests, "sanitize": part_sanitize, "bench": part_bench, "train": part_train,
         "study": part_study, "benchmarks": part_benchmarks}
HELP = """
Parts, each a list of items with the most valuable first:
  first      the half hour that a new GPU may give: kernel tests, memcheck and racecheck, our benchmarks, one launch of
             each kernel under ncu, PyTorch in one process, training runs, then the rest of tests, bench and study
  tests      PTX wrappers against their software twins, then every test that takes a device
  sanitize   compute-sanitizer memcheck, racecheck, initcheck, synccheck, on the smallest sizes
  bench      yardsticks, our benchmark programs, and the same cases beside PyTorch
  train      an epoch from one seed: GPU near CPU, and two GPU runs the same bits
  study      the full-size arms of the Stage A study
  benchmarks the problems of docs/benchmarks.md in full size: hours
  pack       no test: makes the bundle of programs for a machine that cannot build them, build/gpu-bundle and
             build/gpu-bundle.tar.xz

The call ends after --minutes, however many parts it has; called again with the same --output it goes on with what is
left. Items that failed are finished too, unless --retry-failed. OUTPUT/PART has items.json, and NAME.txt and NAME.json of
each item; OUTPUT/summary.json has everything, with machine, driver, clocks and commands. Where OUT names a folder in the
environment, OUT/gpu-results.tar.xz holds all that as of the last finished item.

Exit status: 0 all passed, were refused by a tool, or were skipped since there is no GPU; 1 something failed;
2 wrong usage; 3 items are left, call again; 5 a GPU is here but no program to run on it.
"""


def parse(arguments, root):
    parser = argparse.ArgumentParser(prog="tools/gpu_check", allow_abbrev=False, epilog=HELP,
                                     description="Checks and measures this project on a machine that has a GPU.",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="+", choices=[*PARTS, "pack"])
    parser.add_argument("--output", help="folder of the results (build/gpu-results; pack: build/gpu-bundle)")
    parser.add_argument("--program-dir", help="folder with bin/, of any build, or a bundle or its archive from "
                                              "pack; default: build/gpu-bundle, else what can be built in build/gpu")
    parser.add_argument("--rehearse", action="store_true",
                        help="the same lists on the emulated device and the CPU, tiny: needs no GPU (build/check)")
    parser.add_argument("--minutes", type=float, default=8, help="most time for the call (8)")
    parser.add_argument("--retry-failed", action="store_true", help="runs failed items again")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="items of these names alone, as 'memcheck.*'")
    parser.add_argument("--list", action="store_true", help="prints the items and their commands, runs nothing")
    parser.add_argument("--python", help="a Python with PyTorch (default: looks for one)")
    parser.add_argument("--probe-npz", help="measured probe for the study (default: the bundle's, or an analytic one)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="of the build that pack makes")
    args = parser.parse_args(arguments)
    if "pack" in args.part and len(args.part) > 1:
        parser.error("pack goes alone")
    if args.minutes <= 0:
        parser.error(f"--minutes: found {args.minutes}, more than 0 is needed")
    default = "gpu-bundle" if "pack" in args.part else "gpu-rehearsal" if args.rehearse else "gpu-results"
    args.output = os.path.abspath(args.output or os.path.join(root, "build", default))
    return args


def say(text, code):
    print(f"gpu_check: {text}", file=sys.stderr)
    return code


def skip(args, reason):
    for name in args.part:
        folder = os.path.join(args.output, name)
        os.makedirs(folder, exist_ok=True)
        write_json(os.path.join(folder, "items.json"), {"part": name, "skipped": reason, "items": []})
        print(f"{name}: skipped: {reason}")
    return 0


def claim(args, found):
    """Results of two programs or machines in one folder would say nothing: notes whose these are, or refuses."""
    with open(found.path("fno"), "rb") as file:
        program = hashlib.sha256(file.read()).hexdigest()
    names = [] if args.rehearse else [gpu.get("name", "?") for gpu in machine.clocks()]
    owner = {"program": program, "gpu_names": names, "rehearsal": args.rehearse}
    path = os.path.join(args.output, "machine.json")
    before = read_json(path, None)
    if before is None:
        write_json(path, owner | {"version": found.identity(), "program_dir": found.folder} | machine.describe())
        tool = machine.nvidia_smi()
        if tool:
            with open(os.path.join(args.output, "nvidia-smi.txt"), "w") as out:
                out.write(machine.output_of([tool, "-q"])[1])
    elif any(before.get(key) != value for key, value in owner.items()):
        return f"{args.output} holds results of another program or machine; name another --output"
    return None


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat("T", "seconds")


def run_parts(args, context):
    codes, deadline = [], time.monotonic() + 60 * args.minutes
    for name in args.part:
        items = [i for i in PARTS[name].items(context) if fnmatch.fnmatch(i.name, args.only)]
        if args.list:
            for item in items:
                print(f"{item.name}  ({item.limit:.0f} s)  "
                      + (" ".join(map(str, item.command)) if not callable(item.command) else "looks at results"))
            continue
        folder = context.folder(name)
        states = read_json(os.path.join(folder, "clocks.json"), [])
        states.append({"start": now(), "before": machine.clocks(), "command": " ".join(sys.argv)})
        codes.append(Part(name, folder, items, context, deadline - time.monotonic(), args.retry_failed,
                          lambda: results.keep(args.output, PARTS)).run())
        states[-1] |= {"end": now(), "after": machine.clocks()}
        write_json(os.path.join(folder, "clocks.json"), states)
        results.keep(args.output, PARTS)
    return next((code for code in (1, 3) if code in codes), 0)


def main(arguments, root):
    args = parse(arguments, root)
    if args.part == ["pack"]:
        return pack.run(root, args.output, args.jobs, args.probe_npz)
    if not args.rehearse:
        reason = machine.no_gpu_because()
        if reason:
            return skip(args, reason)
    os.makedirs(args.output, exist_ok=True)
    found = programs.find(root, args.program_dir, args.rehearse)
    if found is None:
        print("gpu_check: building in build/gpu …", flush=True)
        found, problems = programs.build(root, args.output, 60 * args.minutes)
        if problems:
            say(f"did not build: {', '.join(problems)}; see {args.output}/build-*.txt", 0)
    if found is None or not found.has("fno"):
        return say("no program: bin/fno is missing; make a bundle with `tools/gpu_check pack` where the project "
                   "builds, and name it with --program-dir", 5)
    device = "cuda-emulated" if args.rehearse else "cuda"
    row = found.device_row(device)
    if not row.get("available"):
        return say(f"this machine has a GPU, but {found.path('fno')} cannot use it: {row.get('reason')}"
                   if not args.rehearse else f"no rehearsal: {row.get('reason')}", 5)
    python = machine.torch_python(args.python) if {"bench", "first"} & set(args.part) else None
    refusal = claim(args, found)
    if refusal:
        return say(refusal, 2)
    probe = args.probe_npz
    if probe is None and os.path.exists(os.path.join(found.folder, "probe.npz")):
        probe = os.path.join(found.folder, "probe.npz")
    return run_parts(args, Context(root, args.output, found, args.rehearse, python, probe))
