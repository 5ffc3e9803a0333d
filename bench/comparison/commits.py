"""Two commits against each other: each built in a folder of its own, their programs timed in turn."""
import io
import json
import os
import pathlib
import subprocess
import tarfile

from .figures import markdown, ratio_of, ratio_text, refuse, spread, table
from .ours import LAYERS, ROOT, STEPS, Ours, program_of


def git(commit, *arguments):
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True)
    except OSError as error:
        refuse(f"--commits: cannot run git: {error.strerror}")
    if done.returncode:
        why = done.stderr.decode().strip().splitlines()[-1]
        refuse(f"--commits: found {commit}, a commit of {ROOT} or . is needed: {why}")
    return done.stdout


def build(commit):
    """(name, folder of the programs). `.` is the tree as it stands."""
    if commit == ".":
        name, source, folder = "as it stands", ROOT, ROOT / "build" / "commits" / "present"
    else:
        name = git(commit, "rev-parse", "--verify", commit + "^{commit}").decode().strip()[:10]
        folder = ROOT / "build" / "commits" / name
        source = folder / "source"
        if not source.exists():
            tarfile.open(fileobj=io.BytesIO(git(commit, "archive", name))).extractall(source)
    print(f"building {name} in {os.path.relpath(folder)}", flush=True)
    log = folder / "log"
    folder.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as out:
        for command in (["cmake", "-S", str(source), "-B", str(folder / "out"), "-DCMAKE_BUILD_TYPE=Release",
                         "-DFNO_BUILD_TESTS=OFF", "-DFNO_BUILD_BENCH=ON"],
                        ["cmake", "--build", str(folder / "out"), "--parallel", "--target", LAYERS, STEPS]):
            if subprocess.run(command, stdout=out, stderr=out).returncode:
                refuse(f"{name} does not build; see {log}", 1)
    return name, folder / "out" / "bin"


def time_both(folders, args, cases):
    """{(case, threads): ([ms of the first], [of the second])}. A commit's programs may be older than --list: cases go to
    them as they are, and what both time is compared."""
    sides = [Ours(folder, args.device, args.shapes) for folder in folders]
    times = {}
    for round_ in range(args.rounds):
        for case in cases:
            kinds = ["--kinds", args.kinds] if args.kinds and program_of(case) == LAYERS else []
            for t in args.threads:
                for side in (0, 1) if round_ % 2 == 0 else (1, 0):
                    for line in sides[side].report(case, t, args.samples, args.min_time, True, kinds)["cases"]:
                        times.setdefault((line["name"], t), ([], []))[side].extend(line["samples_ms"])
        print(f"round {round_ + 1} of {args.rounds}", flush=True)
    return {key: both for key, both in times.items() if all(both)}


def compare(args, cases):
    """Builds and times args.commits, prints and writes the medians and their ratio."""
    built = [build(commit) for commit in args.commits]
    times = time_both([folder for _, folder in built], args, cases)
    rows = [["case", "threads", f"{built[0][0]}, ms", f"{built[1][0]}, ms", "first / second", ""]]
    for (case, t), (first, second) in times.items():
        r = ratio_of(first, second)
        text = [f"{s['ms']:.3f} [{s['ms_p10']:.3f}, {s['ms_p90']:.3f}]" for s in (spread(first), spread(second))]
        rows.append([case, str(t), *text, ratio_text(r), "" if r["low"] > 1 or r["high"] < 1 else "no difference"])
    print(f"\n{built[0][0]} against {built[1][0]}; above 1 the second is faster. No difference: the ranges from the 10th to "
          "the 90th percentile meet\n")
    print("\n".join(table(rows)))
    if args.markdown:
        pathlib.Path(args.markdown).write_text(markdown(rows))
    with open(args.json, "w") as out:
        json.dump({"commits": [name for name, _ in built], "device": args.device,
                   "cases": [{"case": case, "threads": t, "first_ms": first, "second_ms": second}
                             for (case, t), (first, second) in times.items()]}, out, indent=1)
