"""What a newcomer types: init, check, serve, listen, simulate, a token for the stats."""

import json
import queue
import re
import shutil
import subprocess
import threading

import pytest

from harness import TIMEOUT
from harness.hub import ROOT, binary


@pytest.fixture
def hub(hubs):
    hub = hubs()
    shutil.rmtree(hub.folder / "data")
    made = subprocess.run([str(binary()), "init", str(hub.folder)], capture_output=True, text=True, timeout=TIMEOUT)
    assert made.returncode == 0, made.stderr
    text = (hub.folder / "hub.yaml").read_text()
    hub.text = (
        text.replace(":3333", f":{hub.port}").replace(":3334", f":{hub.admin_port}")
        .replace("[.build/release, /usr/lib/hub/plugins]", f"[{binary().parent}]"))
    return hub


class Listener:
    """`hub listen`, line by line."""

    def __init__(self, hub, *arguments):
        self.process = subprocess.Popen(
            [str(binary()), "listen", "-c", "hub.yaml", *arguments], cwd=hub.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.events, self.notes = queue.Queue(), queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stdout, self.events), daemon=True).start()
        threading.Thread(target=self._read, args=(self.process.stderr, self.notes), daemon=True).start()

    def _read(self, stream, lines):
        for line in stream:
            lines.put(line.rstrip("\n"))

    def next(self):
        return json.loads(self.events.get(timeout=TIMEOUT))

    def __enter__(self):
        assert "joined" in self.notes.get(timeout=TIMEOUT)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def test_the_two_lines_that_everybody_types_first(hub):
    checked = hub.command("check", "-c", "hub.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    hub.start()
    with Listener(hub) as listener:
        sent = hub.command("simulate", "meta", "-c", "hub.yaml", "--text", "Olá, mundo")
        assert sent.returncode == 0, sent.stderr
        events = [listener.next() for _ in range(3)]
        assert [event["event"] for event in events] == ["conversation:new", "message:new", "conversation:updated"]
        assert events[1]["args"][0]["message"]["content"] == "Olá, mundo"
        token = hub.command("token", "make", "-c", "hub.yaml", "--tenant", "demo", "--user", "me").stdout.strip()
        assert hub.stats(token).json() == {"totalConnections": 1, "connectionsByTenant": {"demo": 1}}


def test_the_page_of_the_readme(hub, chromium):
    """The page as it is printed, but for what the reader is told to put in, the hub's port, and the client's address: no test needs the internet."""

    def put(text, what, instead):
        assert text.count(what) == 1, f"{what} stands {text.count(what)} times in\n{text}"
        return text.replace(what, instead)

    readme = (ROOT / "README.md").read_text()
    (page,) = re.findall(r"^```html\n(.*?)^```$", readme, re.M | re.S)
    (origins,) = re.findall(r"`server: \{ (cors: \{ origins: \[.*?\] \}) \}`", readme)
    hub.text = put(hub.text, "cors: { origins: [] }", put(origins, "http://127.0.0.1:8000", chromium.origin))
    hub.start()
    token = hub.command("token", "make", "-c", "hub.yaml", "--tenant", "demo", "--user", "me").stdout.strip()
    simulate = lambda text: hub.command("simulate", "meta", "-c", "hub.yaml", "--text", text, "--from", "5511991230001")
    assert simulate("de manhã").returncode == 0
    events, _ = hub.sync_as(token)
    (conversation,) = {event["conversation"]["id"] for event in events if event["kind"] == "message.created"}
    page = put(page, "https://cdn.socket.io/4.8.1/socket.io.min.js", "socket.io.min.js")
    page = put(page, "http://127.0.0.1:3333", hub.url)
    page = put(page, 'token: "…"', f'token: "{token}"')
    page = put(page, "cnv_…", conversation)
    chromium.visit("/page.html", page)
    assert chromium.logged(lambda line: isinstance(line[0], dict)) == [{"ok": True}]
    assert simulate("Olá, mundo").returncode == 0
    assert chromium.logged(lambda line: line[0] == conversation) == [conversation, "Olá, mundo"]
    assert hub.command("simulate", "meta", "-c", "hub.yaml", "--text", "outra pessoa", "--from", "5511991230002").returncode == 0
    assert chromium.logged(lambda line: line[0] == "new")[1].startswith("cnv_")
    assert chromium.errors == []


def test_init_writes_private_secrets_once(hub):
    secrets = {path.name: path.read_bytes() for path in (hub.folder / "data/secrets").iterdir()}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (hub.folder / "data/secrets").iterdir())
    before = (hub.folder / "hub.yaml").read_bytes()
    subprocess.run([str(binary()), "init", str(hub.folder)], capture_output=True, timeout=TIMEOUT)
    assert {path.name: path.read_bytes() for path in (hub.folder / "data/secrets").iterdir()} == secrets
    assert (hub.folder / "hub.yaml").read_bytes() == before


def test_a_missing_secret_is_an_error_and_never_made_up(hub):
    (hub.folder / "data/secrets/jwt").unlink()
    done = hub.command("serve", "-c", "hub.yaml")
    assert done.returncode == 3, done.stderr
    assert "jwt" in done.stderr
    assert not (hub.folder / "data/secrets/jwt").exists()


def test_secrets_are_in_no_output(hub):
    values = [path.read_text().strip() for path in (hub.folder / "data/secrets").iterdir()]
    hub.start()
    hub.command("simulate", "meta", "-c", "hub.yaml")
    assert hub.stop() == 0
    said = "\n".join(hub.log) + "".join((lambda d: d.stdout + d.stderr)(hub.command(*verb, "-c", "hub.yaml")) for verb in (["check"], ["config", "show"]))
    assert not [value for value in values if value in said]


def test_health_readiness_and_metrics(hub):
    hub.start()
    assert hub.http.get(hub.admin + "/healthz", timeout=TIMEOUT).status_code == 200
    assert hub.http.get(hub.admin + "/readyz", timeout=TIMEOUT).status_code == 200
    hub.command("simulate", "meta", "-c", "hub.yaml", "--count", "3")
    text = hub.http.get(hub.admin + "/metrics", timeout=TIMEOUT).text
    for family in ("ingest", "duplicate", "journal", "connections", "plugin"):
        assert any(family in line and not line.startswith("#") for line in text.splitlines()), f"no sample about {family}"


def test_verbs_that_do_not_exist_are_usage_errors(hub):
    assert hub.command("nonsense").returncode == 2
    assert hub.command("token", "make", "-c", "hub.yaml").returncode == 2
