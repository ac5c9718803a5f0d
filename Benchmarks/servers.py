"""The servers that are measured, each pinned to a core of its own and raised above other work where the machine lets us."""

import base64
import collections
import hashlib
import hmac
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOMS, ROOM_PREFIX = 200, "1182736455"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def elevated(core):
    """Runs in the child before exec. Without root the figures merely hold more of the machine's other work."""

    def prepare():
        os.setsid()
        os.sched_setaffinity(0, {core})
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        try:
            pathlib.Path("/proc/self/autogroup").write_text("-20")
            os.nice(-20)
        except OSError:
            pass

    return prepare


class Server:
    """A server under measurement. `flags` go to every run, `webhook` to those that post webhooks."""

    flags, webhook = (), ()

    def __init__(self, core):
        self.core, self.port = core, free_port()

    def command(self):
        raise NotImplementedError

    def __enter__(self):
        self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=elevated(self.core))
        self.lines, self.spoke = collections.deque(maxlen=50), threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)  # a full pipe would stop the server
        self.reader.start()
        self.await_ready()
        return self

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            self.spoke.set()
        self.spoke.set()

    def await_ready(self):
        self.spoke.wait()
        if not self.lines:
            raise RuntimeError(f"{' '.join(map(str, self.command()))} ended with {self.process.wait()} before it listened")

    def await_quiet(self, limit=20):
        """Until the end of thousands of connections is dealt with: it would count to the next run."""
        deadline, before = time.monotonic() + limit, None
        while time.monotonic() < deadline:
            fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            ticks = int(fields[11]) + int(fields[12])
            if before is not None and ticks - before <= 1:
                return
            before = ticks
            time.sleep(0.2)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.process.stdout.close()


class Floor(Server):
    webhook = ("--emit-path", "/webhook", "--join-event", "join")

    def command(self):
        return [HERE / "floor", str(self.port)]


class Fixture(Server):
    binary, loops = None, 1

    def command(self):
        return [self.binary, "--host", "127.0.0.1", "--port", str(self.port), "--mode", "bench", "--loops", str(self.loops)]


class TwoLoops(Fixture):
    """The sockets spread over two event loops, both on the server's core: what the second one costs, not what it brings."""

    loops = 2


class Python(Server):
    python = sys.executable

    def command(self):
        return [self.python, HERE / "peer.py", str(self.port)]


class Hub(Server):
    """The product with a journal on a real disk and the sinks of the sample, one tenant and one token for each room."""

    binary = None

    def __enter__(self):
        cache = HERE.parent / ".cache"
        cache.mkdir(exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=cache))  # not /tmp, which may be memory
        self.jwt = "bench-jwt-secret-0123456789abcdef-0123456789"
        secrets = self.folder / "data/secrets"
        secrets.mkdir(parents=True)
        for folder in (secrets.parent, secrets):
            folder.chmod(0o700)
        for name, text in {"jwt": self.jwt, "app": "bench-secret", "verify": "bench-verify-token"}.items():
            (secrets / name).write_text(text)
            (secrets / name).chmod(0o600)
        (self.folder / "hub.yaml").write_text(json.dumps(self.config()))
        (self.folder / "auths").write_text("".join(json.dumps({"token": self.token(f"t{i}")}) + "\n" for i in range(ROOMS)))
        self.webhook = ("--emit-path", "/webhooks/whatsapp", "--auth-file", str(self.folder / "auths"), "--event", "message:new")
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(self.folder / "notify"))
        os.environ["NOTIFY_SOCKET"] = str(self.folder / "notify")
        try:
            return super().__enter__()
        finally:
            del os.environ["NOTIFY_SOCKET"]

    def await_ready(self):
        self.notices.settimeout(0.2)  # only to notice that the process has died
        while self.process.poll() is None:
            try:
                if "READY=1" in self.notices.recv(4096).decode().split("\n"):
                    return
            except TimeoutError:
                continue
        self.reader.join()
        raise RuntimeError(f"the hub ended with {self.process.returncode}:\n{''.join(self.lines)}")

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        self.notices.close()
        shutil.rmtree(self.folder)

    def command(self):
        return [self.binary, "serve", "-c", self.folder / "hub.yaml"]

    def journal_counts(self):
        """How many events and batches the journal has committed."""
        text = urllib.request.urlopen(f"http://{self.admin}/metrics").read().decode()
        events = re.search(r'^hub_journal_events_total\{outcome="appended"\} (\S+)', text, re.MULTILINE)
        return float(events[1]), float(re.search(r"^hub_journal_batches_total (\S+)", text, re.MULTILINE)[1])

    def commit_again(self, before):
        """What a C loop needs for the same rows on the same core and disk, in batches of the size that there were since `before`."""
        (events, batches), (old_events, old_batches) = self.journal_counts(), before
        batch = max(1, round((events - old_events) / max(1, batches - old_batches)))
        copy = self.folder / "copy.sqlite"
        command = [HERE / "journal-floor", self.folder / "data/hub.sqlite", copy, str(batch)]
        result = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=elevated(self.core))
        for file in self.folder.glob("copy.sqlite*"):
            file.unlink()
        rate, cpu = re.search(r"^floor: (\d+) rows/s, (\S+) CPU", result.stdout, re.MULTILINE).groups()
        return {"batch": batch, "rows_per_s": float(rate), "cpu_us_per_row": float(cpu)}

    def token(self, tenant):
        part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
        now = int(time.time())
        text = part({"alg": "HS256", "typ": "JWT"}) + "." + part({"tenantId": tenant, "userId": "bench", "iat": now, "exp": now + 86400})
        return text + "." + base64.urlsafe_b64encode(hmac.new(self.jwt.encode(), text.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()

    def config(self):
        secret = "secret://file/data/secrets/"
        self.admin = f"127.0.0.1:{free_port()}"
        return {
            "version": 1,
            "data": "./data",
            "server": {"listen": f"127.0.0.1:{self.port}"},
            "admin": {"listen": self.admin},
            "auth": {"jwt": {"secret": secret + "jwt"}},
            "plugins": {"path": [str(self.binary.parent)]},
            "limits": {
                "connections": 0, "per_ip": {"connections": 0, "requests": 0}, "per_user": {"connections": 0, "events": 0}, "per_socket": {"events": 0},
                "per_tenant": {"connections": 0},
            },
            "channels": {
                "meta": {
                    "plugin": "meta-cloud",
                    "accounts": {f"{ROOM_PREFIX}{i}": {"tenant": f"t{i}"} for i in range(ROOMS)},
                    "config": {"path": "/webhooks/whatsapp", "verify_token": secret + "verify", "app_secret": secret + "app"},
                }
            },
            "sinks": {
                "frontend": {"plugin": "socketio", "config": {"namespace": "/", "dialect": "inbox"}},
                "whatsapp": {"plugin": "socketio", "config": {"namespace": "/whatsapp", "dialect": "inbox"}},
                "stats": {"plugin": "stats"},
            },
        }


SERVERS = {"floor": Floor, "fixture": Fixture, "two-loops": TwoLoops, "hub": Hub, "python": Python}
