"""Our benchmark programs: where they are, which cases they have, how long a case takes."""
import json
import pathlib
import subprocess
import tempfile

from .figures import median, refuse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAYERS, STEPS = "fno_bench_spectral_layer", "fno_bench_train_step"


def program_of(case):
    """Steps are the cases named E…; all others are layers."""
    return STEPS if case.startswith("E") else LAYERS


def folder_of_programs(given):
    if given:
        folders = [pathlib.Path(given)]
    else:
        folders = [p.parent for p in [*ROOT.glob(f"build*/bin/{STEPS}"), *ROOT.glob(f"build*/*/bin/{STEPS}")]]
        folders.sort(key=lambda f: (f / STEPS).stat().st_mtime, reverse=True)
    for folder in folders:
        if (folder / STEPS).exists() and (folder / LAYERS).exists():
            return folder.resolve()
    refuse("no built benchmarks found; build the project with FNO_BUILD_BENCH, or name their folder with --bin")


class Ours:
    """Our programs, started anew for every turn. `shapes` are the arguments --case and --sweep of every layer."""

    def __init__(self, folder, device="cpu", shapes=()):
        self.folder, self.device, self.shapes = pathlib.Path(folder), device, list(shapes)
        self.run_info, self.copy, self.product = {}, {}, {}

    def run(self, program, arguments):
        command = [str(self.folder / program), *arguments, *(self.shapes if program == LAYERS else [])]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if ": " in line] or [f"{program} ended"]
            refuse(lines[-1].split(": ", 1)[-1], done.returncode if done.returncode in range(2, 8) else 1)
        return done.stdout

    def list(self, cases, kinds):
        """The chosen cases as the programs describe them; without `cases` those of --case and --sweep."""
        found = []
        for program in (LAYERS, STEPS):
            mine = [c for c in cases if c == "all" or program_of(c) == program]
            if mine or (program == LAYERS and self.shapes and not cases):
                chosen = ["--cases", ",".join(mine)] if mine else []
                chosen += ["--kinds", kinds] if kinds and program == LAYERS else []
                found += json.loads(self.run(program, ["--list", *chosen]))
        return found

    def report(self, case, threads, samples, min_time, checked, more=()):
        """Without a case all those of --case and --sweep."""
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            chosen = ["--cases", case] if case else []
            chosen += [] if checked else ["--unchecked"]
            self.run(program_of(case),
                     ["--device", self.device, "--threads", str(threads), "--samples", str(samples), "--min-time",
                      str(min_time), "--json", out.name, *chosen, *more])
            return json.load(open(out.name))

    def time(self, case, threads, samples, min_time, checked=False):
        report = self.report(case, threads, samples, min_time, checked)
        self.run_info = report["run"]
        self.copy.setdefault(threads, []).append(report["copy_gb_per_s"])
        self.product.setdefault(threads, []).append(report["product_gflop_per_s"])
        return report["cases"][0]

    def floor_ms(self, bytes_moved, flop, threads):
        """What the bytes take at the copy bandwidth or the flop at the product rate of the whole run."""
        return 1e-6 * max(bytes_moved / median(self.copy[threads]), flop / median(self.product[threads]))
