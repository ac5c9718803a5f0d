"""Evolution's REST interface: what was said while nobody listened is caught up with, and told where it can't be."""


import pytest

from harness import TIMEOUT, evolution, meta, until
from harness.evolution import ACME, GLOBEX, KEY
from harness.evolution_server import EvolutionServer
from harness.frontend import Frontend


@pytest.fixture
def upstream():
    made = []

    def make(**options):
        made.append(EvolutionServer((ACME, GLOBEX), key=KEY, **options))
        return made[-1].start()

    yield make
    for server in made:
        server.close()


def connected(hub, server, mode="instance", count=1, **config):
    evolution.enable(hub)
    evolution.connect(hub, server, mode, **config)
    server.globally = mode == "global"
    hub.start()
    joined(hub, count)
    return hub


def joined(hub, count):
    until(lambda: sum('"connected"' in line and ACME in line for line in hub.log) >= count, "connection")


def gaps(hub, outcome):
    return hub.metric("hub_plugin_evolution_gaps_total", adapter="evo", outcome=outcome)


@pytest.mark.parametrize("mode", ["instance", "global"])
def test_what_was_said_while_the_connection_was_away_is_caught_up_with_once(hubs, upstream, mode):
    server = upstream()
    hub = connected(hubs(), server, mode)
    with Frontend(hub.url, hub.token()) as client:
        before = server.say(ACME, "antes")
        client.wait_message(before)
        server.stop()
        away = [server.say(ACME, f"durante {number}") for number in range(250)]
        server.start()
        for id in away:
            client.wait_message(id)
        got = [m["message"]["whatsappMessageId"] for m in client.all("message:new")]
        assert got == [before, *away], "each once, the oldest first"
    assert gaps(hub, "filled") >= 1 and gaps(hub, "given_up") == 0
    assert hub.journaled().count(before) == 1


def test_what_is_said_while_it_catches_up_comes_after_what_it_missed(hubs, upstream):
    server = upstream()
    hub = connected(hubs(), server)
    first = server.say(ACME, "antes")
    until(lambda: first in hub.journaled(), "message")
    until(lambda: gaps(hub, "filled") == 2, "searches of the first joins")
    server.stop()
    missed = server.say(ACME, "durante")
    server.hold_searches()
    before = len(server.calls)
    server.start()
    until(lambda: any(call[0] == "findMessages" for call in server.calls[before:]), "search")
    heard = hub.metric("hub_plugin_evolution_socket_events_total", adapter="evo")
    said = [server.say(ACME, f"ao vivo {number}") for number in range(3)]
    until(lambda: hub.metric("hub_plugin_evolution_socket_events_total", adapter="evo") == heard + 3, "events of the socket")
    assert hub.journaled() == [first]
    server.release_searches()
    until(lambda: len(hub.journaled()) == 5, "the rest")
    assert hub.journaled() == [first, missed, *said]


def test_the_message_that_makes_a_namespace_is_caught_up_with_and_history_is_not(hubs, upstream):
    server = upstream()
    old = server.say(ACME, "de ontem")
    server.stored[ACME][0]["messageTimestamp"] -= 86400
    server.known.discard(f"/{ACME}")
    hub = hubs()
    evolution.enable(hub)
    evolution.connect(hub, server, "instance")
    hub.start()
    until(lambda: any("upstream namespace does not exist yet" in line for line in hub.log), "refusal")
    first = server.say(ACME, "a primeira")
    server.known.add(f"/{ACME}")
    until(lambda: first in hub.journaled(), "message from before the namespace")
    assert old not in hub.journaled() and hub.journaled().count(first) == 1
    assert gaps(hub, "given_up") == 0


def test_a_hub_that_was_away_catches_up_from_where_it_was(hubs, upstream):
    server = upstream()
    hub = connected(hubs(), server)
    first = server.say(ACME, "antes")
    until(lambda: first in hub.journaled(), "message")
    hub.stop()
    second = server.say(ACME, "durante")
    hub.log.clear()
    hub.start()
    joined(hub, 1)
    until(lambda: hub.journaled() == [first, second], "message of the time away")
    hub.kill()
    third = server.say(ACME, "depois do corte")
    hub.log.clear()
    hub.start()
    until(lambda: hub.journaled() == [first, second, third], "message of the time after a crash")


def test_a_hub_that_is_killed_soon_after_its_first_start_catches_up_too(hubs, upstream):
    server = upstream()
    hub = connected(hubs(), server)
    first = server.say(ACME, "antes")
    until(lambda: first in hub.journaled(), "message")
    hub.kill()
    second = server.say(ACME, "durante")
    hub.start()
    until(lambda: hub.journaled() == [first, second], "message of the time away")


def test_a_gap_that_can_not_be_filled_is_told_and_counted(hubs, upstream):
    server = upstream()
    hub = connected(hubs(), server, catch_up="0s")
    server.stop()
    server.say(ACME, "nunca")
    server.start()
    joined(hub, 2)
    # One of each instance was told at the first join.
    until(lambda: gaps(hub, "given_up") >= 3, "counted gap")
    told = [e["state"] for e in hub.sync()[0] if e["kind"] == "channel.state" and e["state"]["state"] == "gap"]
    assert told and told[0]["reason"] == "catch_up is off" and told[0]["from"] < told[0]["to"]


def test_an_event_over_the_limit_is_looked_up(hubs, upstream):
    server = upstream(max_http_buffer_size=1 << 30)
    hub = connected(hubs(), server, max_event="1MiB")
    with Frontend(hub.url, hub.token()) as client:
        id = server.say(ACME, "grande", inline="A" * (2 << 20))
        client.wait_message(id)
    assert hub.metric("hub_plugin_evolution_dropped_total", adapter="evo", reason="oversize") == 1


def send(hub, **message):
    """A message that the hub takes, by its id."""
    body = {"channel": "evo", "account": ACME, "to": f"+{meta.new_phone()}", "type": "text", "text": "oi", **message}
    body = {name: value for name, value in body.items() if value is not None}
    answer = hub.http.post(f"{hub.url}/api/v1/messages", json=body, headers={"Authorization": f"Bearer {hub.token()}"}, timeout=TIMEOUT)
    assert answer.status_code == 202, answer.text
    return answer.json()["message"]["id"]


def fate(hub, id, *words):
    """The message's status, once it is one of these words, and the provider's id or the code of its error."""
    def look():
        told = [e for e in hub.sync()[0] if e["kind"] == "message.status" and (e.get("message") or {}).get("id") == id and e["status"]["status"] in words]
        return told[-1] if told else None

    event = until(look, f"status {words}")
    return event["status"]["status"], event["message"].get("providerMessageId")


def test_a_message_is_sent_and_its_echo_is_the_same_message(hubs, upstream):
    server = upstream()
    hub = connected(hubs(), server)
    phone = meta.new_phone()
    id = send(hub, to=f"+{phone}", text="Temos às 15h")
    status, provider = fate(hub, id, "sent")
    assert [call for call in server.calls if call[0] == "sendText"] == [("sendText", ACME, KEY, {"number": phone, "text": "Temos às 15h", "linkPreview": False})]
    server.echo(ACME, provider, phone, "Temos às 15h")
    after = server.say(ACME, "depois")
    until(lambda: after in hub.journaled(), "message after the echo")
    created = [e["message"] for e in hub.sync()[0] if e["kind"] == "message.created"]
    assert [m["id"] for m in created].count(id) == 1 and len(created) == 2
    assert not any("NEVER-LOGGED" in line for line in hub.log)


def test_what_the_server_answers_decides_what_becomes_of_a_message(hubs, upstream):
    server = upstream()
    hub = connected(hubs(), server, pace=0)
    server.answers["sendText"] = (400, {"response": {"message": [{"jid": "x", "exists": False, "number": "x"}]}})
    assert fate(hub, send(hub), "failed", "sent", "unknown")[0] == "failed"
    server.answers["sendText"] = (500, {"response": {"message": "boom"}})
    lost = send(hub)
    assert fate(hub, lost, "failed", "sent", "unknown")[0] == "unknown"
    asked = len([call for call in server.calls if call[0] == "sendText"])
    server.answers["sendLocation"] = (400, {"response": {"message": ["Connection Closed"]}})
    waiting = send(hub, type="location", text=None, location={"latitude": -23.5, "longitude": -46.6})
    until(lambda: any(call[0] == "sendLocation" for call in server.calls), "attempt")
    del server.answers["sendLocation"]
    assert fate(hub, waiting, "failed", "sent", "unknown")[0] == "sent", "tried again once WhatsApp is back"
    assert len([call for call in server.calls if call[0] == "sendText"]) == asked, "what may have been sent is not sent again"
    for outcome in ("accepted", "rejected", "unknown", "retry"):
        assert hub.metric("hub_plugin_evolution_sends_total", adapter="evo", outcome=outcome) >= 1
