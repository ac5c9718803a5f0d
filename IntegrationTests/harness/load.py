"""The load generator of Benchmarks/ against the realtime fixture's bench mode."""

import json
import os
import pathlib
import subprocess
import time

from . import TIMEOUT
from .fixture import ROOT, Fixture


def generator():
    """Compiled once; newer than its source afterwards."""
    source, binary = ROOT / "Benchmarks/sioload.c", ROOT / ".cache/sioload"
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        binary.parent.mkdir(exist_ok=True)
        subprocess.run(["cc", "-O2", "-o", binary, source], check=True)
    return binary


class Bench(Fixture):
    """A fixture, and generators that hold sockets open on it."""

    def __init__(self, *arguments):
        super().__init__(*arguments, mode="bench")
        self.holders = []

    def command(self, *flags):
        return [generator(), "--port", str(self.port), "--server-pid", str(self.process.pid), *map(str, flags)]

    def run(self, *flags, timeout=TIMEOUT * 6):
        result = subprocess.run(self.command(*flags), capture_output=True, text=True, timeout=timeout)
        answer = json.loads(result.stdout)
        assert answer["errors"] == 0, f"{answer['errors']} errors, the first: {answer['first_error']}; {answer['error_detail']}"
        return answer

    def hold(self, count, *flags):
        """Opens sockets that stay, and waits until they have joined."""
        holder = subprocess.Popen(
            self.command("--mode", "idle", "--conns", count, "--duration", 3600, "--verbose", *flags), stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        self.holders.append(holder)
        assert holder.stderr.readline() == f"connected {count} of {count}\n"

    def resident(self):
        """Resident memory in KiB, once the process is at rest."""
        self.await_rest()
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def await_rest(self):
        """Until the process has used next to no CPU for a moment."""
        deadline, before = time.monotonic() + TIMEOUT * 3, None
        while time.monotonic() < deadline:
            fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            ticks = int(fields[11]) + int(fields[12])
            if before is not None and ticks - before <= 1:
                return
            before = ticks
            time.sleep(0.25)
        raise AssertionError("the fixture does not come to rest")

    def close(self):
        for holder in self.holders:
            holder.kill()
            holder.wait(TIMEOUT)
            holder.stderr.close()
        self.stop()
