"""Times PyTorch on request: one JSON object a line in, one a line out. Started by bench/compare, one process for each
interpreter and number of threads, so that its environment can be set before PyTorch loads.

  {"do": "prepare", "case": C, "form": F}          → {"checks": […]}     forgets the forms of any other case
                                                     {"error": "…"}      this PyTorch cannot run the form
  {"do": "time", "case": C, "form": F, "samples": n, "min_time": s}
                                                   → {"ms": […], "cpu_ms": […], "peak_bytes": most memory so far}
  {"do": "describe"}                               → {"version": …, "threads": …, "cases": […], …}
"""
import json
import math
import os
import sys
import time

import torch

import cases
from noise import DEVICE

WARM_UPS = 3
ON_GPU = DEVICE != "cpu"


def wait():
    if ON_GPU:
        torch.cuda.synchronize()


def time_call(call, samples, min_time):
    wait()
    start = time.perf_counter()
    call()
    wait()
    once = time.perf_counter() - start
    calls = max(1, math.ceil(min_time / max(once, 1e-7)))
    ms, cpu_ms = [], []
    for _ in range(samples):
        start, cpu_start = time.perf_counter(), time.process_time()
        for _ in range(calls):
            call()
        wait()
        ms.append(1e3 * (time.perf_counter() - start) / calls)
        cpu_ms.append(1e3 * (time.process_time() - cpu_start) / calls)
    return {"ms": ms, "cpu_ms": cpu_ms, "peak_bytes": torch.cuda.max_memory_allocated() if ON_GPU else None}


def main():
    threads = int(os.environ["OMP_NUM_THREADS"])
    torch.set_num_threads(threads)
    if ON_GPU:
        torch.set_default_device(DEVICE)
        # float32 on both sides: its own default for convolutions has 10 bits of mantissa.
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.benchmark = True
    ready = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "describe":
            answer = {"version": torch.__version__, "threads": torch.get_num_threads(),
                      "cases": {name: cases.forms(name) for name in cases.names()}}
        elif asked["do"] == "prepare":
            for key in [k for k in ready if k[0] != asked["case"]]:
                del ready[key]
            try:
                call, checks = cases.make(asked["case"], asked["form"])
                for _ in range(WARM_UPS):
                    call()
                ready[asked["case"], asked["form"]] = call
                answer = {"checks": checks}
            except Exception as error:  # whatever a compiler of PyTorch throws; the other forms go on
                answer = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]}
        else:
            call = ready[asked["case"], asked["form"]]
            call()  # the caches hold another program's data
            answer = time_call(call, asked["samples"], asked["min_time"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
