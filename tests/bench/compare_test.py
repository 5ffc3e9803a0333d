"""The benchmark programs and bench/compare, without a peer: what they refuse, what they write, how a contest is
decided. Run by ctest as `compare_test.py FOLDER`, where the built programs are."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(ROOT, "bench"), os.path.join(ROOT, "bench", "peer")]

from comparison import figures  # noqa: E402
from comparison.contest import Contest, disagreement  # noqa: E402

try:
    import numpy
except ImportError:
    numpy = None

PROGRAMS = ""
TINY = "b=2,c=4,grid=13x9,modes=4"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def layer(*flags):
    return run(os.path.join(PROGRAMS, "fno_bench_spectral_layer"), *flags)


def compare(*flags):
    return run(sys.executable, os.path.join(ROOT, "bench", "compare"), "--bin", PROGRAMS, *flags)


class Refusals(unittest.TestCase):
    def refused(self, done, *words):
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_a_case_of_ones_own(self):
        for text, *words in (
                ("b=2,c=4,grid=8", "modes is missing", "b=8,c=48,grid=96x96,modes=20"),
                ("b=2,c=4,grid=8x8,modes=5", "modes: found 5", "8 points", "at most 4", "classic"),
                ("b=0,c=4,grid=8,modes=2", "b: found '0'", "from 1"),
                ("b=2,c=4.5,grid=8,modes=2", "c: found '4.5'"),
                ("b=2,c=4,grid=8x,modes=2", "grid: found ''"),
                ("b=2,c=4,grid=8x8x8x8,modes=2", "grid: found '8x8x8x8'", "1 to 3 axes"),
                ("b=2,b=3,c=4,grid=8,modes=2", "b is given twice"),
                ("b=2,c=4,grid=8,mode=2", "key 'mode'", "modes"),
                ("batch", "key=value"),
                ("b=2,c=4,grid=8,modes=2,convention=old", "convention: found old", "classic, centered"),
                ("b=2,c=4,grid=8,modes=2,kernel=2", "kernel: found 2", "odd"),
                ("b=2,c=4,grid=8,modes=2,stable=yes", "stable: found 'yes'", "from 0 to 1")):
            self.refused(layer("--case", text), "--case", *words)
            self.refused(compare("--case", text), "compare: --case", *words)

    def test_flags(self):
        self.refused(layer("--cases", "D1,Z9"), "--cases: found 'Z9'", "D1", "H4")
        self.refused(layer("--sweep", "width"), "--sweep: found 'width'", "modes, grid, batch, channels")
        self.refused(layer("--kinds", "backward"), "--kinds", "operator, forward, train")
        self.refused(layer("--samples", "0"), "--samples: found '0'")
        self.refused(layer("--device", "tpu"), "--device: found 'tpu'", "cpu, cuda, cuda-emulated")
        self.refused(layer("--json"), "--json: needs a value")
        self.refused(layer("D1"), "found 'D1'")
        self.refused(run(os.path.join(PROGRAMS, "fno_bench_train_step"), "--case", TINY), "unknown flag --case")
        self.refused(run(os.path.join(PROGRAMS, "fno_bench_train_step"), "--cases", "E9"), "found 'E9'", "E0, E0S")

    def test_compare(self):
        self.refused(compare("--cases", "D9"), "--cases: found 'D9'")
        self.refused(compare("--cases", "E9"), "--cases: found 'E9'")
        self.refused(compare("--rounds", "0"), "--rounds: found 0")
        self.refused(compare("--min-time", "0"), "--min-time: found 0")
        self.refused(compare("--threads", "two"), "--threads: found two")
        self.refused(run(sys.executable, os.path.join(ROOT, "bench", "compare"), "--commits", "no-such-commit", "."),
                     "--commits", "no-such-commit")
        self.refused(compare("--commits", "HEAD", "."), "--bin", "--commits")
        self.refused(compare("--wat"), "--wat")

    def test_interpreters(self):
        for variable in ("FNO_TORCH_PYTHON", "FNO_JAX_PYTHON"):
            environment = {k: v for k, v in os.environ.items() if not k.startswith("FNO_")} | {variable: "/no/such"}
            done = subprocess.run([sys.executable, os.path.join(ROOT, "bench", "compare"), "--bin", PROGRAMS, "--case",
                                   TINY],
                                  capture_output=True, text=True, env=environment)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"{variable}: found /no/such", done.stderr)

    def test_a_file_that_cannot_be_written(self):
        done = layer("--case", TINY, "--kinds", "operator", "--samples", "1", "--min-time", "1e-6", "--json",
                     "/no/such/file")
        self.assertEqual(done.returncode, 6)
        self.assertIn("cannot write /no/such/file", done.stderr)


class Runs(unittest.TestCase):
    def test_a_case_of_ones_own_leaves_its_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = {kind: os.path.join(folder, "out." + kind) for kind in ("json", "md", "svg")}
            done = layer("--case", TINY + ",convention=centered,kernel=3", "--case", TINY + ",stable=1", "--kinds",
                         "forward,train", "--threads", "1", "--samples", "2", "--min-time", "1e-6", "--json",
                         path["json"], "--markdown", path["md"], "--roofline", path["svg"])
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path["json"]) as file:
                report = json.load(file)
            names = [name + "/" + kind for name in ("b2-c4-13x9-m4-centered-k3", "b2-c4-13x9-m4-stable")
                     for kind in ("forward", "train")]
            self.assertEqual([c["name"] for c in report["cases"]], names)
            for c in report["cases"]:
                self.assertLess(c["float64_error"], 1e-5)
                slowest = max(c["bytes"] / report["copy_gb_per_s"], c["flop"] / report["product_gflop_per_s"])
                self.assertAlmostEqual(c["floor_ms"] / (1e-6 * slowest), 1)
                self.assertAlmostEqual(c["percent_of_floor"], 100 * c["floor_ms"] / c["ms"])
            with open(path["md"]) as file:
                rows = [line for line in file if line.startswith("| b2")]
            self.assertEqual([row.split("|")[1].strip() for row in rows], names)
            circles = xml.etree.ElementTree.parse(path["svg"]).findall(".//{*}circle/{*}title")
            self.assertEqual([c.text.split(":")[0] for c in circles], names)

    def test_bytes_and_flop(self):
        """Counted by hand, of one sample and channel: S = 4 n², M = Wt = 8·2m·m bytes; a transform of n lines along the
        rows' axis, then of 2m+1: the cosines and sines of its m+1 distinct |frequencies|."""
        with tempfile.TemporaryDirectory() as folder:
            fft = 2 * 2.5 * 64 * 6  # each flop counting twice
            for n, m, first, last in ((85, 12, 85 + 2 * (13 * 43 + 12 * 42), 85 + 2 * (12 * 43 + 11 * 42)),  # folded
                                      (64, 32, fft, fft)):
                path = os.path.join(folder, "out.json")
                done = layer("--case", f"b=1,c=1,grid={n}x{n},modes={m}", "--samples", "1", "--min-time", "1e-6",
                             "--json", path)
                self.assertEqual(done.returncode, 0, done.stderr)
                with open(path) as file:
                    operator, forward, train = json.load(file)["cases"]
                s, spectrum, transform = 4 * n * n, 8 * 2 * m * m, n * first + (2 * m + 1) * last
                mixing, skip = 8 * 2 * m * m, 2 * n * n
                self.assertEqual(operator["flop"], 2 * transform + mixing)
                self.assertEqual(forward["flop"], 2 * transform + mixing + skip)
                self.assertEqual(train["flop"], 4 * transform + 3 * (mixing + skip))
                self.assertEqual(operator["bytes"], 2 * s + 5 * spectrum)
                self.assertEqual(forward["bytes"], 3 * s + 5 * spectrum)
                self.assertEqual(train["bytes"], 7 * s + 12 * spectrum)

    def test_lists(self):
        cases = json.loads(layer("--list", "--cases", "all").stdout)
        self.assertEqual(len({c["case"] for c in cases}), len(cases))
        d4 = next(c for c in cases if c["case"] == "D4/train")
        self.assertEqual((d4["batch"], d4["channels"], d4["grid"], d4["modes"]), (4, 32, [421, 421], 12))
        swept = json.loads(layer("--list", "--sweep", "grid", "--kinds", "train").stdout)
        self.assertEqual([c["grid"][0] for c in swept], [32, 64, 85, 97, 127, 128, 141, 211, 256, 421, 512])


class FakeOurs:
    copy, product = {1: [10.0], 2: [20.0]}, {1: [100.0], 2: [200.0]}

    def time(self, _case, threads, _samples, _min_time, checked=False):
        ms = 8.0 / threads
        return {"checks": [{"name": "y", "norm": 2.0, "projection": 1.0}], "float64_error": 1e-7, "bytes": 20e6,
                "flop": 100e6, "samples_ms": [ms, ms], "samples_cpu_ms": [8.0, 8.0]}

    def floor_ms(self, bytes_moved, flop, threads):
        return 1e-6 * max(bytes_moved / self.copy[threads][0], flop / self.product[threads][0])


class FakePeer:
    """Times by (waiting, form)."""

    def __init__(self, threads, waiting, times):
        self.threads, self.waiting, self.times, self.asked = threads, waiting, times, []

    def forms(self, _case):
        return list(self.times)

    def ask(self, do, form=None, **_):
        self.asked.append((do, form))
        if do == "prepare":
            if self.times[form] is None:
                return {"error": "cannot"}
            return {"checks": [{"name": "y", "norm": 2.00002, "projection": 1.0}]}
        return {"ms": [self.times[form]] * 2, "cpu_ms": [1.0, 1.0], "peak_bytes": None} if do == "time" else {}


class Contests(unittest.TestCase):
    def test_the_best_of_all_and_what_is_dropped(self):
        one = FakePeer(1, "passive", {"rfft": 40.0, "dft": 12.0, "rfft+compile": 30.0, "dft+compile": None})
        sleeping = FakePeer(2, "passive", {"rfft": 9.0, "dft": 10.0})
        spinning = FakePeer(2, "active", {"rfft": 8.0, "dft": 16.0})
        jax = [FakePeer(1, "passive", {"dft": 20.0}), FakePeer(2, "passive", {"dft": 9.5})]
        contest = Contest({"case": "X/train"}, FakeOurs(), {"P": [one, sleeping, spinning], "J": jax}, [1, 2])
        contest.prepare(0.01)
        self.assertNotIn(("prepare", "rfft+compile"), one.asked)  # its eager form is hopeless
        self.assertIn(("forget", "rfft"), one.asked)
        contest.round(2, 0.01)
        self.assertEqual({k for k in contest.running if k[0] == "P"},
                         {("P", 1, "passive", "dft"), ("P", 2, "active", "rfft"), ("P", 2, "passive", "dft")})
        contest.round(2, 0.01)
        result = contest.result()
        best = result["best_of_all"]
        self.assertEqual((best["label"], best["form"], best["threads"], best["waiting"]), ("P", "rfft", 2, "active"))
        self.assertEqual(best["best"], 2.0)          # 8 ms against 4
        self.assertEqual(best["at_threads"][1], 1.5)  # 12 against 8
        self.assertEqual(result["ratios"]["J"]["best"], 9.5 / 4)
        self.assertEqual(result["ours"]["percent_of_floor"], 25.0)  # 20 MB at 20 GB/s are 1 ms of 4
        self.assertEqual(result["refused_forms"], {"P dft+compile": "cannot"})
        self.assertAlmostEqual(result["agreement"], 1e-5)

    def test_a_result_that_is_not_a_number_disagrees(self):
        good, bad = ([{"name": "y", "norm": norm, "projection": 1.0}] for norm in (1.0, float("nan")))
        self.assertFalse(disagreement(good, bad) <= 1e-4)

    def test_figures(self):
        self.assertEqual(figures.quantile([4, 1, 3, 2], 0.5), 2.5)
        self.assertEqual(figures.ratio_of([2.0] * 3, [1.0] * 3), {"ratio": 2.0, "low": 2.0, "high": 2.0})


@unittest.skipIf(numpy is None, "no NumPy")
class PeerModes(unittest.TestCase):
    def test_frequencies_and_the_rows_of_their_weights(self):
        import modes
        rows, columns = modes.kept("centered", (12, 9), 5)
        self.assertEqual((rows.frequencies, rows.order), ([0, 1, 2, -2, -1], [2, 3, 4, 0, 1]))
        self.assertEqual(columns.frequencies, [0, 1, 2])
        rows, columns = modes.kept("corner", (4, 4), 6)  # capped: idle rows stay behind
        self.assertEqual((rows.frequencies, columns.frequencies, len(rows.order)), ([0, 1, 2, 3], [0, 1, 2], 6))
        for convention in ("classic", "centered", "corner"):
            axes = modes.kept(convention, (12, 9), 4)
            weights = numpy.arange(numpy.prod([len(a.order) for a in axes]) * 2).reshape(-1, 1, 1, 2)
            self.assertTrue((modes.as_given(axes, modes.ordered(axes, weights)) == weights).all())

    def test_the_corners_are_the_places_of_a_spectrum(self):
        import modes
        for convention in ("classic", "centered", "corner"):
            axes = modes.kept(convention, (12, 9), 4)
            x = numpy.random.default_rng(0).standard_normal((12, 9))
            spectrum, found = numpy.fft.rfft2(x), []
            for where, _ in modes.corners(axes):
                found.append(spectrum[where])
            wanted = numpy.array([[numpy.sum(x * numpy.exp(-2j * numpy.pi * (k * numpy.arange(12)[:, None] / 12 +
                                                                             m * numpy.arange(9) / 9)))
                                   for m in axes[1].frequencies] for k in axes[0].frequencies])
            self.assertLess(abs(numpy.concatenate(found) - wanted).max(), 1e-9)


if __name__ == "__main__":
    PROGRAMS = os.path.abspath(sys.argv.pop(1))
    unittest.main()
