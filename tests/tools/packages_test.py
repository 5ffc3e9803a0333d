"""tools/scripts/packages.sh waits while another process holds a lock of the package database. Runs the apt-get of this
machine on a database of its own in a temporary folder: nothing is installed and no root is needed."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools/scripts/packages.sh"
LINE = "The package database is locked by another process; waiting for up to"
STATUS = """Package: fno-sample
Status: install ok installed
Version: 1
Architecture: all
Maintainer: nobody
Description: stands for a package that is there
"""


class Packages(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = pathlib.Path(holder.name)
        for folder in ("state/lists/partial", "cache/archives/partial", "dpkg/updates", "etc/apt.conf.d",
                       "etc/preferences.d", "etc/sources.list.d", "bin"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "dpkg/status").write_text(STATUS)
        (self.root / "apt.conf").write_text(
            f'Dir::State "{self.root}/state"; Dir::State::status "{self.root}/dpkg/status";\n'
            f'Dir::Cache "{self.root}/cache"; Dir::Etc "{self.root}/etc"; APT::Sandbox::User "";\n')
        # install_missing asks for root, which these folders do not need.
        (self.root / "bin/id").write_text("#!/bin/sh\necho 0\n")
        (self.root / "bin/id").chmod(0o755)

    def lock(self, name):
        """Locks as apt does: by fcntl, which needs a process of its own. Released when it ends."""
        code = ("import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX);"
                "print('held', flush=True); sys.stdin.read()")
        holder = subprocess.Popen([sys.executable, "-c", code, str(self.root / name)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.communicate)
        self.assertEqual(holder.stdout.readline(), "held\n")
        return holder

    def start(self, package, patience):
        script = f'set -euo pipefail; . "{SCRIPT}"; missing=({package}); install_missing'
        env = {**os.environ, "APT_CONFIG": str(self.root / "apt.conf"), "lock_patience": str(patience),
               "PATH": f"{self.root}/bin:{os.environ['PATH']}"}
        return subprocess.Popen(["bash", "-c", script], env=env, stderr=subprocess.PIPE, text=True)

    def test_nothing_is_said_without_a_lock(self):
        run = self.start("fno-sample", 60)
        self.assertEqual((run.communicate()[1], run.returncode), ("", 0))

    def test_waits_for_the_lists_and_for_the_database(self):
        for name in "state/lists/lock", "dpkg/lock-frontend", "dpkg/lock":
            with self.subTest(name):
                holder = self.lock(name)
                run = self.start("fno-sample", 60)
                self.assertEqual(run.stderr.readline(), f"{LINE} 60 s.\n")
                self.assertIsNone(run.poll())
                holder.communicate()
                self.assertEqual((run.communicate()[1], run.returncode), ("", 0))

    def test_gives_up_with_what_apt_says(self):
        self.lock("state/lists/lock")
        run = self.start("fno-sample", 1)
        said = run.communicate()[1]
        self.assertIn(LINE, said)
        self.assertIn("Could not get lock", said)
        self.assertNotEqual(run.returncode, 0)

    def test_does_not_wait_for_a_package_that_does_not_exist(self):
        run = self.start("fno-no-such-package", 60)
        said = run.communicate()[1]
        self.assertIn("apt-get could not install: fno-no-such-package", said)
        self.assertNotIn(LINE, said)
        self.assertNotEqual(run.returncode, 0)


if __name__ == "__main__":
    if not shutil.which("apt-get"):
        print("SKIPPED: no apt-get here")
        sys.exit(77)
    unittest.main()
