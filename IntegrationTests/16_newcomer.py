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
from harness.process import line


def with_ports(text, hub):
    """A configuration with the hub's own ports for the default ones, both at once: a port may contain the other's digits."""
    ports = {"3333": hub.port, "3334": hub.admin_port}
    return re.sub(r":(3333|3334)\b", lambda found: f":{ports[found[1]]}", text)


@pytest.fixture
def hub(hubs):
    hub = hubs()
    shutil.rmtree(hub.folder / "data")
    made = subprocess.run([str(binary()), "init", str(hub.folder)], capture_output=True, text=True, timeout=TIMEOUT)
    assert made.returncode == 0, made.stderr
    text = (hub.folder / "hub.yaml").read_text()
    hub.text = (
        with_ports(text, hub)
        .replace(f'["{binary().parent}", "/usr/lib/hub/plugins"]', f"[{binary().parent}]"))
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


def test_the_samples_evolution_channel_needs_nothing_but_enabling(hub):
    hub.text = hub.text.replace("    plugin: evolution\n    enabled: false\n", "    plugin: evolution\n    enabled: true\n")
    hub.write()
    made = hub.command("init", "--secrets")
    assert made.returncode == 0 and "evolution-webhook-secret" in made.stdout, made.stdout + made.stderr
    checked = hub.command("check", "-c", "hub.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    hub.start()
    with Listener(hub) as listener:
        sent = hub.command("simulate", "evolution", "-c", "hub.yaml", "--text", "Olá, mundo")
        assert sent.returncode == 0, sent.stderr
        assert [listener.next()["event"] for _ in range(3)] == ["conversation:new", "message:new", "conversation:updated"]


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
    (line,) = re.findall(r"change the line `(cors: .*?)` to$", readme, re.M)
    (changed,) = re.findall(r"^```yaml\n  (cors: .*)\n```$", readme, re.M)
    hub.text = put(hub.text, line, put(changed, "http://127.0.0.1:8000", chromium.origin))
    hub.start()
    token = hub.command("token", "make", "-c", "hub.yaml", "--tenant", "demo", "--user", "me").stdout.strip()
    simulate = lambda text: hub.command("simulate", "meta", "-c", "hub.yaml", "--text", text, "--from", "5511991230001")
    assert simulate("de manhã").returncode == 0
    events, _ = hub.sync_as(token)
    (conversation,) = {event["conversation"]["id"] for event in events if event["kind"] == "message.created"}
    page = put(page, "https://cdn.socket.io/4.8.1/socket.io.min.js", "socket.io.min.js")
    page = put(page, "http://127.0.0.1:3333", hub.url)
    page = put(page, "PUT THE TOKEN HERE", token)
    chromium.visit("/page.html", page)
    assert chromium.logged(lambda line: line == ["connected"])
    assert simulate("Olá, mundo").returncode == 0
    assert chromium.logged(lambda line: line[0] == conversation) == [conversation, "Olá, mundo"]
    assert chromium.logged(lambda line: isinstance(line[0], dict)) == [{"ok": True}]
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


def test_the_command_that_init_prints_starts_a_hub_from_anywhere(hubs, tmp_path):
    hub = hubs()
    made = subprocess.run([str(binary()), "init", "site"], cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT)
    next = made.stdout.splitlines()[-1].removeprefix("next: ")
    assert next == f"{binary()} serve -c {tmp_path}/site/hub.yaml"
    file = tmp_path / "site/hub.yaml"
    assert f'"{binary().parent}", ' in file.read_text()
    file.write_text(with_ports(file.read_text(), hub))
    process = subprocess.Popen(next.split(" "), cwd=tmp_path / "site", stderr=subprocess.PIPE)
    try:
        assert line(process.stderr) == f"hub: http://127.0.0.1:{hub.port}\n"
        done = subprocess.run([str(binary()), "stop"], cwd=tmp_path / "site", capture_output=True, text=True, timeout=TIMEOUT)
        assert done.returncode == 0, done.stderr
        assert process.wait(TIMEOUT) == 0
    finally:
        process.kill()
        process.stderr.close()


def test_init_finds_the_plugins_of_an_installation(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "plugins").mkdir()
    shutil.copy(binary(), tmp_path / "bin/hub")
    for name in ("meta-cloud", "socketio", "stats"):
        shutil.copy(binary().parent / f"lib{name}.so", tmp_path / "plugins")
    run = lambda *arguments: subprocess.run([str(tmp_path / "bin/hub"), *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT)
    assert run("init", "site").returncode == 0
    assert f'path: ["{tmp_path}/plugins", "/usr/lib/hub/plugins"]' in (tmp_path / "site/hub.yaml").read_text()
    checked = run("check", "-c", "site/hub.yaml")
    assert checked.returncode == 0, checked.stdout


def test_an_unknown_plugin_says_where_it_was_looked_for(hub):
    hub.text = hub.text.replace(str(binary().parent), "nowhere, /elsewhere")
    done = hub.command("serve")
    assert done.returncode == 3
    assert 'no plugin "meta-cloud" in nowhere, /elsewhere' in done.stderr and "plugins.path" in done.stderr
    listed = hub.command("plugin", "list")
    assert listed.returncode == 0 and listed.stdout == ""
    assert "no plugin in nowhere (no such folder), /elsewhere (no such folder)" in listed.stderr


def test_a_message_of_the_business_and_what_became_of_it(hub):
    hub.start()
    with Listener(hub) as listener:
        sent = hub.command("simulate", "meta", "--type", "echo", "--text", "Já te respondo")
        events = [listener.next() for _ in range(3)]
        message = events[1]["args"][0]["message"]
        assert (message["direction"], message["status"], message["whatsappMessageId"]) == ("OUTBOUND", "SENT", sent.stdout.strip())
        for word in ("read", "delivered", "failed"):  # none but the first raises the rank
            assert hub.command("simulate", "meta", "--type", "status", "--text", word, "--to-message", message["whatsappMessageId"]).returncode == 0
        update = listener.next()
        assert update["event"] == "message:status-update" and update["args"][0]["messageId"] == message["id"]
        assert update["args"][0]["status"] == "READ"
        assert listener.next()["event"] == "conversation:updated"
        # Without a target there is one first. That nothing of the two lower words came is seen by what comes next.
        failed = hub.command("simulate", "meta", "--type", "status", "--text", "failed")
        assert failed.returncode == 0 and len(failed.stdout.splitlines()) == 1 and failed.stdout.endswith(" failed\n")
        assert [listener.next()["event"] for _ in range(4)] == ["message:new", "conversation:updated", "message:status-update", "conversation:updated"]
        reacted = hub.command("simulate", "meta", "--type", "reaction", "--text", "🎉")
        assert len(reacted.stdout.splitlines()) == 1 and "sent wamid." in reacted.stderr
        assert [listener.next()["event"] for _ in range(2)] == ["message:new", "conversation:updated"]
        assert listener.next()["args"][0]["updates"]["reaction"]["emoji"] == "🎉"


def test_a_status_of_what_the_contact_wrote_is_no_news(hub):
    hub.start()
    with Listener(hub) as listener:
        id = hub.command("simulate", "meta").stdout.strip()
        [listener.next() for _ in range(3)]
        assert hub.command("simulate", "meta", "--type", "status", "--text", "read", "--to-message", id).returncode == 0
        hub.command("simulate", "meta", "--text", "after")
        assert listener.next()["event"] == "message:new"


@pytest.mark.parametrize(
    "arguments",
    [["--type", "status", "--text", "seen"], ["--type", "reaction", "--text", "nice"], ["--to-message", "x"], ["--from", "+55 11"], ["--count", "0"]],
    ids=" ".join)
def test_samples_that_make_no_sense_are_usage_errors(hub, arguments):
    done = hub.command("simulate", "meta", *arguments)
    assert done.returncode == 2 and "Usage:" in done.stderr


def test_nothing_there_is_said_in_plain_words(hub):
    for verb in (["listen"], ["simulate", "meta"]):
        done = hub.command(*verb)
        assert done.returncode == 1, done.stderr
        assert f"no hub answers at http://127.0.0.1:{hub.port}" in done.stderr and "connection refused" in done.stderr
        assert "Error" not in done.stderr and "errno" not in done.stderr


def test_an_address_in_use_is_said_in_plain_words(hub, hubs):
    hub.start()
    other = hubs()
    for key, port in (("server", hub.port), ("admin", hub.admin_port)):
        config = {**other.config, key: {"listen": f"127.0.0.1:{port}"}}
        other.text = json.dumps(config)
        done = other.command("serve")
        assert done.returncode == 1, done.stderr
        assert f"cannot listen on 127.0.0.1:{port} ({key}.listen): another program listens there" in done.stderr
        assert "errno" not in done.stderr
        # One line in the log says why, and none that something inside broke.
        bad = [line for line in done.stderr.splitlines() if '"level":"error"' in line or '"message":"stopping"' in line]
        assert bad == [] and done.stderr.count(f":{port}") <= 2, done.stderr


def test_a_hub_behind_something_is_reached_by_its_address(hub):
    hub.start()
    text, there = hub.text, hub.url
    try:
        hub.text = text.replace(f"listen: 127.0.0.1:{hub.port}", f"listen: unix:{hub.folder}/web.sock")
        assert hub.text != text
        without = hub.command("simulate", "meta")
        assert without.returncode == 2 and "--url" in without.stderr
        sent = hub.command("simulate", "meta", "--url", there + "/")
        assert sent.returncode == 0, sent.stderr
        assert sent.stdout.strip() in hub.journaled()
        assert hub.command("simulate", "meta", "--url", "hub.example").returncode == 2
        plain = hub.command("simulate", "meta", "--url", there.replace("http:", "https:"))
        assert plain.returncode == 1 and "it does not speak TLS" in plain.stderr and "Error" not in plain.stderr
    finally:
        hub.text = text


def test_another_path_than_the_hubs_is_said_in_plain_words(hub):
    hub.start()
    done = hub.command("listen", "--path", "/nope")
    assert done.returncode == 1 and "realtime.paths" in done.stderr and "--path" in done.stderr
    assert "is the hub running" not in done.stderr


def test_listening_goes_on_soon_after_the_hub_is_back(hub):
    hub.start()
    with Listener(hub) as listener:
        hub.kill()
        waits = []
        while len(waits) < 4:
            if found := re.search(r"again in (\d+) ms", listener.notes.get(timeout=TIMEOUT)):
                waits.append(int(found[1]))
        assert max(waits) <= 2400
        hub.start()
        while "joined" not in listener.notes.get(timeout=TIMEOUT):
            pass


def test_the_version_is_told_either_way(hub):
    verb, option = hub.command("version"), hub.command("--version")
    assert verb.returncode == option.returncode == 0 and verb.stdout == option.stdout
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", verb.stdout)


def test_making_secrets_of_nothing_says_what_writes_a_configuration(tmp_path):
    done = subprocess.run([str(binary()), "init", "--secrets"], cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 1 and "there is no ./hub.yaml" in done.stderr and "hub init without --secrets" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_listening_for_a_tenant_nobody_has_is_warned_about(hub):
    hub.start()
    listener = Listener(hub, "--tenant", "nope")
    try:
        assert 'tenant "nope"' in (warning := listener.notes.get(timeout=TIMEOUT)) and "known: demo" in warning
        assert "joined" in listener.notes.get(timeout=TIMEOUT)
    finally:
        listener.__exit__()


def test_verbs_that_do_not_exist_are_usage_errors(hub):
    assert hub.command("nonsense").returncode == 2
    assert hub.command("token", "make", "-c", "hub.yaml").returncode == 2
