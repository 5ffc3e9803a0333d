"""Times PyTorch or JAX on request: one JSON object a line in, one a line out. Started by bench/compare as
`worker.py torch` or `worker.py jax`, one process for each interpreter, number of threads and way of waiting, so that
its environment can be set before the library loads. A case is a line of a benchmark program's --list.

  {"do": "describe"}                               → {"label": …, "threads": …}
                                                     {"missing": "…"}    this interpreter has no such library
  {"do": "forms", "case": C}                       → {"forms": […]}
  {"do": "prepare", "case": C, "form": F}          → {"checks": […]}     forgets the forms of any other case
                                                     {"error": "…"}      this library cannot run the form
  {"do": "time", "form": F, "samples": n, "min_time": s}
                                                   → {"ms": […], "cpu_ms": […], "peak_bytes": most memory so far}
  {"do": "forget", "form": F}                      → {}
"""
import importlib
import json
import math
import os
import sys
import time

WARM_UPS = 3


def time_call(engine, call, samples, min_time):
    start = time.perf_counter()
    engine.wait(call())
    once = time.perf_counter() - start
    calls = max(1, math.ceil(min_time / max(once, 1e-7)))
    ms, cpu_ms = [], []
    for _ in range(samples):
        start, cpu_start = time.perf_counter(), time.process_time()
        for _ in range(calls):
            result = call()
        engine.wait(result)
        ms.append(1e3 * (time.perf_counter() - start) / calls)
        cpu_ms.append(1e3 * (time.process_time() - cpu_start) / calls)
    return {"ms": ms, "cpu_ms": cpu_ms, "peak_bytes": engine.peak_bytes()}


def main():
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no answer
    try:
        engine = importlib.import_module(sys.argv[1] + "_cases")
    except ImportError as error:
        answers.write(json.dumps({"missing": str(error)}) + "\n")
        return
    about = engine.start(int(os.environ["OMP_NUM_THREADS"]))
    ready, current = {}, None
    for line in sys.stdin:
        asked = json.loads(line)
        answer = {}
        if asked["do"] == "describe":
            answer = about
        elif asked["do"] == "forms":
            answer = {"forms": engine.forms(asked["case"])}
        elif asked["do"] == "prepare":
            if current != asked["case"]["case"]:
                ready, current = {}, asked["case"]["case"]
                engine.new_case()
            try:
                call, checks = engine.make(asked["case"], asked["form"])
                for _ in range(WARM_UPS):
                    engine.wait(call())
                ready[asked["form"]] = call
                answer = {"checks": checks}
            except Exception as error:  # whatever a compiler throws; the other forms go on
                answer = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]}
        elif asked["do"] == "forget":
            ready.pop(asked["form"], None)
        else:
            call = ready[asked["form"]]
            engine.wait(call())  # the caches hold another program's data
            answer = time_call(engine, call, asked["samples"], asked["min_time"])
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
