"""Fault case 42: secrets of a form nobody else has in every place that takes one, and every way in and out used; none of them is seen again."""

import json
import re
import secrets
import time

import pytest
import requests

from harness import TIMEOUT, evolution, meta, tokens, until
from harness.frontend import Frontend, Refused
from harness.hub import ROOT
from harness.raw import Connection

WORKSPACE = "ws_norte"
SCANNED = {"qr-picture", "qr-pairing", "qr-code"}


class Canaries:
    """Each made anew by the run, so that nothing found of it can come from anywhere else."""

    def __init__(self, folder):
        self.folder, self.values, self.marks = folder, {}, {}

    def make(self, name):
        self.marks[name] = secrets.token_hex(16)
        self.values[name] = f"canary-{name}-{self.marks[name]}"
        return self.values[name]

    def signed(self, name, token):
        """A token that is made with one of them is a secret as well; its signature is what no other has."""
        self.marks[f"{name}, {len(self.marks)}"] = token.rpartition(".")[2]
        return token

    def file(self, name):
        """In a file of its own; how the configuration names it."""
        path = self.folder / f"data/secrets/{name}"
        path.write_text(self.make(name))
        path.chmod(0o600)
        return f"secret://file/data/secrets/{name}"

    def within(self, data):
        """Which of them are in there, whole or the part that no two share, in whatever case."""
        text = data.lower() if isinstance(data, bytes) else data.encode().lower()
        return {name for name, mark in self.marks.items() if mark.lower().encode() in text}


@pytest.fixture
def scene(hubs, fakes):
    """Three channels beside one another, each with a secret wherever one goes, and the providers they talk to."""
    hub = hubs()
    canaries = Canaries(hub.folder)
    config = hub.config
    config["auth"]["jwt"]["secret"] = canaries.file("jwt")
    config["auth"]["api_keys"]["ops"]["key"] = canaries.file("api-key")
    config["auth"]["api_keys"]["ops"]["roles"] = ["read", "send", "stats"]
    config["admin"]["token"] = canaries.file("admin")
    hub.admin_token = canaries.values["admin"]
    channel = config["channels"]["meta-main"]["config"]
    channel.update(verify_token=canaries.file("verify"), app_secret=[canaries.file("app"), canaries.file("app-old")], access_token=canaries.file("graph"))
    data = hub.folder / "data/secrets"
    graph = fakes(
        "graph", "--webhook", f"{hub.url}/webhooks/whatsapp", "--app-secret-file", data / "app", "--verify-token-file", data / "verify",
        "--access-token-file", data / "graph", "--phone-number-id", meta.ACME)
    channel["graph_url"] = f"{graph.url}/v23.0"
    canaries.file("webhook")
    evo = fakes(
        "evolution", "--instance", f"{evolution.ACME}={canaries.make('token')}", "--api-key", canaries.make("evolution"), "--expose-keys",
        "--webhook", hub.url + evolution.PATH, "--webhook-secret-file", data / "webhook")
    (data / "evolution").write_text(canaries.values["evolution"])
    (data / "evolution").chmod(0o600)
    config["channels"]["evo"] = {
        "plugin": "evolution",
        "accounts": {evolution.ACME: {"tenant": "acme"}, evolution.GLOBEX: {"tenant": "globex", "api_key": canaries.file("instance")}},
        "config": {
            "mode": "instance", "url": evo.url, "api_key": "secret://file/data/secrets/evolution", "webhook_path": evolution.PATH,
            "webhook_secret": "secret://file/data/secrets/webhook",
        },
    }
    crm = fakes("chatengine", "--workspace", f"{WORKSPACE}={canaries.make('chatengine')}", "--push-everything")
    (data / "chatengine").write_text(canaries.values["chatengine"])
    (data / "chatengine").chmod(0o600)
    config["channels"]["crm"] = {
        "plugin": "chatengine",
        "accounts": {WORKSPACE: {"tenant": "acme", "token": "secret://file/data/secrets/chatengine"}},
        "config": {
            "url": crm.url, "subscribe": "all",
            "send": {
                "method": "POST", "url": crm.url + "/api/conversations/{{conversationId}}/messages", "headers": {"Authorization": "Bearer {{token}}"},
                "body": {"content": "{{content}}"}, "id": "data.id",
            },
        },
    }
    hub.start()
    return hub, canaries, graph, evo, crm


def user(canaries, tenant="acme"):
    return canaries.signed(f"user of {tenant}", tokens.jwt(tenant, "u1", secret=canaries.values["jwt"]))


def post(hub, canaries, body, **headers):
    return requests.post(f"{hub.url}/api/v1/messages", json=body, headers={"X-API-Key": canaries.values["api-key"], **headers}, timeout=TIMEOUT)


def come_in(hub, canaries, graph, evo, crm, client):
    """Something of every channel reaches a frontend, from Evolution by socket and webhook, the instance's token in every envelope."""
    told = requests.get(f"{evo.url}/instance/fetchInstances", headers={"apikey": canaries.values["evolution"]}, timeout=TIMEOUT)
    assert canaries.within(told.content) == {"token"}, "the token that is looked for is not the one of the envelopes"
    for fake in (graph, evo, crm):
        message = {"conversation": "conv_3311", "text": "Bom dia"} if fake is crm else {"from": "5511991230001", "text": "Bom dia"}
        until(lambda: client_of(fake, message, client), f"message of {fake.ready['fake']}")
    until(lambda: evo.webhooks("taken"), "webhook with its token")
    until(lambda: hub.metric("hub_upstream_namespaces", adapter="evo", state="joined") == 2, "namespace, which the first event has made")
    assert client_of(evo, {"from": "5511991230001", "text": "Tudo bem?"}, client)
    until(lambda: hub.metric("hub_upstream_events_total", adapter="evo"), "event of the socket")


def come_to_light(hub, canaries, evo, client):
    """What is a secret by its kind: the code that pairs a phone, which the tenant's own clients may see now and nobody later, and the global
    key in the envelope of an error, which is signed with a token of the key for webhooks."""
    picture = "data:image/png;base64," + canaries.make("qr-picture")
    code = {"instance": evolution.ACME, "pairingCode": canaries.make("qr-pairing"), "code": canaries.make("qr-code"), "base64": picture}
    evo.ask("POST", "events", {"event": "qrcode.updated", "data": {"qrcode": code}})
    assert canaries.within(json.dumps(client.wait("channel:qr"))) == SCANNED
    key = canaries.values["evolution"]
    error = {"event": "error", "data": {"error": "Forbidden", "message": "ECONNREFUSED", "status": 403, "response": {}}, "api_key": key,
             "date_time": "2026-01-05T12:00:01.512Z", "server_url": evo.url}
    signature = canaries.signed("jwt_key", evolution.token(canaries.values["webhook"]))
    assert evolution.post(hub, error, headers={"Authorization": f"Bearer {signature}"}).status_code == 200
    assert hub.metric("hub_plugin_evolution_server_errors_total") == 1


def client_of(fake, message, client):
    fake.write(message)
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if len(client.all("message:new")) > client.seen:
            client.seen = len(client.all("message:new"))
            return True
        time.sleep(0.05)
    return False


def go_out(hub, canaries, graph, evo, crm):
    """Messages out, and providers that repeat the key they were asked with in their refusals."""
    for channel, account, to in (("meta-main", meta.ACME, "5511991230001"), ("evo", evolution.ACME, "5511991230001")):
        accepted = post(hub, canaries, {"channel": channel, "account": account, "to": to, "type": "text", "text": "oi"})
        assert accepted.status_code == 202, accepted.text
    until(lambda: graph.ask("GET", "sent")["items"] and evo.ask("GET", "sent")["items"], "sent messages")
    (hub.folder / "data/secrets/graph").write_text(canaries.make("graph-new"))
    time.sleep(1.1)  # a secret's file is read once a second
    graph.fault(path="/messages", status=400, code=100, text=f"Malformed access token {canaries.values['graph-new']}")
    evo.fault(path="/message/", status=400, text=f"apikey {canaries.values['evolution']} may not")
    for channel, account in (("meta-main", meta.ACME), ("evo", evolution.ACME)):
        assert post(hub, canaries, {"channel": channel, "account": account, "to": "5511991230001", "type": "text", "text": "no"}).status_code == 202
    until(lambda: hub.journal("SELECT count(*) FROM outbox WHERE state IN (4, 5)")[0][0] == 2, "dead letters")


def knock(hub, canaries):
    """Every credential where it doesn't belong, or nearly right."""
    wrong = {name: value[:-1] + "g" for name, value in canaries.values.items()}
    base = [f"{hub.url}/api/v1/sync", f"{hub.url}/api/socket/stats", f"{hub.url}/webhooks/whatsapp", f"{hub.url}{evolution.PATH}", f"{hub.url}/nothing"]
    for url in base:
        for value in [*canaries.values.values(), *wrong.values()]:
            for headers in ({"Authorization": f"Bearer {value}"}, {"X-API-Key": value}, {"apikey": value}, {"Cookie": f"token={value}"}):
                hub.http.post(url, data=b"{", headers=headers, timeout=TIMEOUT)
            for name in ("token", "apikey", "hub.verify_token", "access_token"):
                hub.http.get(url, params={name: value, "hub.mode": "subscribe", "hub.challenge": "1"}, timeout=TIMEOUT)
    hub.post(meta.envelope(meta.value(messages=[meta.text()])), signature=f"sha256={canaries.values['app']}")
    for name, value in canaries.values.items():
        with pytest.raises(Refused):
            Frontend(hub.url, wrong[name] if name == "api-key" else value)
        with Connection(hub) as connection:  # what can't be read is complained about
            connection.send(f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {value}\r\nbroken {value}\r\n\r\n")
            connection.read_to_end()


def readable(hub, canaries):
    """What an operator or a frontend can ask for, as (place, text)."""
    def asked(url, bearer):
        answer = requests.get(url, headers={"Authorization": f"Bearer {bearer}"}, timeout=TIMEOUT)
        assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text[:200]}"
        return str(answer.headers) + answer.text

    for path in ("/healthz", "/readyz", "/metrics", "/admin/v1/status", "/admin/v1/outbox", "/admin/v1/outbox?dead=true"):
        yield path, asked(hub.admin + path, canaries.values["admin"])
    for path in ("/health", "/ready", "/api/v1/sync?limit=500", "/api/socket/stats"):
        yield path, asked(hub.url + path, user(canaries))
    for verb in ("status", "status --json", "check", "check --json", "config show", "config show --json", "outbox list", "outbox list --dead --json",
                 "plugin list", "plugin inspect meta-cloud"):
        result = hub.command(*verb.split())
        assert result.returncode == 0, f"hub {verb}: {result.returncode} {result.stderr[:300]}"
        yield f"hub {verb}", result.stdout + result.stderr


def test_case42_no_secret_is_seen_again(scene):
    hub, canaries, graph, evo, crm = scene
    with Frontend(hub.url, user(canaries)) as client, Frontend(hub.url, user(canaries, "globex")) as stranger:
        client.seen = 0
        come_in(hub, canaries, graph, evo, crm, client)
        come_to_light(hub, canaries, evo, client)
        go_out(hub, canaries, graph, evo, crm)
        knock(hub, canaries)
        # The rightful owner still gets in.
        assert requests.get(f"{hub.url}/api/v1/sync", headers={"Authorization": f"Bearer {user(canaries)}"}, timeout=TIMEOUT).status_code == 200
        for place, text in readable(hub, canaries):
            assert not canaries.within(text), f"{place}: {canaries.within(text)}"
        heard = json.dumps(client.events)
        assert "message:new" in heard and canaries.within(heard) == SCANNED
        assert not canaries.within(json.dumps(stranger.events)), stranger.names()
    assert hub.stop() == 0
    log = "\n".join(hub.log)
    assert "auth" in log and not canaries.within(log), sorted(line[:300] for line in hub.log if canaries.within(line))
    found = {}
    for file in (hub.folder / "data").rglob("*"):
        if file.is_file() and "secrets" not in file.parts:
            found[file.name] = canaries.within(file.read_bytes())
    assert "hub.sqlite" in found and not any(found.values()), found


def test_case42_the_service_leaves_no_core_file():
    """Which would hold them all."""
    assert re.search(r"^LimitCORE=0$", (ROOT / "packaging/systemd/hub.service").read_text(), re.MULTILINE)


def test_the_search_would_find_them(scene):
    """A secret planted where none belongs is found: in a message, and with it in the journal, the sync and the client's events."""
    hub, canaries, graph, _, _ = scene
    with Frontend(hub.url, user(canaries)) as client:
        id = graph.write({"from": "5511991230001", "text": f"my password is {canaries.values['graph'].upper()}"})
        client.wait_message(id)
        assert canaries.within(json.dumps(client.events)) == {"graph"}
        assert canaries.within(dict(readable(hub, canaries))["/api/v1/sync?limit=500"]) == {"graph"}
    assert hub.stop() == 0
    assert canaries.within((hub.folder / "data/hub.sqlite").read_bytes()) == {"graph"}
