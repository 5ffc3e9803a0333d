"""gpu_check bench: the yardsticks, our programs alone, each kernel under ncu, and the cases that decide beside PyTorch."""
import json
import os
import re

from .items import Item, last_line

# What the predictions stand or fall with, the most telling first; one process of PyTorch for all, in its three eager
# forms and one compiled form.
COMPARED = ("P64/train", "D1/train", "D4/train", "N2/train", "E5")
FORMS = "rfft,truncated,dft,rfft+compile"
REHEARSED = ("E0",)
OURS = (("fno_bench_spectral_layer", "D1,D4,N1,N2,P64"), ("fno_bench_train_step", "E1,E5"),
        ("fno_bench_train_step", "E0,E2,E6"), ("fno_bench_spectral_layer", "B1,B2,D2,D3,N3,P32"))
VENDOR = ["--cuda-libraries", "vendor"]
# Time, bytes, registers and occupancy of a launch, conflicts in shared memory, requests and 32-byte sectors: beside what
# fno_cuda_profile counts.
METRICS = ("gpu__time_duration.sum", "dram__bytes_read.sum", "dram__bytes_write.sum",
           "l1tex__t_requests_pipe_lsu_mem_global_op_ld.sum", "l1tex__t_requests_pipe_lsu_mem_global_op_st.sum",
           "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum",
           "lts__t_sectors_op_read.sum", "lts__t_sectors_op_write.sum",
           "l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_ld.sum",
           "l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_st.sum", "smsp__inst_executed.sum",
           "launch__registers_per_thread", "launch__occupancy_limit_registers", "launch__occupancy_limit_shared_mem",
           "sm__warps_active.avg.pct_of_peak_sustained_active")


def ours(context, program, cases, name, flags):
    report = os.path.join(context.folder("bench"), name + ".cases.json")
    command = [context.program(program), "--device", context.device, "--json", report, *flags]
    if context.rehearse:
        cases = "E0" if "train_step" in program else "N1/operator"
        command += ["--samples", "1", "--min-time", "1e-6"]
    if cases:
        command += ["--cases", cases]

    def judge(code, output):
        if code != 0:
            return False, f"exit {code}: {last_line(output)}", {}
        with open(report) as file:
            results = json.load(file)
        fastest = ", ".join(f"{c['name']} {c['ms']:.3f} ms {c['percent_of_copy']:.0f} %" for c in results["cases"][:3])
        return True, f"copy {results['copy_gb_per_s']:.0f} GB/s; {fastest}", results

    return Item(name, command, 120, env=context.programs.env(), judge=judge)


def profiled(context, case):
    """One launch of each kernel of a case under ncu: its counters need a permission that a container may lack."""
    name = "ncu." + case
    command = ["ncu", "--csv", "--kernel-id", ":::1", "--metrics", ",".join(METRICS),
               context.program("fno_bench_spectral_layer"), "--device", context.device, "--cases", f"{case}/train",
               "--unchecked", "--samples", "1", "--min-time", "1e-6"]

    def judge(code, output):
        kernels = len(set(re.findall(r'_kernel[^",]*', output)))
        return code == 0 and kernels > 0, f"{kernels} kernels" if code == 0 else f"exit {code}: {last_line(output)}", {}

    return Item(name, command, 100, tool="ncu", judge=judge, env=context.programs.env(),
                refusals=("No such file or directory: 'ncu'", "ERR_NVGPUCTRPERM", "No kernels were profiled"))


def compared(context, cases):
    name = "beside-pytorch"
    report = os.path.join(context.folder("bench"), name + ".cases.json")
    quick = ["--rounds", "1", "--samples", "1", "--min-time", "1e-6"] if context.rehearse else \
            ["--rounds", "3", "--samples", "9", "--min-time", "0.02"]
    command = [context.python or "python3", os.path.join(context.root, "bench", "compare"), "--device", context.device,
               "--bin", os.path.join(context.programs.folder, "bin"), "--cases", ",".join(cases), "--forms", FORMS, "--json", report, *quick]

    def judge(code, output):
        try:
            with open(report) as file:
                results = json.load(file)
            note = "; ".join(f"{one['case']} ours {one['ours']['ms']:.3f} ms, {one['ours']['percent_of_copy']:.0f} % of "
                             f"copy, theirs / ours {one['best_of_all']['best']:.2f} ({one['best_of_all']['form']}), "
                             f"agreement {one['agreement']:.0e}" for one in results["cases"])
        except (OSError, ValueError, LookupError):
            return False, f"exit {code}: {last_line(output)}", {}
        return code == 0, note, results

    return Item(name, command, 480, env={"FNO_TORCH_PYTHON": context.python or ""} | context.programs.env(),
                judge=judge)


def yardsticks(context):
    report = os.path.join(context.folder("bench"), "yardsticks.rates.json")
    command = [context.python, os.path.join(context.root, "bench", "peer", "yardsticks.py"), "--json", report]
    if context.rehearse:
        command += ["--device", "cpu", "--size", "256", "--copy-mib", "16"]

    def judge(code, output):
        if code != 0:
            return False, f"exit {code}: {last_line(output)}", {}
        with open(report) as file:
            results = json.load(file)
        return True, ", ".join(f"{key} {value['median']:.0f} {value['unit']}" for key, value in
                               results["rates"].items()), results

    return Item("yardsticks", command, 90, judge=judge)


def items(context):
    without = Item("pytorch", lambda _: (False, "no Python with PyTorch was found; name one with --python", {}), 1)
    made = [yardsticks(context)] if context.python else [without]
    shown = OURS[:2] if context.rehearse else OURS
    timed = [ours(context, program, cases, f"ours.{program.replace('fno_bench_', '')}.{cases}", [])
             for program, cases in shown]
    made += timed[:2]
    if not context.rehearse:
        made += [profiled(context, case) for case in ("D1", "P64", "D4")]
    if context.python:
        made.append(compared(context, REHEARSED if context.rehearse else COMPARED))
    made += timed[2:]
    if not context.rehearse:
        made.append(ours(context, "fno_bench_train_step", "E0,E1,E5", "ours-with-vendor-libraries", VENDOR))
    return made
