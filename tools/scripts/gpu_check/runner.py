"""Runs the items of a part one after another and keeps the list of what is done."""
import json
import os
import re
import time

from .items import FAILED, FINISHED, LEFT, NOT_RUN, PASSED, REFUSED, last_line, run_command, shell_line

LEAST = 5  # seconds: with less left no item is begun


def write_json(path, value):
    """Whole or not at all: a part may be killed at any moment."""
    with open(f"{path}.new", "w") as out:
        json.dump(value, out, indent=1)
        out.write("\n")
    os.replace(f"{path}.new", path)


def read_json(path, default):
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return default


class Part:
    """Results stand in FOLDER: items.json, the list; NAME.txt and NAME.json for each item."""

    def __init__(self, name, folder, items, context, seconds, retry_failed=False, after=lambda: None):
        self.name, self.folder, self.items, self.context = name, folder, items, context
        self.deadline = time.monotonic() + seconds
        self.retry_failed, self.after = retry_failed, after  # after(): called when an item's results are written
        os.makedirs(folder, exist_ok=True)
        self.records = {r["name"]: r for r in read_json(os.path.join(folder, "items.json"), {}).get("items", [])}
        self.refused_tools = {r["tool"]: r["note"] for r in self.records.values()
                              if r["status"] == REFUSED and r.get("tool")}

    def run(self):
        for item in self.items:
            old = self.records.get(item.name, {}).get("status")
            if old in FINISHED and not (old == FAILED and self.retry_failed):
                print(f"{item.name}: {old} before", flush=True)
                continue
            self.note(item, self.one(item))
        return self.report()

    def one(self, item):
        broken = [n for n in item.needs if self.records.get(n, {}).get("status") != PASSED]
        if broken:
            status = LEFT if all(self.records.get(n, {}).get("status") == LEFT for n in broken) else NOT_RUN
            return {"status": status, "note": f"needs {', '.join(broken)}"}
        if item.tool in self.refused_tools:
            return {"status": REFUSED, "note": self.refused_tools[item.tool]}
        remaining = self.deadline - time.monotonic()
        if remaining < min(LEAST, item.limit):
            return {"status": LEFT, "note": "no time left in this call"}
        try:
            return self.call(item) if callable(item.command) else self.execute(item, min(item.limit, remaining))
        except Exception as error:  # one item must not take the others along
            return {"status": FAILED, "note": f"{type(error).__name__}: {error}"}

    def call(self, item):
        start = time.monotonic()
        ok, note, results = item.command(self.context)
        return {"status": PASSED if ok else FAILED, "note": note, "results": results,
                "seconds": round(time.monotonic() - start, 2)}

    def execute(self, item, limit):
        log = os.path.join(self.folder, item.name + ".txt")
        code, output, seconds = run_command(item, limit, log)
        record = {"command": shell_line(item.command, item.env), "exit": code, "seconds": round(seconds, 2),
                  "log": os.path.basename(log), "tool": item.tool}
        refusal = next((line.strip() for line in output.splitlines() for text in item.refusals if text in line), None)
        if refusal and code != 0:
            self.refused_tools[item.tool] = f"{item.tool} refuses this device: {refusal}"
            return record | {"status": REFUSED, "note": self.refused_tools[item.tool]}
        if code is None:
            if limit < item.limit or item.resumes:
                return record | {"status": LEFT, "note": f"stopped after {limit:.0f} s, goes on in the next call"
                                 if item.resumes else "no time left in this call"}
            return record | {"status": FAILED, "note": f"stopped after its limit of {limit:.0f} s"}
        ok, note, results = (item.judge or plain)(code, output)
        return record | {"status": PASSED if ok else FAILED, "note": note, "results": results}

    def note(self, item, record):
        record = {"name": item.name} | record
        self.records[item.name] = record
        write_json(os.path.join(self.folder, item.name + ".json"), record)
        print(f"{item.name}: {record['status']}" + (f"  {record['note']}" if record.get("note") else ""), flush=True)
        self.save()
        self.after()

    def save(self):
        write_json(os.path.join(self.folder, "items.json"), {"part": self.name, "items": list(self.records.values())})

    def report(self):
        """Prints the table. 0: nothing failed; 1: something failed or could not be run for that; 3: some are left."""
        counts = {}
        width = max([len(i.name) for i in self.items] + [4])
        print(f"\n{'item':{width}}  {'result':8} {'seconds':>8}  note")
        for item in self.items:
            r = self.records[item.name]
            counts[r["status"]] = counts.get(r["status"], 0) + 1
            print(f"{item.name:{width}}  {r['status']:8} {r.get('seconds', ''):>8}  {r.get('note', '')}")
        total = ", ".join(f"{n} {status}" for status, n in counts.items()) or "no items"
        print(f"{self.name}: {total}; results in {self.folder}", flush=True)
        if counts.get(FAILED) or counts.get(NOT_RUN):
            return 1
        return 3 if counts.get(LEFT) else 0


def plain(code, output):
    return code == 0, "" if code == 0 else f"exit {code}: {last_line(output)}", {}


def safe_name(text):
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)
