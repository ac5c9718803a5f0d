"""Fake providers as programs, and a hub that doesn't know the difference."""

import json
import re
import shlex
import shutil
import signal
import subprocess
import time

import pytest
import requests

from harness import TIMEOUT, evolution, meta, tokens
from harness.fakes import ROOT
from harness.frontend import Frontend
from harness.hub import binary, free_port
from harness.raw import Connection


@pytest.fixture
def graph(hubs, fakes):
    """A hub and a Graph API whose webhooks go to it."""
    hub = hubs()

    def start(*arguments, hub_first=True):
        if hub_first:
            hub.start()
        secrets = hub.folder / "data/secrets"
        return fakes(
            "graph", "--webhook", f"{hub.url}/webhooks/whatsapp", "--app-secret-file", secrets / "app", "--verify-token-file", secrets / "verify",
            "--phone-number-id", meta.ACME, "--phone-number-id", f"{meta.GLOBEX}=5547999990000", *arguments)

    return hub, start


def test_a_customer_writes_and_a_frontend_sees_it(graph):
    hub, start = graph
    fake = start()
    assert fake.ready["fake"] == "graph"
    with Frontend(hub.url, hub.token()) as client:
        id = fake.write({"from": "5511991230001", "name": "Marina Prado", "text": "Bom dia! 👍 https://x.example/á"})
        message = client.wait_message(id)["message"]
        assert message["content"] == "Bom dia! 👍 https://x.example/á"
    assert id in hub.journaled()
    assert fake.ask("GET", "verification") == {"verified": True}


def test_every_type_of_a_batch_in_one_post_arrives_once_however_often_it_is_posted(graph):
    hub, start = graph
    fake = start()
    types = ["text", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive", "button", "unsupported"]
    ids = fake.write([{"type": kind} for kind in types], parameters={"layout": "entries", "copies": 3})
    other = fake.write({"number": meta.GLOBEX, "text": "another tenant's"})
    until(fake, lambda: len(fake.webhooks("taken")) == 4)
    assert sorted(hub.journaled()) == sorted([*ids, other])
    events, _ = hub.sync(tenant="globex")
    assert [event["message"]["providerMessageId"] for event in events if event["kind"] == "message.created"] == [other]


def until(fake, holds):
    """Until it holds, looking again after each webhook's answer."""
    for _ in range(2000):
        if holds():
            return
        fake.ask("GET", "webhooks", atLeast=10_000, wait="10ms")
    raise AssertionError(f"it never held: {fake.log[-5:]}")


def test_what_a_hub_that_is_down_missed_comes_over_an_hour_later(graph):
    hub, start = graph
    fake = start("--manual-clock", hub_first=False)
    id = fake.write(text="Alguém aí?")
    until(fake, lambda: len(fake.webhooks()[-1]["attempts"]) == 2)  # at once, and once more
    for attempts, wait in enumerate(["15s", "1m", "5m", "15m"], 3):
        fake.advance(wait)
        until(fake, lambda: len(fake.webhooks()[-1]["attempts"]) == attempts)
    hub.start()
    fake.advance("59m")
    assert len(fake.webhooks("waiting")) == 1
    fake.advance("1m")
    until(fake, lambda: fake.webhooks("taken"))
    assert hub.journaled() == [id]
    assert fake.ask("GET", "verification")["verified"] is False  # nobody answered then
    fake.ask("POST", "verification")
    until(fake, lambda: fake.ask("GET", "verification") == {"verified": True})


def test_a_wrong_signature_is_refused(graph):
    hub, start = graph
    fake = start()
    for signature in ["wrong", "missing"]:
        fake.write(text="forged", parameters={"signature": signature})
    until(fake, lambda: [hook["attempts"][0]["outcome"] for hook in fake.webhooks() if hook["attempts"]] == [401, 401])
    assert hub.journaled() == []


def test_evolution_s_webhooks_reach_a_hub(hubs, fakes):
    hub = hubs()
    evolution.enable(hub)
    hub.start()
    fake = fakes(
        "evolution", "--instance", evolution.ACME, "--webhook", hub.url + evolution.PATH, "--webhook-secret-file", hub.folder / "data/secrets/evolution",
        "--by-events")
    with Frontend(hub.url, hub.token()) as client:
        id = fake.write(text="Tem horário hoje?", name="Otávio Reis", lid="120958374650912@lid")
        assert client.wait_message(id)["message"]["content"] == "Tem horário hoje?"
        picture = fake.write({"type": "image", "text": "foto"})
        assert client.wait_message(picture)
        sent = requests.post(
            f"{fake.url}/message/sendText/{evolution.ACME}", json={"number": "5511991230001", "text": "Tem sim"},
            headers={"apikey": "fake-evolution-key"}, timeout=TIMEOUT)
        assert sent.status_code == 201
        echo = sent.json()["key"]["id"]
        assert client.wait_message(echo)
        client.wait("message:status-update", lambda p: p["status"].lower() == "read")
    assert hub.journaled() == [id, picture, echo]


def test_a_program_says_where_it_is_keeps_its_port_and_ends_well(fakes):
    port = free_port()
    fake = fakes("chatengine", "--workspace", "ws_norte=t", listen=f"127.0.0.1:{port}")
    assert fake.ready == {"fake": "chatengine", "url": f"http://127.0.0.1:{port}", "control": f"http://127.0.0.1:{port}/_fake/"}
    fake.port = port
    fake.fault(connection="cut")
    with Connection(fake) as connection:
        connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.read_to_end() == b""
    assert fake.ask("POST", "nonsense", expect=(404,))["error"].startswith("no such call")
    assert fake.stop(signal.SIGTERM) == 0


# What docs/fakes.md tells an operator to type


class Operator:
    """Somebody who follows a page: sets what its `yaml` blocks show, types its `sh` blocks, and waits for what it says a fake says."""

    def __init__(self, hub, fakes, environment):
        self.hub, self.fakes, self.environment, self.fake = hub, fakes, environment, None
        self.ports = {"3333": hub.port, "3334": hub.admin_port, **{port: free_port() for port in ("3400", "3401", "3402")}}
        shutil.rmtree(hub.folder / "data")
        subprocess.run([str(binary()), "init", str(hub.folder)], check=True, capture_output=True, timeout=TIMEOUT)
        hub.text = self.here((hub.folder / "hub.yaml").read_text()).replace("/usr/lib/hub/plugins", str(binary().parent))
        hub.write()

    def here(self, text):
        return re.sub(r":(333[34]|340[0-2])\b", lambda found: f":{self.ports[found[1]]}", text)

    def follow(self, page):
        for prose, kind, block in re.findall(r"(.*?)^```(yaml|sh)\n(.*?)^```\n", page + "```sh\n```\n", re.DOTALL | re.MULTILINE):
            for words in re.findall(r"says `([^`]+)`", prose):
                self.until(lambda: any(words in line for line in self.fake.log), f"the fake says {words}")
            self.set(self.here(block)) if kind == "yaml" else self.type(self.here(block))

    def set(self, block):
        """Puts a channel, or one member, in the place of the one that is there."""
        name, indent = re.match(r"( *)(\S+):", block).group(2, 1)
        self.hub.text, count = re.subn(rf"^{indent}{name}:.*\n(?:{indent} +.*\n)*", lambda _: block, self.hub.text, flags=re.MULTILINE)
        assert count == 1, f"hub.yaml has {count} {name}"

    def type(self, block):
        for command in block.replace("\\\n", "").splitlines():
            if command.endswith("hub serve"):
                for name, value in re.findall(r"(\w+)=(\S+) ", command):
                    self.environment.setenv(name, value)
                self.hub.start()
            elif command.startswith("hub-fakes "):
                _, kind, _, listen, *arguments = shlex.split(command)
                self.fake = self.fakes(kind, *[a.replace("data/", f"{self.hub.folder}/data/") for a in arguments], listen=listen)
            else:
                self.run(command)

    def run(self, command):
        path = f"{binary().parent}:/usr/bin:/bin"
        done = subprocess.run(["bash", "-ec", command], cwd=self.hub.folder, env={"PATH": path}, capture_output=True, text=True, timeout=TIMEOUT)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        if command.startswith("curl"):
            assert "error" not in json.loads(done.stdout), f"{command}: {done.stdout}"

    def until(self, look, what):
        deadline = time.monotonic() + TIMEOUT
        while not look():
            assert time.monotonic() < deadline, f"never: {what}; {self.fake.log[-5:]}"
            time.sleep(0.05)

    def hears(self, page):
        """Whatever the page lets somebody say is in the journal."""
        texts = [one or other for one, other in re.findall(r'"(?:text|content|body)": "([^"]+)"|--text "([^"]+)"', page)]
        token = tokens.jwt("demo", secret=(self.hub.folder / "data/secrets/jwt").read_text().strip())

        def heard():
            events = self.hub.sync_as(token)[0]
            told = {event["message"].get(name) for event in events if event["kind"] == "message.created" for name in ("text", "caption")}
            return set(texts) <= told

        assert texts
        self.until(heard, f"{texts} in the journal")


@pytest.fixture
def operator(hubs, fakes, monkeypatch):
    return Operator(hubs(), fakes, monkeypatch)


def page(title, until="\n## ", since=""):
    """A section of docs/fakes.md, or the part of it between two texts."""
    text = (ROOT / "docs/fakes.md").read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]
    return text[text.index(since):].split(until)[0] + "\n"


def test_the_page_s_way_with_meta(operator):
    operator.follow(page("WhatsApp by Meta"))
    operator.hears(page("WhatsApp by Meta"))
    operator.follow(page("Below `/_fake/`"))


def test_the_page_s_way_with_evolution_s_socket(operator):
    text = page("WhatsApp by Evolution API", until="By webhook,")
    operator.follow(text)
    operator.hears(text)


def test_the_page_s_way_with_evolution_s_webhooks(operator):
    operator.hub.text = operator.hub.text.replace("    plugin: evolution\n    enabled: false\n", "    plugin: evolution\n    enabled: true\n")
    operator.hub.write()
    operator.run("hub init --secrets")
    operator.hub.start()
    operator.follow(page("WhatsApp by Evolution API", since="By webhook,"))
    said = "curl -s http://127.0.0.1:3401/_fake/messages -d '{\"text\": \"Tem horário hoje?\"}'"
    operator.run(operator.here(said))
    operator.hears(said)


def test_the_page_s_way_with_chatengine(operator):
    operator.follow(page("ChatEngine"))
    operator.hears(page("ChatEngine"))
