"""Fake providers as programs, and a hub that doesn't know the difference."""

import signal

import pytest
import requests

from harness import TIMEOUT, evolution, meta
from harness.frontend import Frontend
from harness.hub import free_port
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
