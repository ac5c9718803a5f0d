"""What a process uses, read from /proc."""

import os
import pathlib
import time


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

    def _seconds(self):
        fields = (self.folder / "stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
