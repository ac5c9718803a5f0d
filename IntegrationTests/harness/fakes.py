"""Fake providers: the executable hub-fakes, which customers write and read through."""

import json
import os
import pathlib
import signal
import subprocess
import threading

import requests

from . import TIMEOUT, Closing
from .process import line

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    candidates = [os.environ.get("FAKES_BIN"), ROOT / ".build/debug/hub-fakes", ROOT / ".build/release/hub-fakes"]
    for path in filter(None, candidates):
        if os.access(path, os.X_OK):
            return pathlib.Path(path).resolve()
    raise FileNotFoundError("no hub-fakes: build it, or name it in FAKES_BIN")


class Fake(Closing):
    """`kind` is graph, evolution or chatengine; arguments are those of its command."""

    def __init__(self, kind, *arguments, listen="127.0.0.1:0"):
        self.kind, self.arguments = kind, list(map(str, arguments))
        self.log, self.http = [], requests.Session()
        self._start(listen)

    def _start(self, listen):
        command = [str(binary()), self.kind, "--listen", listen, *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        self.reader = threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        self.ready = json.loads(line(self.process.stdout))
        self.url = self.ready["url"]
        self.port = int(self.url.rpartition(":")[2])

    def _read_log(self, stream):
        for text in stream:
            self.log.append(text.rstrip("\n"))

    def restart(self, how=signal.SIGKILL):
        """Another process on the same port. What it is to know again is in the file of `--keep`."""
        self.stop(how)
        self._start(self.url.removeprefix("http://"))

    def ask(self, method, path, body=None, expect=(200, 202), **parameters):
        """A call of the control API."""
        answer = self.http.request(method, f"{self.ready['control']}{path}", json=body, params=parameters, timeout=TIMEOUT + 5)
        assert answer.status_code in expect, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def write(self, message=None, *, parameters=None, **members):
        """A customer writes; the provider's id of it, or the ids of a list."""
        said = self.ask("POST", "messages", message if message is not None else members, **(parameters or {}))
        return said.get("id") or said["ids"]

    def sent(self, at_least=1, wait=None, **parameters):
        """What the provider was asked to send, once there is that much of it."""
        items = self.ask("GET", "sent", atLeast=at_least, wait=f"{wait or TIMEOUT:g}s", **parameters)["items"]
        assert len(items) >= at_least, f"{len(items)} of {at_least}: {items}"
        return items

    def webhooks(self, state=None):
        return self.ask("GET", "webhooks", **({"state": state} if state else {}))["items"]

    def fault(self, **fault):
        self.ask("POST", "faults", fault)

    def sockets(self, do, **more):
        return self.ask("POST", "sockets", {"do": do, **more})["sockets"]

    def advance(self, span):
        self.ask("POST", "clock", {"advance": span})

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(TIMEOUT)

    def close(self):
        self.stop()
        self.http.close()
