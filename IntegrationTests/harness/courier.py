"""A channel in C whose provider is the test: each attempt to send arrives here and is answered from here."""

import json
import pathlib
import queue
import socket
import subprocess
import threading

from . import TIMEOUT
from .hub import ROOT

ACCEPTED = {"outcome": "accepted"}


class Attempt:
    """One delivery of the hub to the channel, with the connection that its answer goes back on."""

    def __init__(self, connection, line):
        self.connection = connection
        self.kind, self.account, self.conversation, body = line.split(" ", 3)
        self.body = json.loads(body)
        self.reference = self.body.get("reference")
        self.number = self.body.get("attempt")
        self.text = self.body.get("message", {}).get("text")

    def answer(self, outcome="accepted", **members):
        if outcome == "accepted":
            members.setdefault("providerMessageId", f"prov.{self.reference}.{self.number}")
        try:
            self.connection.sendall(json.dumps({"outcome": outcome, **members}).encode() + b"\n")
        except OSError:
            pass  # the hub is gone: that is some tests' point
        self.connection.close()
        return members.get("providerMessageId")

    def break_off(self):
        self.connection.close()


class Provider:
    """Where a courier's attempts arrive. `attempts` holds those nobody has answered; with `behave` set they are answered at once by it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.attempts, self.behave = queue.Queue(), None
        self.seen, self.lock = [], threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection):
        line = connection.makefile("r", encoding="utf-8").readline()
        if not line:
            return
        attempt = Attempt(connection, line)
        with self.lock:
            self.seen.append(attempt)
        if self.behave:
            self.behave(attempt)
        else:
            self.attempts.put(attempt)

    def next(self, timeout=TIMEOUT):
        return self.attempts.get(timeout=timeout)

    def close(self):
        self.listener.close()


def install(hub, provider, **accounts):
    """Adds the channel `courier` to a hub that is not started yet; accounts by tenant."""
    folder = hub.folder / "plugins"
    folder.mkdir(exist_ok=True)
    source = pathlib.Path(__file__).with_suffix(".c")
    subprocess.run(
        ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-pthread",
         f"-I{ROOT / 'Sources/CHubPlugin/include'}", "-o", str(folder / "libcourier.so"), str(source)], check=True)
    if str(folder) not in hub.config["plugins"]["path"]:
        hub.config["plugins"]["path"].append(str(folder))
    hub.config["channels"]["courier"] = {
        "plugin": "courier", "accounts": {account: {"tenant": tenant} for account, tenant in (accounts or {"desk": "acme"}).items()},
        "config": {"port": provider.port, "path": "/courier"}}
    hub.config.setdefault("limits", {}).setdefault("per_tenant", {})["sends"] = 0
    hub.config["limits"]["per_user"]["sends"] = 0


def emit(hub, kind, id, body, conversation="", account="desk", **options):
    """Lets the channel emit an event; the answer comes once it is on disk."""
    headers = {"X-Kind": kind, "X-Id": id, "X-Account": account, "X-Conversation": conversation}
    return hub.http.post(f"{hub.url}/courier", data=json.dumps(body), headers=headers, timeout=options.get("timeout", TIMEOUT))


def health(hub, state):
    """Lets the channel report how it is: 1 ok, 3 down."""
    return hub.http.post(f"{hub.url}/courier", headers={"X-Health": str(state)}, timeout=TIMEOUT)
