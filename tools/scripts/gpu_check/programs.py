"""The programs to run: a folder made elsewhere, or what can be built here."""
import json
import os
import tarfile

from .items import Item, run_command
from .machine import cuda_tool, output_of

TARGETS = ("fno", "cuda_wrappers_test", "cuda_test_on_device", "test_models", "test_ops", "test_optim",
           "test_framework", "cuda_device_test", "fno_bench_train_step", "fno_bench_spectral_layer")


class Programs:
    """Folder F with F/bin; a bundle of `gpu_check pack` has F/lib and F/golden too."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)

    def path(self, name):
        return os.path.join(self.folder, "bin", name)

    def has(self, name):
        return os.access(self.path(name), os.X_OK)

    def env(self):
        golden = os.path.join(self.folder, "golden")
        return {"FNO_GOLDEN_DIR": golden} if os.path.isdir(golden) else {}

    def device_row(self, device):
        """What `fno devices` says of a device: {"available": …, "reason": …}."""
        code, text = output_of([self.path("fno"), "devices", "--json"])
        try:
            return next(row for row in json.loads(text) if row["device"] == device)
        except (ValueError, StopIteration, KeyError, TypeError):
            return {"available": False, "reason": f"fno devices --json: exit {code}: {text.strip()[:200]}"}

    def identity(self):
        return output_of([self.path("fno"), "--version"])[1].strip()

    def help(self, command):
        """The page of a command, empty if this program has none of that name."""
        code, text = output_of([self.path("fno"), command, "--help"])
        return text if code == 0 else ""


def unpacked(archive):
    """The folder of a bundle's archive, made beside it unless it is there and newer."""
    folder = archive[:-len(".tar.xz")]
    if not os.path.exists(folder) or os.path.getmtime(folder) < os.path.getmtime(archive):
        with tarfile.open(archive) as tar:
            for member in tar.getmembers():  # "gpu-bundle/bin/fno" → FOLDER/bin/fno
                member.name = os.path.relpath(member.name, "gpu-bundle")
                tar.extract(member, folder)
        os.utime(folder)
    return folder


def find(root, given, rehearse):
    """The programs, or None where they must be built."""
    if given:
        return Programs(unpacked(given) if given.endswith(".tar.xz") and os.path.isfile(given) else given)
    archive = os.path.join(root, "build", "gpu-bundle.tar.xz")
    if os.path.isfile(archive):
        return Programs(unpacked(archive))
    places = ["build/gpu-bundle", "build/gpu"] + (["build/check"] if rehearse else [])
    for place in places:
        programs = Programs(os.path.join(root, place))
        if programs.has("fno"):
            return programs
    return None


def build(root, folder, seconds):
    """Builds in root/build/gpu what this machine has the packages for, target by target, so that one that fails does
    not take the others along. Returns (Programs, or None without `fno`, what failed)."""
    where = os.path.join(root, "build", "gpu")
    configure = ["cmake", "-S", root, "-B", where, "-DCMAKE_BUILD_TYPE=Release", "-DFNO_CUDA=ON",
                 f"-DCMAKE_CUDA_COMPILER={cuda_tool('nvcc') or 'nvcc'}"]
    every = ["-DFNO_BUILD_TESTS=ON", "-DFNO_BUILD_BENCH=ON", "-DFNO_CUDA_EMULATION=ON"]
    least = ["-DFNO_BUILD_TESTS=OFF", "-DFNO_BUILD_BENCH=OFF"]
    problems = []
    for options in (every, least):  # the second where GoogleTest or Google Benchmark is missing
        item = Item("build-configure", configure + options, seconds)
        code, _, _ = run_command(item, seconds, os.path.join(folder, f"build-configure{options is least:d}.txt"))
        if code == 0:
            break
        problems.append("configure " + " ".join(options))
    else:
        return None, problems
    for target in TARGETS:
        item = Item(target, ["cmake", "--build", where, "-j", str(os.cpu_count()), "--target", target], seconds)
        if run_command(item, seconds, os.path.join(folder, f"build-{target}.txt"))[0] != 0:
            problems.append(target)
    programs = Programs(where)
    return (programs if programs.has("fno") else None), problems
