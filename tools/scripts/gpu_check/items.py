"""What a part consists of, and what became of it."""
import dataclasses
import os
import signal
import subprocess
import time

PASSED, FAILED, REFUSED, NOT_RUN, LEFT = "passed", "failed", "refused", "not run", "left"
FINISHED = (PASSED, FAILED, REFUSED)  # a resumed part does not do these again
GRACE = 20  # seconds from asking a program to stop to killing it


@dataclasses.dataclass
class Item:
    """One line of the table: a command, or a function of the context that gives (ok, note, results)."""

    name: str
    command: object
    limit: float                  # seconds
    needs: tuple = ()             # items that must have passed before
    env: dict = dataclasses.field(default_factory=dict)
    tool: str = ""                # once it has refused the device, its other items are not tried
    refusals: tuple = ()          # texts by which the tool says that it cannot work here
    judge: object = None          # function of (return code, output) giving (ok, note, results)
    resumes: bool = False         # cut off by time it goes on in the next call, where it stopped


def shell_line(command, env):
    quote = lambda text: text if all(c.isalnum() or c in "-_./=:,+%@" for c in text) and text else f"'{text}'"
    return " ".join([*(f"{k}={quote(v)}" for k, v in env.items()), *(quote(str(c)) for c in command)])


def run_command(item, limit, log):
    """(return code, or None where time ran out; output; seconds). Output goes to the file as it comes."""
    start = time.monotonic()
    with open(log, "w", errors="replace") as out:
        out.write("$ " + shell_line(item.command, item.env) + "\n")
        out.flush()
        try:
            process = subprocess.Popen([str(c) for c in item.command], stdout=out, stderr=subprocess.STDOUT,
                                       stdin=subprocess.DEVNULL, env={**os.environ, **item.env},
                                       start_new_session=True)
        except OSError as error:
            out.write(f"{error}\n")
            return 127, str(error), 0.0
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
            stop(process)
        except BaseException:  # the person stops us: take the program along
            stop(process)
            raise
    with open(log, errors="replace") as done:
        return code, done.read().split("\n", 1)[1], time.monotonic() - start


def stop(process):
    """First politely, so that a training run writes its checkpoint; the group of this one process alone."""
    for number, patience in ((signal.SIGINT, GRACE), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def last_line(output):
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:160] if lines else ""
