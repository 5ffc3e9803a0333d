"""The other programs: PyTorch and JAX, each interpreter and number of threads in a process of its own."""
import atexit
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

from .figures import refuse

WORKER = pathlib.Path(__file__).resolve().parent.parent / "peer" / "worker.py"
DEBIAN = "/usr/bin/python3"
# Nothing inherited may choose a peer's kernels: OPENBLAS_CORETYPE=Haswell in a shell halves its rate.
CHOICES = ("OPENBLAS_", "ATEN_", "MKL_", "DNNL_", "ONEDNN_", "OMP_", "GOMP_", "KMP_", "MALLOC_", "XLA_", "NPROC",
           "TORCHINDUCTOR_", "JAX_")


def processor_flags():
    with open("/proc/cpuinfo") as file:
        return set(next((line.split() for line in file if line.startswith("flags")), []))


def settings_of(library, threads, waiting):
    """A peer at its best: memory kept rather than given back and faulted in again; the widest vectors that this
    processor has (Debian's PyTorch stops at AVX2 unless asked)."""
    settings = {"OMP_NUM_THREADS": str(threads), "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}
    if library == "jax":
        return settings | {"NPROC": str(threads), "JAX_PLATFORMS": "cpu",
                           "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"}
    settings |= {"OPENBLAS_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": waiting}
    if {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"} <= processor_flags():
        settings["ATEN_CPU_CAPABILITY"] = "avx512"
        settings["OPENBLAS_CORETYPE"] = "SKYLAKEX"  # 0.3.21 takes processors later than itself for a Prescott
    return settings


def environment_of(settings):
    return {name: value for name, value in os.environ.items() if not name.startswith(CHOICES)} | settings


def dies_with_us():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Peer:
    """One process. It stands still (SIGSTOP) unless it is asked something: its threads may spin while they wait."""

    def __init__(self, python, library, threads, waiting, device, chosen=()):
        self.threads, self.waiting, self.library = threads, waiting, library
        self.settings = settings_of(library, threads, waiting)
        try:
            self.process = subprocess.Popen(
                [python, str(WORKER), library], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=environment_of(self.settings | {"FNO_PEER_DEVICE": device}), preexec_fn=dies_with_us)
        except OSError as error:
            refuse(f"cannot start {python}: {error.strerror}")
        self.python = python
        about = self.ask(do="describe")
        if "missing" in about:
            raise LookupError(about["missing"])
        self.label, self.described, self.chosen = about["label"], {}, chosen

    def forms(self, case):
        if case["case"] not in self.described:
            has = self.ask(do="forms", case=case)["forms"]
            # A case with one form has a name for it that nobody chooses.
            self.described[case["case"]] = [f for f in has if f in self.chosen or not self.chosen or len(has) == 1]
            if not self.described[case["case"]]:
                refuse(f"--forms: found {','.join(self.chosen)}, {self.label} has {', '.join(has)} for {case['case']}")
        return self.described[case["case"]]

    def ask(self, **question):
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self.process.stdout.readline()
        if not line:
            what = question.get("case", {}).get("case", "")
            refuse(f"{self.python} ended while asked to {question['do']} {what} {question.get('form', '')}".strip(), 1)
        self.process.send_signal(signal.SIGSTOP)
        return json.loads(line)

    def close(self):
        self.process.kill()
        self.process.wait()


def interpreters(device):
    """(python, library, the variable that named it or None)"""
    found = [(DEBIAN, "torch", None)] if device == "cpu" else []
    for variable, library in (("FNO_TORCH_PYTHON", "torch"), ("FNO_JAX_PYTHON", "jax")):
        python = os.environ.get(variable)
        if not python:
            if device == "cpu":
                what = "JAX" if library == "jax" else "another PyTorch"
                print(f"compare: {variable} not set: an interpreter that has {what} would be a further peer",
                      file=sys.stderr)
        elif not shutil.which(python):
            refuse(f"{variable}: found {python}, an interpreter of Python is needed")
        elif library == "torch" or device == "cpu":
            found.append((python, library, variable))
    return found or [(DEBIAN, "torch", None)]


def start_all(threads, device, forms=()):
    """{label: [Peer]}: Debian's PyTorch, that of FNO_TORCH_PYTHON, the JAX of FNO_JAX_PYTHON; with more than one thread
    PyTorch both with threads that sleep while they wait and with threads that spin. On a device that of FNO_TORCH_PYTHON
    alone, or Debian's beside emulated kernels."""
    peers = {}
    for python, library, variable in interpreters(device):
        ways = {t: ("passive", "active") if library == "torch" and t > 1 and device == "cpu" else ("passive",)
                for t in threads}
        group = []
        try:
            for t in threads:
                for waiting in ways[t]:
                    group.append(Peer(python, library, t, waiting, "cuda" if device == "cuda" else "cpu",
                                      forms))
                    atexit.register(group[-1].close)
        except LookupError as error:
            if variable:
                refuse(f"{variable}: {python}: {error}")
            print(f"compare: {python} is left out: {error} (Debian: python3-torch, libopenblas0-pthread)",
                  file=sys.stderr)
            continue
        label = group[0].label
        peers[label if label not in peers else f"{label} of {python}"] = group
    if not peers:
        refuse("no peer: Debian's python3-torch, or an interpreter with PyTorch in FNO_TORCH_PYTHON, is needed")
    return peers
