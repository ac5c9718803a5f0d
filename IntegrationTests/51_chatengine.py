"""ChatEngine against python-socketio: tokens, paths, subscriptions, both ways of typing, and what frontends see of it."""

import itertools
import time

import pytest
import requests

from harness import TIMEOUT, chatengine
from harness.chatengine import HUB_USER, NORTE, SUL, ChatEngine, conversation, message
from harness.frontend import Frontend

_numbers = itertools.count(1)


def new_id():
    return f"msg_{time.time_ns():x}_{next(_numbers)}"


@pytest.fixture
def engine():
    made = []

    def make(**options):
        made.append(ChatEngine(**options))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def running(hubs, engine):
    """A server, and a hub that is its client."""
    def make(**options):
        server, hub = engine().start(), hubs()
        chatengine.enable(hub, server, **options)
        hub.start()
        return server, hub

    return make


@pytest.fixture
def clients():
    made = []

    def make(hub, tenant="acme", **options):
        made.append(Frontend(hub.url, token=hub.token(tenant=tenant, **options)))
        return made[-1]

    yield make
    for client in made:
        client.close()


def states(hub, account=NORTE, **who):
    return [e["state"]["state"] for e in hub.sync(**who)[0] if e["kind"] == "channel.state" and e["account"] == account]


def opened(server, client, id="conv_1", **more):
    """The hub's id of a conversation that the server has just told of, and that the client has joined."""
    server.push("conversation", conversation(id, **more))
    own = client.wait("conversation:new")["conversation"]["id"]
    assert client.call("conversation:join", own)["ok"]
    return own


def await_metric(hub, name, least, **labels):
    deadline = time.monotonic() + TIMEOUT
    while (value := hub.metric(name, **labels)) < least:
        assert time.monotonic() < deadline, f"{name} {labels} is {value}"
        time.sleep(0.05)
    return value


# Connecting


def test_the_path_is_exact_and_the_token_goes_with_connect(running):
    server, hub = running()
    server.session(NORTE), server.session(SUL)
    assert sorted(server.requests) == sorted(("/api/ws/", "EIO=4&transport=websocket", chatengine.token(name)) for name in (NORTE, SUL))
    server.wait("no state", lambda: states(hub) == ["connected"])
    answer = requests.get(f"{server.url.replace('ws', 'http', 1)}/socket.io/", params={"EIO": 4, "transport": "polling"}, timeout=TIMEOUT)
    assert answer.status_code == 404, "there is nothing beside it"


def test_a_wrong_path_is_404_and_the_hub_goes_on(running):
    server, hub = running(path="/socket.io")
    await_metric(hub, "hub_upstream_ends_total", 2, adapter="crm", reason="refused")
    assert not server.requests
    assert requests.get(hub.url + "/health", timeout=TIMEOUT).status_code == 200


def test_an_expired_token_is_replaced_without_a_restart(hubs, engine):
    server, hub = engine().start(), hubs()
    fresh = chatengine.token(NORTE, 2)
    server.tokens = {fresh: NORTE}
    chatengine.enable(hub, server, accounts=[(NORTE, "acme")])
    hub.start()
    server.wait("nobody asked", lambda: server.requests)
    assert not server.sessions and await_metric(hub, "hub_upstream_refusals_total", 1, adapter="crm")
    chatengine.write_token(hub, NORTE, fresh)
    server.session(NORTE)
    assert [given for _, _, given in server.requests] == [chatengine.token(NORTE), fresh]


def test_a_missing_token_is_named_by_the_check_and_by_a_start_that_is_refused(hubs, engine):
    server, hub = engine().start(), hubs()
    chatengine.enable(hub, server, accounts=[(NORTE, "acme")])
    file = hub.folder / "data/secrets" / NORTE
    for spoil in (lambda: file.write_text(""), file.unlink):
        spoil()
        for verb in ("check", "serve"):
            done = hub.command(verb, "-c", "hub.yaml")
            assert done.returncode == 3 and f"data/secrets/{NORTE}" in done.stdout + done.stderr, done.stdout + done.stderr
    del hub.config["channels"]["crm"]["accounts"][NORTE]["token"]
    done = hub.command("check", "-c", "hub.yaml")
    assert done.returncode == 3 and "token" in done.stdout + done.stderr
    assert not server.requests, "who doesn't start asks nobody"


@pytest.mark.parametrize("how", ["absent", "emptied"])
def test_a_token_that_is_missing_while_the_hub_runs_is_seen_and_used_once_it_is_there(hubs, engine, how):
    """Absent from the start where the configuration calls it optional, or emptied while it is in use."""
    server, hub = engine().start(), hubs()
    chatengine.enable(hub, server, accounts=[(NORTE, "acme")])
    file = hub.folder / "data/secrets" / NORTE
    if how == "absent":
        hub.config["channels"]["crm"]["accounts"][NORTE]["token"] += "?"
        file.unlink()
    hub.start()
    if how == "emptied":
        server.session(NORTE)
        server.wait("no state", lambda: states(hub) == ["connected"])
        file.write_text("")
        server.end(NORTE)
    server.wait("nobody asked without a token", lambda: [given for _, _, given in server.requests if not given])
    await_metric(hub, "hub_upstream_refusals_total", 1, adapter="crm")
    server.wait("no state", lambda: states(hub)[-1:] == ["connecting"])
    assert not server.sessions
    chatengine.write_token(hub, NORTE, chatengine.token(NORTE))
    server.session(NORTE)
    server.wait("no state", lambda: states(hub)[-1:] == ["connected"])
    assert server.requests[-1][2] == chatengine.token(NORTE)


def test_the_hub_starts_while_the_server_is_down(hubs, engine, clients):
    server, hub = engine(), hubs()
    chatengine.enable(hub, server)
    hub.start()
    client = clients(hub)
    server.start()
    server.push("conversation", conversation())
    assert client.wait("conversation:new")["conversation"]["contact"]["name"] == "Jussara Lima"


# Subscriptions


def test_what_a_frontend_opens_is_subscribed_once_and_again_in_each_session(running, clients):
    server, hub = running()
    ana, rui = clients(hub), clients(hub, user="u2")
    own = opened(server, ana)
    assert server.told("subscribe:conversation") == ["conv_1"], "one bare string"
    assert rui.call("conversation:join", own)["ok"]
    first = new_id()
    server.run(server.server.emit("message", message(first), room="conv_1"))
    for client in (ana, rui):
        assert client.wait_message("wamid." + first)["conversationId"] == own
    server.stop()
    server.start()
    assert server.told("subscribe:conversation", count=2) == ["conv_1"] * 2
    server.end()
    assert server.told("subscribe:conversation", count=3) == ["conv_1"] * 3, "the server ended the session, and the hub came back"
    second = new_id()
    server.run(server.server.emit("message", message(second), room="conv_1"))
    rui.wait_message("wamid." + second)
    by_session = [entry[0] for entry in server.heard if entry[2] == "subscribe:conversation"]
    assert len(set(by_session)) == 3, "once in each"
    assert not [entry for entry in server.heard if entry[1] == SUL]


def test_what_nobody_looks_at_any_more_while_the_server_is_away_does_not_come_back(running, clients):
    server, hub = running(accounts=[(NORTE, "acme")])
    ana, rui = clients(hub), clients(hub, user="u2")
    opened(server, ana)
    server.push("conversation", conversation("conv_2", contact="ctc_2"))
    other = rui.wait("conversation:new", count=2)["conversation"]["id"]
    assert rui.call("conversation:join", other)["ok"]
    server.told("subscribe:conversation", count=2)
    server.stop()
    await_metric(hub, "hub_upstream_ends_total", 1, adapter="crm")
    ana.close()
    deadline = time.monotonic() + TIMEOUT
    while hub.metric("hub_plugin_chatengine_subscriptions", workspace=NORTE) != 1:
        assert time.monotonic() < deadline
    server.start()
    server.told("subscribe:conversation", count=3)
    server.push("typing", {"conversationId": "conv_2", "userId": "ctc_2", "isTyping": True})
    rui.wait("typing")
    assert server.told("subscribe:conversation", count=3)[2:] == ["conv_2"]


def test_a_thousand_subscriptions_are_restored_without_duplicates(hubs, engine):
    server, hub = engine().start(), hubs()
    wanted = [f"conv_{number}" for number in range(1000)]
    chatengine.enable(hub, server, subscribe="list", accounts=[(NORTE, "acme")], conversations=wanted)
    hub.start()
    assert sorted(server.told("subscribe:conversation", count=1000)) == sorted(wanted)
    server.stop()
    server.start()
    again = server.told("subscribe:conversation", count=2000)
    assert sorted(again[1000:]) == sorted(wanted)
    server.push("conversation", conversation())
    await_metric(hub, "hub_plugin_chatengine_events_total", 1, kind="conversation.updated")
    assert len(server.told("subscribe:conversation", count=2000)) == 2000


# What becomes of what


def test_two_workspaces_of_one_host_never_mix(running, clients):
    server, hub = running(subscribe="all")
    acme, globex = clients(hub), clients(hub, tenant="globex")
    for workspace in (NORTE, SUL):
        server.push("conversation", conversation("conv_1", workspace, name=workspace), workspace=workspace)
        server.push("message", message("msg_same", workspace=workspace, text=workspace), workspace=workspace)
    # A server that mixes them up.
    server.push("message", message(new_id(), workspace=SUL, text="alheia"), workspace=NORTE)
    last = {workspace: new_id() for workspace in (NORTE, SUL)}
    for workspace, client in ((NORTE, acme), (SUL, globex)):
        server.push("message", message(last[workspace], workspace=workspace, text="fim"), workspace=workspace)
        client.wait_message("wamid." + last[workspace])
        assert [p["message"]["content"] for p in client.all("message:new")] == [workspace, "fim"]
        assert [p["conversation"]["contact"]["name"] for p in client.all("conversation:new")] == [workspace]
    assert hub.metric("hub_plugin_chatengine_dropped_total", reason="foreign_workspace") == 1


def test_all_that_was_named_is_subscribed_again_after_a_restart(running, clients):
    server, hub = running(subscribe="all")
    for id in ("conv_1", "conv_2"):
        server.push("conversation", conversation(id))
    server.told("subscribe:conversation", count=2)
    assert hub.stop() == 0
    hub.start()
    assert sorted(server.told("subscribe:conversation", count=4)[2:]) == ["conv_1", "conv_2"], "nobody named them since"
    client = clients(hub)
    server.push("message", message(new_id(), conversation="conv_2", text="de volta"))
    client.wait("message:new", lambda p: p["message"]["content"] == "de volta")


def test_directions_statuses_edits_and_repetitions(running, clients):
    server, hub = running(subscribe="all")
    client, sent, came = clients(hub), new_id(), new_id()
    server.push("conversation", conversation())
    early = message(sent, sender="usr_5", status="sent", text="Segue o boleto")
    server.push("messageStatus", {"messageId": sent, "status": "read"})
    server.push("message", early)
    server.push("message", early)
    server.push("messageStatus", {"messageId": sent, "status": "delivered"})
    server.push("message", [7, message(came), {"id": "no conversation"}])
    server.push("message", message(came, text="Chegou!", updatedAt="2099-01-05T12:00:00.000Z"))
    client.wait("conversation:updated", lambda p: (p.get("updates") or {}).get("editedMessage", {}).get("content") == "Chegou!")
    first, second = client.all("message:new")
    assert (first["message"]["direction"], second["message"]["direction"]) == ("OUTBOUND", "INBOUND")
    assert second["message"]["contact"] == {"id": second["message"]["contact"]["id"], "phoneNumber": None, "name": "Jussara Lima"}
    assert [p["status"] for p in client.all("message:status-update")] == ["READ"], "and never a step back"
    assert hub.metric("hub_plugin_chatengine_dropped_total", reason="repeated_message") == 1
    assert hub.journaled() == [sent, came]


def test_files_and_attachments_of_odd_shape_reach_the_journal(running, clients):
    server, hub = running(subscribe="all")
    client = clients(hub)
    file, odd, strange = new_id(), new_id(), new_id()
    server.push("message", message(file, type="file", attachments=[{"url": "https://cdn.example/a.pdf", "mimetype": "application/pdf", "fileName": "a.pdf"}]))
    server.push("message", message(odd, type="image", attachments={"url": ["?"], "size": -1}))
    server.push("message", message(strange, type="hologram", attachments=None, metadata=None))
    client.wait("message:new", count=3)
    messages = {e["message"]["providerMessageId"]: e for e in hub.sync()[0] if e["kind"] == "message.created"}
    assert (messages[file]["message"]["type"], messages[file]["message"]["media"]["fileName"]) == ("document", "a.pdf")
    assert messages[odd]["message"]["type"] == "image"
    assert (messages[strange]["message"]["type"], messages[strange]["raw"]["type"]) == ("unsupported", "hologram")


def test_an_older_conversation_changes_nothing_and_a_newer_one_does(running, clients):
    server, hub = running()
    client = clients(hub)
    server.push("conversation", conversation())
    server.push("conversation", conversation(updated="2026-01-04T12:00:00.000Z", name="Velha"))
    server.push("conversation", conversation(updated="2026-01-06T12:00:00.000Z", name="Jussara L."))
    client.wait("conversation:updated", lambda p: (p.get("updates") or {}).get("updatedAt") == "2026-01-06T12:00:00.000Z")
    assert "Velha" not in str(client.events)
    assert len(client.all("conversation:new")) == 1
    assert hub.metric("hub_plugin_chatengine_dropped_total", reason="stale_conversation") == 1


# Typing


def test_typing_goes_both_ways_and_stops_by_itself(running, clients):
    server, hub = running(accounts=[(NORTE, "acme")])
    client = clients(hub)
    own = opened(server, client)
    server.told("subscribe:conversation")
    server.push("typing", {"conversationId": "conv_1", "userId": HUB_USER, "isTyping": True})
    server.push("typing", {"conversationId": "conv_1", "userId": "ctc_1", "isTyping": True})
    assert client.wait("typing")["isTyping"] is True
    assert len(client.all("typing")) == 1, "the hub's own user is left out"
    began = time.monotonic()
    client.emit("typing", {"conversationId": own, "isTyping": True})
    assert server.told("typing", count=2) == [{"conversationId": "conv_1", "isTyping": True}, {"conversationId": "conv_1", "isTyping": False}]
    assert 2.5 < time.monotonic() - began < 6
    client.emit("typing", {"conversationId": own, "isTyping": True})
    server.told("typing", count=3)
    began = time.monotonic()
    client.close()
    assert server.told("typing", count=4)[3] == {"conversationId": "conv_1", "isTyping": False}
    assert time.monotonic() - began < 2, "with its socket, not after 3 s"


def test_typing_while_the_server_is_away_is_never_said_later(running, clients):
    server, hub = running(accounts=[(NORTE, "acme")])
    client = clients(hub)
    own = opened(server, client)
    server.told("subscribe:conversation")
    server.stop()
    await_metric(hub, "hub_upstream_ends_total", 1, adapter="crm")
    client.emit("typing", {"conversationId": own, "isTyping": True})
    await_metric(hub, "hub_plugin_chatengine_dropped_total", 1, reason="offline_typing")
    server.start()
    server.told("subscribe:conversation", count=2)
    server.push("typing", {"conversationId": "conv_1", "userId": "ctc_1", "isTyping": True})
    client.wait("typing")
    assert not [entry for entry in server.heard if entry[2] == "typing"]
