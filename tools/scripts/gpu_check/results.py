"""What became of everything, in one file: summary.json, and with the environment's OUT one archive in that folder. Both are
rewritten after each item, since a call may be cut off at any moment and only small files of one folder may come back."""
import os
import tarfile

from .runner import read_json, write_json

KINDS = (".json", ".jsonl", ".txt", ".md", ".csv")
MOST = 2 << 20  # bytes of a file; a longer one is named in left-out.txt


def summarise(output, parts):
    parts = {name: read_json(os.path.join(output, name, "items.json"), None) for name in parts}
    write_json(os.path.join(output, "summary.json"),
               {"machine": read_json(os.path.join(output, "machine.json"), {}),
                "parts": {name: part for name, part in parts.items() if part}})


def pack(output, folder):
    """Writes FOLDER/gpu-results.tar.xz with the readable files of `output`, whole or not at all."""
    os.makedirs(folder, exist_ok=True)
    archive, left = os.path.join(folder, "gpu-results.tar.xz"), []
    found = sorted(os.path.join(d, f) for d, _, files in os.walk(output) for f in files if f.endswith(KINDS))
    with tarfile.open(archive + ".new", "w:xz", preset=1) as tar:
        for path in found:
            if os.path.getsize(path) <= MOST:
                tar.add(path, os.path.join("gpu-results", os.path.relpath(path, output)))
            else:
                left.append(f"{os.path.relpath(path, output)}: {os.path.getsize(path)} bytes")
    os.replace(archive + ".new", archive)
    if left:
        with open(os.path.join(folder, "left-out.txt"), "w") as out:
            out.write("\n".join(left) + "\n")


def keep(output, parts):
    summarise(output, parts)
    if os.environ.get("OUT"):
        pack(output, os.environ["OUT"])
