"""gpu_check pack: a folder of programs that start on a machine with nothing but glibc and a driver."""
import os
import re
import shutil
import subprocess
import sys
import tarfile

from .machine import cuda_tool, output_of
from .programs import TARGETS
from .runner import write_json

# The emulated tests go along, so that a bundle can be rehearsed where it was made.
EMULATED = ("cuda_test_plain",)
# What every Linux has, in the version of the machine that runs the program.
SYSTEM = re.compile(r"^(linux-vdso|ld-linux|libc|libm|libpthread|libdl|librt|libresolv)[.-]")


def shared_libraries(program):
    """Paths of the libraries to take along."""
    code, text = output_of(["ldd", program])
    found = re.findall(r"^\s*(\S+) => (/\S+)", text, re.M) if code == 0 else []
    return [path for name, path in found if not SYSTEM.match(name)]


def run(root, output, jobs, probe):
    build = os.path.join(root, "build", "portable")
    configure = ["cmake", "-S", root, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DFNO_PORTABLE=ON",
                 "-DFNO_CUDA=ON", "-DFNO_CUDA_EMULATION=ON"]
    nvcc = cuda_tool("nvcc")
    if nvcc is None:
        print("gpu_check pack: nvcc is needed, on the path or in /usr/local/cuda/bin", file=sys.stderr)
        return 5
    targets = [*TARGETS, *EMULATED]
    for command in (configure + [f"-DCMAKE_CUDA_COMPILER={nvcc}"],
                    ["cmake", "--build", build, "-j", str(jobs), "--target", *targets]):
        print("$", *command, flush=True)
        if subprocess.run(command).returncode != 0:
            return 1
    return collect(root, os.path.join(build, "bin"), output, targets, probe)


def collect(root, bin_folder, output, targets, probe):
    fresh = output + ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    for folder in ("bin", "lib"):
        os.makedirs(os.path.join(fresh, folder))
    for target in targets:
        built, program = os.path.join(bin_folder, target), os.path.join(fresh, "bin", target)
        for library in shared_libraries(built):
            shutil.copy2(library, os.path.join(fresh, "lib", os.path.basename(library)))
        shutil.copy2(built, program)
        subprocess.run(["strip", program], check=True)
    shutil.copytree(os.path.join(root, "tests", "golden"), os.path.join(fresh, "golden"),
                    ignore=shutil.ignore_patterns("*.py", "*.cpp", "*.md"))
    if probe:
        shutil.copy2(probe, os.path.join(fresh, "probe.npz"))
    write_json(os.path.join(fresh, "bundle.json"),
               {"version": output_of([os.path.join(fresh, "bin", "fno"), "--version"])[1].strip().splitlines(),
                "glibc": output_of(["ldd", "--version"])[1].splitlines()[0],
                "libraries": sorted(os.listdir(os.path.join(fresh, "lib"))), "programs": targets})
    shutil.rmtree(output, ignore_errors=True)
    os.rename(fresh, output)
    size = sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(output) for f in files)
    archive = output + ".tar.xz"
    with tarfile.open(archive, "w:xz", preset=9) as tar:  # the programs share most of what they are
        tar.add(output, "gpu-bundle")
    print(f"{output}: {len(targets)} programs, {size / 2**20:.0f} MiB, {archive} "
          f"{os.path.getsize(archive) / 2**20:.0f} MiB; shared libraries "
          f"{', '.join(sorted(os.listdir(os.path.join(output, 'lib')))) or 'none'}")
    return 0
