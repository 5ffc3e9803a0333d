"""tools/gpu_check without a GPU: that it skips and says why, and, with small scripts in place of the programs, that its
lists are run, judged, resumed and survived. Run by ctest; the oracle is what the scripts were written to do."""
import json
import os
import stat
import subprocess
import sys
import tarfile
import tempfile
import textwrap
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "gpu_check")
sys.path.insert(0, os.path.join(ROOT, "tools", "scripts"))
sys.dont_write_bytecode = True

from gpu_check import pack, part_sanitize, part_train, programs, study_arms  # noqa: E402
from gpu_check.items import Item  # noqa: E402
from gpu_check.runner import Part  # noqa: E402

PARTS = ("first", "tests", "sanitize", "bench", "train", "study", "benchmarks")

# A GoogleTest program in miniature. Suites: Kernels passes, Crashes dies, Fails has one failure, Absent skips, Unrun is
# kept from running by a skip in a global environment, which its report calls completed.
GTEST = """
import json, os, sys
flags = dict(a[2:].split("=", 1) if "=" in a else (a[2:], "") for a in sys.argv[1:])
LABEL = "cuda_0"
if "gtest_list_tests" in flags:
    for suite in ("Devices/Kernels", "Devices/Crashes", "Devices/Fails", "Devices/Absent", "Devices/Unrun"):
        print(suite + ".")
        for test in ("One", "Two"):
            for device in ("cpu_1_thread", LABEL):
                print(f"  {test}/{device}  # GetParam() = x")
    sys.exit(0)
chosen = flags["gtest_filter"]
if "Crashes" in chosen:
    os._exit(134)
with open(os.environ.get("RAN", os.devnull), "a") as log:
    log.write(chosen + "\\n")
tests = [{"name": t, "result": "SKIPPED" if "Absent" in chosen else "COMPLETED",
          **({"failures": [{"failure": "1 is not 2"}]} if "Fails" in chosen and t == "Two" else {})}
         for t in ("One", "Two")]
if "Unrun" not in chosen:
    print("[ RUN      ] One\\n[ RUN      ] Two")
if "gtest_output" not in flags:
    sys.exit(0)
json.dump({"testsuites": [{"name": chosen.split(".")[0], "testsuite": tests}]},
          open(flags["gtest_output"].split(":", 1)[1], "w"))
sys.exit("Fails" in chosen)
"""

FNO = """
import json, os, sys
if sys.argv[1:] == ["--version"]:
    print("fno 0.0 test")
elif sys.argv[1:] == ["devices", "--json"]:
    print(json.dumps([{"device": "cuda", "available": %s, "reason": "wrong architecture"}]))
elif sys.argv[1:] == ["compare", "--help"]:
    print("--output-dir OUT  --resume")
elif sys.argv[1] == "compare":
    flags = dict(zip(sys.argv[2::2], sys.argv[3::2]))
    if flags["--architectures"] == "hybrid":
        sys.exit(print("error: the gate") or 4)
    os.makedirs(flags["--output-dir"], exist_ok=True)
    with open(flags["--output-dir"] + "/stage_a_metrics.json", "w") as out:
        json.dump([{"best_val_loss": 0.0138, "amp_ssim": 0.925}], out)
else:
    sys.exit(2)
"""


def script(path, text):
    with open(path, "w") as out:
        out.write(f"#!{sys.executable}\n{textwrap.dedent(text)}")
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)


class WithFolder(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.folder = self.scratch.name

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def tool(self, *arguments, **env):
        done = subprocess.run([sys.executable, TOOL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, env={**os.environ, **env}, timeout=120)
        return done.returncode, done.stdout

    def items(self, part):
        with open(self.path("out", part, "items.json")) as file:
            return json.load(file)


class WithoutGpu(WithFolder):
    """Where /dev/nvidia0 exists there is nothing to skip."""

    def setUp(self):
        super().setUp()
        if os.path.exists("/dev/nvidia0") or os.path.exists("/usr/local/nvidia/bin/nvidia-smi"):
            self.skipTest("this machine has a GPU")

    def test_every_part_says_that_it_was_skipped_and_why(self):
        for part in PARTS:
            code, text = self.tool(part, "--output", self.path("out"), PATH=self.folder)
            self.assertEqual(code, 0, text)
            self.assertEqual(text.strip(), f"{part}: skipped: no NVIDIA GPU on this machine: nvidia-smi is not on the "
                                           "path and there is no /dev/nvidia0")
            self.assertIn("nvidia-smi", self.items(part)["skipped"])

    def test_a_driver_without_a_device_is_named(self):
        script(self.path("nvidia-smi"), "import sys; print('No devices were found'); sys.exit(6)")
        code, text = self.tool("tests", "--output", self.path("out"), PATH=self.folder)
        self.assertEqual((code, text.strip()), (0, "tests: skipped: nvidia-smi finds no GPU: No devices were found"))

    def test_wrong_usage(self):
        for arguments in (["nonsense"], ["tests", "--minutes", "0"], ["pack", "tests"], []):
            self.assertEqual(self.tool(*arguments)[0], 2)


class WithPretendedGpu(WithFolder):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("programs", "bin"))
        script(self.path("nvidia-smi"), "print('GPU 0: pretended')")
        self.fno("True")
        for name in ("cuda_wrappers_test", "cuda_test_on_device", "test_models", "test_ops", "cuda_device_test"):
            script(self.path("programs", "bin", name), GTEST)

    def fno(self, available):
        script(self.path("programs", "bin", "fno"), FNO % available)

    def check(self, *arguments):
        return self.tool(*arguments, "--output", self.path("out"), "--program-dir", self.path("programs"),
                         PATH=self.folder + os.pathsep + os.environ["PATH"], RAN=self.path("ran"))

    def test_a_gpu_that_the_program_cannot_use_is_no_skip(self):
        self.fno("False")
        code, text = self.check("tests")
        self.assertEqual(code, 5)
        self.assertIn("cannot use it: wrong architecture", text)

    def test_crashes_failures_and_skips_are_told_apart_and_survived(self):
        code, text = self.check("tests")
        status = {i["name"]: (i["status"], i["note"]) for i in self.items("tests")["items"]}
        self.assertEqual(code, 1)
        self.assertEqual(next(iter(status)), "wrappers")  # what everything else rests on comes first
        self.assertEqual(status["cuda_test_on_device.Devices_Kernels"], ("passed", "2 tests"))
        self.assertEqual(status["test_ops.Devices_Kernels"], ("passed", "2 tests"))
        self.assertEqual(status["test_ops.Devices_Fails"][0], "failed")
        self.assertIn("1 of 2 failed, first Devices/Fails.Two", status["test_ops.Devices_Fails"][1])
        self.assertEqual(status["test_ops.Devices_Crashes"], ("failed", "exit 134 without a report: no output"))
        self.assertEqual(status["test_ops.Devices_Absent"], ("failed", "none of 2 tests ran"))
        self.assertEqual(status["test_ops.Devices_Unrun"], ("failed", "none of 2 tests ran"))
        self.assertEqual(status["test_optim"], ("failed", "this program was not built"))
        self.assertIn("results in", text.strip().splitlines()[-1])
        with open(self.path("out", "summary.json")) as file:
            self.assertEqual(json.load(file)["machine"]["version"], "fno 0.0 test")

    def test_only_the_device_is_tested(self):
        self.check("tests", "--only", "test_ops.*")
        with open(self.path("ran")) as log:
            self.assertEqual({line.strip().split("/")[-1] for line in log}, {"cuda_0"})

    def test_finished_items_are_not_run_again_unless_asked(self):
        self.check("tests", "--only", "test_ops.*")
        os.remove(self.path("ran"))
        code, text = self.check("tests", "--only", "test_ops.*")
        self.assertEqual(code, 1, text)
        self.assertFalse(os.path.exists(self.path("ran")))
        self.check("tests", "--only", "test_ops.*", "--retry-failed")
        with open(self.path("ran")) as log:
            self.assertNotIn("Kernels", log.read())

    def test_results_of_another_program_are_not_mixed_in(self):
        self.check("tests", "--only", "wrappers")
        script(self.path("programs", "bin", "fno"), FNO % "True" + "\n# another\n")
        code, text = self.check("tests")
        self.assertEqual(code, 2)
        self.assertIn("name another --output", text)

    def test_a_tool_that_refuses_the_device_is_named_and_not_tried_again(self):
        script(self.path("compute-sanitizer"), """
            import sys
            if "racecheck" in sys.argv: sys.exit(print("========= Error: Device not supported") or 1)
            if "initcheck" in sys.argv: print("========= ERROR SUMMARY: 3 errors")
            else: print("========= ERROR SUMMARY: 0 errors")
            if "Unrun" not in sys.argv[-1]: print("[ RUN      ] One")
            """)
        code, text = self.check("sanitize")
        status = {i["name"]: i["status"] for i in self.items("sanitize")["items"]}
        self.assertEqual(code, 1)
        self.assertEqual(status["memcheck.Devices_Kernels"], "passed")
        self.assertEqual(status["memcheck.Devices_Unrun"], "failed")
        self.assertEqual(status["racecheck.Devices_Kernels"], "refused")
        self.assertEqual(status["racecheck.Devices_Fails"], "refused")
        self.assertEqual(status["initcheck.Devices_Kernels"], "failed")
        self.assertIn("racecheck refuses this device: ========= Error: Device not supported", text)
        self.assertFalse(os.path.exists(self.path("out", "sanitize", "racecheck.Devices_Fails.txt")))


    def test_the_results_so_far_are_one_archive_after_each_item(self):
        script(self.path("programs", "bin", "cuda_wrappers_test"), """
            import os, sys, tarfile
            kept = os.path.join(os.environ["OUT"], "gpu-results.tar.xz")
            print(sorted(os.path.basename(n) for n in tarfile.open(kept).getnames()) if os.path.exists(kept) else None)
            """)
        out = self.path("back")
        self.tool("first", "--only", "[cw][ur]*", "--output", self.path("out"), "--program-dir", self.path("programs"),
                  PATH=self.folder + os.pathsep + os.environ["PATH"], OUT=out)
        with tarfile.open(os.path.join(out, "gpu-results.tar.xz")) as tar:
            names = tar.getnames()
        for name in ("summary.json", "first/items.json", "first/wrappers.txt"):
            self.assertIn("gpu-results/" + name, names)
        with open(self.path("out", "first", "wrappers.txt")) as log:
            self.assertIn("None", log.read())
        os.remove(self.path("out", "first", "wrappers.json"))
        code, text = self.tool("first", "--only", "wrappers", "--retry-failed", "--output", self.path("out"),
                               "--program-dir", self.path("programs"),
                               PATH=self.folder + os.pathsep + os.environ["PATH"], OUT=out)
        with open(self.path("out", "first", "wrappers.txt")) as log:
            self.assertIn("cuda_test_on_device.Devices_Kernels.json", log.read())

    def test_the_first_half_hour_begins_with_the_wrappers_and_ends_with_the_study(self):
        script(self.path("compute-sanitizer"), "")
        code, text = self.check("first", "--list")
        order = [text.index(name) for name in ("wrappers", "cuda_test_on_device.Devices_Kernels", "memcheck.", "racecheck.",
                                               "ours.spectral_layer.D1,D4,N1,N2,P64", "ncu.D1", "fno_operator.gpu1",
                                               "test_ops.Devices_Kernels", "plan-seed20260128")]
        self.assertEqual(order, sorted(order))

    def test_the_arms_of_the_study_go_on_past_one_that_fails(self):
        code, text = self.check("study")
        status = {i["name"]: (i["status"], i["note"]) for i in self.items("study")["items"]}
        self.assertEqual(code, 1)
        self.assertEqual(status["control-seed20260128"], ("failed", "exit 4: error: the gate"))
        self.assertEqual(status["plan-seed20260128"], ("passed", "best_val_loss 0.0138, amp_ssim 0.9250"))
        self.assertEqual(len(status), len(study_arms.ARMS))


class Lists(WithFolder):
    """The machinery on lists of its own."""

    def part(self, items, seconds=60, **more):
        return Part("made-up", self.path("out"), items, None, seconds, **more)

    def status(self):
        with open(self.path("out", "items.json")) as file:
            return {i["name"]: i["status"] for i in json.load(file)["items"]}

    def test_an_item_has_its_own_limit(self):
        code = self.part([Item("slow", ["sleep", "30"], 0.3), Item("next", ["true"], 5)]).run()
        self.assertEqual((code, self.status()), (1, {"slow": "failed", "next": "passed"}))

    def test_what_does_not_fit_is_left_for_the_next_call(self):
        items = [Item("first", ["true"], 5), Item("long", ["sleep", "30"], 100), Item("last", ["true"], 50)]
        self.assertEqual(self.part(items, seconds=5.3).run(), 3)
        self.assertEqual(self.status(), {"first": "passed", "long": "left", "last": "left"})
        items[1] = Item("long", ["true"], 100)
        self.assertEqual(self.part(items).run(), 0)

    def test_what_needs_a_failed_item_is_not_run(self):
        items = [Item("data", ["false"], 5), Item("use", ["true"], 5, needs=("data",))]
        self.assertEqual(self.part(items).run(), 1)
        self.assertEqual(self.status(), {"data": "failed", "use": "not run"})

    def test_an_item_that_throws_takes_nothing_along(self):
        def throws(_):
            raise ValueError("of the item")
        self.assertEqual(self.part([Item("bad", throws, 5), Item("good", ["true"], 5)]).run(), 1)
        self.assertEqual(self.status(), {"bad": "failed", "good": "passed"})

    def test_a_stopped_training_run_goes_on(self):
        marker = self.path("checkpoint")
        training = f"trap 'touch {marker}; exit 130' INT; [ -e {marker} ] || while :; do sleep 0.05; done"
        item = Item("arm", ["bash", "-c", training], 0.5, resumes=True)
        self.assertEqual(self.part([item]).run(), 3)
        self.assertEqual(self.part([item]).run(), 0)

    def test_commands_are_written_down(self):
        self.part([Item("said", ["echo", "two words"], 5, env={"A": "1"})]).run()
        with open(self.path("out", "said.txt")) as file:
            self.assertEqual(file.read(), "$ A=1 echo 'two words'\ntwo words\n")


class Bundles(WithFolder):
    def test_a_bundle_starts_where_its_archive_is_unpacked(self):
        os.makedirs(self.path("tree", "tests", "golden"))
        os.makedirs(self.path("built"))
        for name in ("fno", "other"):  # real programs, which have libraries to be carried or not
            subprocess.run(["cp", "/bin/true", self.path("built", name)], check=True)
        code = pack.collect(self.path("tree"), self.path("built"), self.path("gpu-bundle"), ["fno", "other"], None)
        self.assertEqual(code, 0)
        os.rename(self.path("gpu-bundle.tar.xz"), self.path("moved.tar.xz"))
        found = programs.find(self.folder, self.path("moved.tar.xz"), False)
        self.assertTrue(found.has("fno") and found.has("other"))
        self.assertEqual(subprocess.run([found.path("other")]).returncode, 0)
        self.assertEqual(found.env(), {"FNO_GOLDEN_DIR": self.path("moved", "golden")})


class Judges(WithFolder):
    def test_sanitizer_errors_count_even_with_exit_0(self):
        ran = "[ RUN      ] Suite.Test\n"
        self.assertFalse(part_sanitize.judge(0, ran + "========= ERROR SUMMARY: 1 error\n")[0])
        self.assertFalse(part_sanitize.judge(0, ran + "========= RACECHECK SUMMARY: 2 hazards displayed\n")[0])
        self.assertTrue(part_sanitize.judge(0, ran + "========= ERROR SUMMARY: 0 errors\n")[0])
        self.assertFalse(part_sanitize.judge(0, "========= ERROR SUMMARY: 0 errors\n")[0])

    def run_folder(self, name, losses, weight):
        os.makedirs(self.path(name))
        with open(self.path(name, "history.json"), "w") as out:
            json.dump({"train_loss": losses, "val_loss": [None]}, out)
        with open(self.path(name, "metrics.jsonl"), "w") as out:
            out.writelines(json.dumps({"loss": loss, "samples_per_second": id(name)}) + "\n" for loss in losses)
        header = json.dumps({"__metadata__": {"run": name}, "w": {"dtype": "F32"}}).encode()
        with open(self.path(name, "model.safetensors"), "wb") as out:
            out.write(len(header).to_bytes(8, "little") + header + weight)

    def test_the_first_steps_are_near_within_1e_5_and_the_others_within_1e_2(self):
        self.run_folder("a-cpu", [0.5] * 4, b"1")
        for first, last, good in ((0.9e-5, 0, True), (1.1e-5, 0, False), (0, 0.9e-2, True), (0, 1.1e-2, False),
                                  (float("nan"), 0, False), (0, float("nan"), False)):
            self.run_folder("a-gpu1", [0.5 * (1 + first), 0.5, 0.5, 0.5 * (1 + last)], b"1")
            self.assertEqual(part_train.near(self.folder, "a")(None)[0], good)
            subprocess.run(["rm", "-r", self.path("a-gpu1")], check=True)

    def test_equal_runs_may_differ_in_metadata_only(self):
        self.run_folder("a-gpu1", [0.5], b"same")
        self.run_folder("a-gpu2", [0.5], b"same")
        self.assertTrue(part_train.same(self.folder, "a")(None)[0])
        self.run_folder("b-gpu1", [0.5], b"same")
        self.run_folder("b-gpu2", [0.5], b"samf")
        self.assertFalse(part_train.same(self.folder, "b")(None)[0])

    def test_the_arms_share_a_profile_and_stand_in_the_order_of_the_study(self):
        names = [name for name, _ in study_arms.ARMS]
        first = ("constant-1e-3", "plan", "constant-5e-4", "control")
        self.assertEqual(names[:4], [f"{arm}-seed20260128" for arm in first])
        for arm, seeds in (("constant-1e-3", 5), ("plan", 5), ("constant-5e-4", 5), ("control", 3)):
            self.assertEqual(sum(name.startswith(arm + "-seed") for name in names), seeds)
        texts = {name: " ".join(study_arms.arguments(flags, False)) + " " for name, flags in study_arms.ARMS}
        for name, text in texts.items():
            for flags in ("--study-profile replica", "--schedule-mode stepped", "--noise-seed 20260128", "--epochs 50",
                          "--nimgs-train 2", "--nphotons 1e9", "--fno-blocks 4", "--infer-batch-size 8"):
                self.assertIn(flags + " ", text, name)
        for flags in ("--architectures stable_hybrid", "--learning-rate 5e-4", "--scheduler WarmupCosine",
                      "--lr-warmup-epochs 5", "--lr-min-ratio 0.05", "--grad-clip 0.0", "--seed 20260128"):
            self.assertIn(flags + " ", texts["plan-seed20260128"])
        self.assertIn("--learning-rate 5e-4 --scheduler Default ", texts["constant-5e-4-seed20260129"])
        self.assertIn("--grad-clip 1.0 ", texts["control-seed20260128"])


if __name__ == "__main__":
    unittest.main()
