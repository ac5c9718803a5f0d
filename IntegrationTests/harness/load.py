"""The load generator of Benchmarks/ against the realtime fixture's bench mode."""

import json
import subprocess
import time

import requests

from . import TIMEOUT
from .fixture import ROOT, Fixture
from .process import Usage, line


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
            stderr=subprocess.PIPE)
        self.holders.append(holder)
        assert line(holder.stderr) == f"connected {count} of {count}\n"

    def resident(self):
        """Resident memory in KiB, once the process is at rest."""
        usage = self.usage()
        usage.await_rest()
        return usage.resident() >> 10

    def stats(self):
        return requests.get(f"{self.url}/stats", timeout=TIMEOUT).json()

    def await_nothing(self):
        """Until no session, socket, room or awaited answer is left; what was counted then."""
        deadline = time.monotonic() + TIMEOUT
        while any((stats := self.stats())[kind] for kind in ("sessions", "sockets", "rooms", "acks")):
            assert time.monotonic() < deadline, f"left over: {stats}"
            time.sleep(0.05)
        return stats

    def descriptors(self):
        return self.usage().descriptors()

    def usage(self):
        return Usage(self.process.pid)

    def close(self):
        for holder in self.holders:
            holder.kill()
            holder.wait(TIMEOUT)
            holder.stderr.close()
        self.stop()
