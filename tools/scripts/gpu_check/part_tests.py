"""gpu_check tests: the PTX wrappers against their software twins first, then every test that takes a device."""
import json
import os
import re

from .items import Item
from .machine import output_of
from .runner import safe_name


def executed(output):
    """How many tests a GoogleTest program began. Its report does not say: GoogleTest 1.12 calls tests that a skip in a
    global environment kept from running completed."""
    return len(re.findall(r"^\[ RUN      \]", output, re.M))


def gtest_item(name, program, gtest_filter, limit, folder, env, may_skip=False):
    """A GoogleTest program with some of its tests. Where there is a device, tests that do not run prove nothing."""
    report = os.path.join(folder, name + ".gtest.json")

    def judge(code, output):
        try:
            with open(report) as file:
                told = json.load(file)
        except (OSError, ValueError):
            lines = [line for line in output.splitlines() if line.strip()]
            return False, f"exit {code} without a report: {lines[-1] if lines else 'no output'}"[:160], {}
        os.remove(report)
        tests = [(f"{suite['name']}.{t['name']}", t) for suite in told["testsuites"] for t in suite["testsuite"]]
        failed = [n for n, t in tests if t.get("failures")]
        skipped = [n for n, t in tests if t.get("result") == "SKIPPED"]
        ran = executed(output) - len(skipped)
        results = {"tests": len(tests), "ran": ran, "failed": failed, "skipped": skipped}
        if failed:
            return False, f"{len(failed)} of {len(tests)} failed, first {failed[0]}", results
        if not tests:
            return False, f"no test fits {gtest_filter}", results
        if code != 0:
            return False, f"exit {code} after {len(tests)} tests", results
        if ran <= 0 and not may_skip:
            return False, f"none of {len(tests)} tests ran", results
        note = f"{ran} tests"
        return True, note + (f", {len(skipped)} skipped" if skipped else ""), results

    command = [program, f"--gtest_filter={gtest_filter}", f"--gtest_output=json:{report}", "--gtest_color=no"]
    return Item(name, command, limit, env=env, judge=judge)


def suites(program, env, label=None):
    """Names of the test suites of a program, of those with a test for that device alone if given."""
    code, text = output_of([program, "--gtest_list_tests"], 60, {**os.environ, **env})
    found, suite = [], None
    for line in text.splitlines() if code == 0 else []:
        if line and not line.startswith(" ") and line.split()[0].endswith("."):
            suite = line.split()[0][:-1]
        elif line.startswith("  ") and suite:
            name = line.split("#")[0].strip()
            if suite not in found and (label is None or name.endswith("/" + label)):
                found.append(suite)
    return found


def items(context):
    folder, env, programs = context.folder("tests"), context.programs.env(), context.programs
    kernels = "cuda_test_plain" if context.rehearse else "cuda_test_on_device"
    made = []

    def missing(name):
        made.append(Item(name, lambda _: (False, "this program was not built", {}), 1))

    def whole(program, gtest_filter, name, limit):
        if programs.has(program):
            made.append(gtest_item(name, programs.path(program), gtest_filter, limit, folder, env, context.rehearse))
        else:
            missing(name)

    def by_suite(program, label, limit, only=lambda suite: True):
        if not programs.has(program):
            return missing(program)
        found = [s for s in suites(programs.path(program), env, label) if only(s)]
        if not found:
            said = f"--gtest_list_tests names no test{f' for {label}' if label else ''}"
            made.append(Item(program, lambda _: (False, said, {}), 1))
        for suite in found:
            tests = f"{suite}.*" + (f"/{label}" if label else "")
            made.append(gtest_item(safe_name(f"{program}.{suite}"), programs.path(program), tests, limit, folder, env))

    whole("cuda_wrappers_test", "*", "wrappers", 60)
    by_suite(kernels, None, 120, lambda suite: suite.startswith("Cuda") or not context.rehearse)
    for program in ("test_models", "test_ops", "test_optim", "test_framework"):
        by_suite(program, context.test_label, 120)
    whole("cuda_device_test", "*", "device", 60)
    return made


def families(context):
    """(name, filter) of the kernel tests by family, for the sanitizers."""
    program = context.program("cuda_test_plain" if context.rehearse else "cuda_test_on_device")
    return [(suite, f"{suite}.*") for suite in suites(program, context.programs.env())]
