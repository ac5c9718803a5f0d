"""The realtime server alone: the executable realtime-fixture in one of its modes."""

import os
import pathlib
import signal
import subprocess

from . import TIMEOUT
from .process import line

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    candidates = [os.environ.get("FIXTURE_BIN"), ROOT / ".build/debug/realtime-fixture", ROOT / ".build/release/realtime-fixture"]
    for path in filter(None, candidates):
        if os.access(path, os.X_OK):
            return pathlib.Path(path).resolve()
    raise FileNotFoundError("no realtime-fixture: build it, or name it in FIXTURE_BIN")


class Fixture:
    def __init__(self, *arguments, mode="fixture"):
        self.arguments, self.mode, self.port, self.process = arguments, mode, 0, None

    def start(self):
        command = [str(binary()), "--mode", self.mode, "--port", str(self.port), *map(str, self.arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        said = line(self.process.stdout)
        assert said.startswith("listening on "), f"realtime-fixture said {said!r}"
        self.port = int(said.split()[2].rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
        return self.process and self.process.wait(TIMEOUT)

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        return self.start()
