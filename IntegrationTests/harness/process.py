"""What a process says, and what it uses, read from /proc."""

import os
import pathlib
import select
import time

from . import TIMEOUT


def line(stream):
    """The next line that a child process writes; what comes after it stays in the pipe."""
    deadline, data = time.monotonic() + TIMEOUT, b""
    while not data.endswith(b"\n"):
        assert select.select([stream], [], [], max(0, deadline - time.monotonic()))[0], f"no line in {TIMEOUT:g} s, only {data!r}"
        if not (byte := os.read(stream.fileno(), 1)):
            break
        data += byte
    return data.decode()


class Usage:
    """Memory and processor time of a process from now on."""

    def __init__(self, pid):
        self.folder = pathlib.Path(f"/proc/{pid}")
        self.reset()

    def reset(self):
        (self.folder / "clear_refs").write_text("5")  # the peak starts again at what is resident now
        self.memory = self.resident()
        return self.restart()

    def restart(self):
        """Measures the load from now on, the memory still from where it was."""
        self.start, self.processor = time.monotonic(), self._seconds()
        return self

    def resident(self, field="VmRSS"):
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise KeyError(field)

    def growth(self):
        """The most bytes that were resident above what was at the start."""
        return self.resident("VmHWM") - self.memory

    def load(self):
        """Processor time over time since the start: 1 is one core."""
        return (self._seconds() - self.processor) / (time.monotonic() - self.start)

    def descriptors(self):
        return len(os.listdir(self.folder / "fd"))

    def await_rest(self):
        """Until the process has used next to no processor time for a moment."""
        deadline, before = time.monotonic() + TIMEOUT * 3, None
        while before is None or self._ticks() - before > 1:
            assert time.monotonic() < deadline, "the process does not come to rest"
            before = self._ticks()
            time.sleep(0.25)

    def _seconds(self):
        return self._ticks() / os.sysconf("SC_CLK_TCK")

    def _ticks(self):
        fields = (self.folder / "stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
