"""What a hub syncs and renames below a folder, seen from inside its process."""

import pathlib
import subprocess


class Syncs:
    """`hub.start(syncs.under)` runs a hub that is watched."""

    def __init__(self, hub, below):
        self.log, self.failing = hub.folder / "syncs.txt", hub.folder / "syncs.fail"
        library = hub.folder / "libsyncs.so"
        source = pathlib.Path(__file__).with_suffix(".c")
        subprocess.run(
            ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
        self.under = ["env", f"LD_PRELOAD={library}", f"SYNCS_BELOW={(hub.folder / below).resolve()}", f"SYNCS_LOG={self.log}", f"SYNCS_FAIL={self.failing}"]

    def take(self):
        """What was done since this was asked last: `sync NAME` and `name NAME`, the folder itself being no name."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines

    def fail(self):
        """From now on the folder can't be synced."""
        self.failing.touch()
