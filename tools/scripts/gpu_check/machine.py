"""What a result was measured on, as it was found: nothing here changes a setting."""
import glob
import os
import platform
import shutil
import subprocess

from .items import last_line

QUERY = ("name,driver_version,memory.total,memory.used,clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem,"
         "power.limit,temperature.gpu,utilization.gpu,persistence_mode,compute_mode,mig.mode.current")


def output_of(command, seconds=60, env=None):
    """(return code, text); 127 where there is no such program."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds,
                              stdin=subprocess.DEVNULL, env=env, errors="replace")
        return done.returncode, done.stdout
    except FileNotFoundError as error:
        return 127, str(error)
    except (OSError, subprocess.TimeoutExpired) as error:
        return 124, str(error)


def cuda_tool(name):
    """The path of a program of the toolkit, or None."""
    usual = os.path.join("/usr/local/cuda/bin", name)
    return shutil.which(name) or (usual if os.access(usual, os.X_OK) else None)


def nvidia_smi():
    return shutil.which("nvidia-smi") or next(iter(glob.glob("/usr/local/nvidia/bin/nvidia-smi")), None)


def no_gpu_because():
    """None where there are signs of a GPU, else why this machine has none."""
    tool = nvidia_smi()
    if tool:
        code, text = output_of([tool, "-L"])
        if code == 0 and "GPU" in text:
            return None
        said = text.strip().splitlines()
        return f"nvidia-smi finds no GPU: {said[0] if said else f'exit {code}'}"
    if os.path.exists("/dev/nvidia0"):
        return None
    return "no NVIDIA GPU on this machine: nvidia-smi is not on the path and there is no /dev/nvidia0"


def clocks():
    """The GPU's clocks, power limit, temperature and load now, one dictionary a GPU."""
    tool = nvidia_smi()
    if not tool:
        return []
    code, text = output_of([tool, f"--query-gpu={QUERY}", "--format=csv,noheader"])
    if code != 0:
        return [{"nvidia-smi": text.strip()}]
    return [dict(zip(QUERY.split(","), (v.strip() for v in line.split(",")))) for line in text.strip().splitlines()]


def torch_python(wanted=None):
    """A Python that has PyTorch, or None."""
    for python in [wanted] if wanted else ["python3", "/usr/bin/python3", "python"]:
        path = shutil.which(python)
        if path and output_of([path, "-c", "import torch"], 120)[0] == 0:
            return path
    return None


def describe():
    return {
        "system": " ".join(platform.uname()[i] for i in (0, 2, 4)),
        "libc": " ".join(platform.libc_ver()),
        "cores": len(os.sched_getaffinity(0)),
        "gpus": clocks(),
        "nvcc": last_line(output_of([cuda_tool("nvcc") or "nvcc", "--version"])[1]),
        "compute-sanitizer": last_line(output_of([cuda_tool("compute-sanitizer") or "compute-sanitizer",
                                                  "--version"])[1]),
    }
