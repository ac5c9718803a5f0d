"""A hub process in a folder of its own."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

import requests

from . import TIMEOUT, meta, tokens

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    candidates = [os.environ.get("HUB_BIN"), ROOT / ".build/debug/hub", ROOT / ".build/release/hub"]
    for path in filter(None, candidates):
        if os.access(path, os.X_OK):
            return pathlib.Path(path).resolve()
    raise FileNotFoundError("no hub: build it, or name it in HUB_BIN")


def free_port():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Hub:
    """`hub.config` may be changed before `start`; `close` ends it and removes its folder."""

    running = []  # for the report of a failed test

    def __init__(self, origins=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hub-"))
        self.port, self.admin_port = free_port(), free_port()
        self.url, self.admin = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.admin_port}"
        self.process = self.notices = None
        self.admin_token = None  # what `metric` shows, where the admin listener wants one
        self.log = []
        self.http = requests.Session()
        self._secrets()
        self.config = self._config(list(origins))
        self.text = None  # hub.yaml as text, instead of `config`

    def _secrets(self):
        folder = self.folder / "data/secrets"
        folder.mkdir(parents=True, mode=0o700)
        (self.folder / "data").chmod(0o700)
        for name, text in {"jwt": tokens.SECRET, "app": meta.APP_SECRET, "verify": meta.VERIFY_TOKEN, "key": "integration-api-key-0123456789abcdef"}.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o600)

    def _config(self, origins):
        secret = "secret://file/data/secrets/"
        socketio = lambda namespace: {"plugin": "socketio", "config": {"namespace": namespace, "dialect": "inbox"}}
        return {
            "version": 1,
            "data": "./data",
            "server": {"listen": f"127.0.0.1:{self.port}", "cors": {"origins": origins}, "drain": "5s"},
            "admin": {"listen": f"127.0.0.1:{self.admin_port}"},
            "auth": {"jwt": {"secret": secret + "jwt"}, "api_keys": {"ops": {"key": secret + "key", "tenant": "acme", "roles": ["stats"]}}},
            "plugins": {"path": [str(binary().parent)]},
            "limits": {"per_ip": {"connections": 0, "requests": 0}, "per_user": {"connections": 0, "events": 0}, "per_socket": {"events": 0}},
            "channels": {
                "meta-main": {
                    "plugin": "meta-cloud",
                    "accounts": {meta.ACME: {"tenant": "acme"}, meta.GLOBEX: {"tenant": "globex"}},
                    "config": {"path": "/webhooks/whatsapp", "verify_token": secret + "verify", "app_secret": secret + "app"},
                }
            },
            "sinks": {"frontend": socketio("/"), "whatsapp": socketio("/whatsapp"), "stats": {"plugin": "stats", "config": {"path": "/api/socket/stats"}}},
        }

    api_key = "integration-api-key-0123456789abcdef"

    # process

    def write(self):
        (self.folder / "hub.yaml").write_text(self.text or json.dumps(self.config, indent=2) + "\n")  # JSON is YAML

    def command(self, *arguments, **options):
        """Runs another verb of the binary to its end."""
        self.write()
        options = {"capture_output": True, "text": True, "timeout": TIMEOUT, "cwd": self.folder, **options}
        return subprocess.run([str(binary()), *arguments], **options)

    def start(self, under=()):
        """`under`: a command that runs the hub in its place, such as prlimit."""
        self.write()
        address = str(self.folder / "notify")
        if os.path.exists(address):
            os.unlink(address)
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(address)
        self.process = subprocess.Popen(
            [*under, str(binary()), "serve", "-c", "hub.yaml"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace", env={**os.environ, "NOTIFY_SOCKET": address})
        self.reader = threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        if self not in Hub.running:
            Hub.running.append(self)
        self.expect_notice("READY=1")
        return self

    def _read_log(self, stream):
        for line in stream:
            self.log.append(line.rstrip("\n"))

    def expect_notice(self, wanted):
        """Waits until the process has told its service manager so."""
        deadline = time.monotonic() + TIMEOUT
        self.notices.settimeout(0.2)  # only to notice that the process has died
        while time.monotonic() < deadline:
            try:
                if wanted in self.notices.recv(4096).decode().split("\n"):
                    return
            except TimeoutError:
                if self.process.poll() is not None:
                    raise AssertionError(f"the hub ended with {self.process.returncode} before {wanted}\n" + self.tail()) from None
        raise AssertionError(f"the hub did not say {wanted} in {TIMEOUT:g} s\n" + self.tail())

    def stop(self):
        """SIGTERM; the exit code."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        if not self.process:
            return None
        code = self.process.wait(TIMEOUT)
        self.reader.join(TIMEOUT)  # until the log is read to its end
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(TIMEOUT)

    def close(self):
        try:
            if self.process and self.process.poll() is None:
                try:
                    self.stop()
                except subprocess.TimeoutExpired:
                    self.kill()
        finally:
            self.http.close()
            if self in Hub.running:
                Hub.running.remove(self)
            shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self, lines=25):
        return "\n".join(line[:400] for line in self.log[-lines:])

    # what the outside world does

    def token(self, tenant="acme", user="u1", **options):
        return tokens.jwt(tenant, user, **options)

    def sync(self, since="0", **who):
        """Every event after a cursor that the tenant of `token(**who)` has, and the cursor after them."""
        return self.sync_as(self.token(**who), since)

    def sync_as(self, token, since="0"):
        """The same with a token at hand."""
        events, more = [], True
        while more:
            answer = requests.get(
                f"{self.url}/api/v1/sync", params={"since": since, "limit": 500}, headers={"Authorization": f"Bearer {token}"},
                timeout=TIMEOUT)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            events, since, more = events + page["events"], page["cursor"], page["more"]
        return events, since

    def post(self, body, signature=None, session=None, **headers):
        """Posts a webhook, rightly signed unless said otherwise."""
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature or meta.sign(body), **headers}
        return (session or self.http).post(f"{self.url}/webhooks/whatsapp", data=body, headers=headers, timeout=TIMEOUT)

    def deliver(self, *messages, account=meta.ACME, statuses=()):
        """A webhook that must be accepted; the messages in it."""
        answer = self.post(meta.envelope(meta.value(account, messages, statuses)))
        assert answer.status_code == 200, f"webhook answered {answer.status_code}: {answer.text[:200]}"
        return messages

    def stats(self, token):
        return self.http.get(f"{self.url}/api/socket/stats", headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=TIMEOUT)

    def await_stats(self, token, wanted):
        """Waits until the stats are these: a client's leaving is told to the hub, not awaited."""
        deadline, answer = time.monotonic() + TIMEOUT, None
        while answer != wanted and time.monotonic() < deadline:
            answer = self.stats(token).json()
        assert answer == wanted

    def metric(self, name, **labels):
        """The sum of a metric's samples that carry these labels."""
        total, headers = 0.0, {"Authorization": f"Bearer {self.admin_token}"} if self.admin_token else {}
        for line in self.http.get(f"{self.admin}/metrics", headers=headers, timeout=TIMEOUT).text.splitlines():
            match = re.match(r"^([a-zA-Z0-9_:]+)(?:\{(.*)\})? (\S+)", line)
            if match and match[1] == name and all(f'{key}="{value}"' in (match[2] or "") for key, value in labels.items()):
                total += float(match[3])
        return total

    def journal(self, query="SELECT kind, event_id, body FROM events ORDER BY sequence", *arguments):
        """Reads the journal's file."""
        with sqlite3.connect(f"file:{self.folder / 'data/hub.sqlite'}?mode=ro", uri=True) as database:
            return database.execute(query, arguments).fetchall()

    def journaled(self, kind="message.created"):
        """The provider's ids of the stored events of a kind, in order."""
        return [row[0] for row in self.journal("SELECT event_id FROM events WHERE kind = ? ORDER BY sequence", kind)]
