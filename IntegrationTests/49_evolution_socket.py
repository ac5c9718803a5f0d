"""Evolution's socket, as python-socketio plays it: a namespace for each instance or one for all, late namespaces, restarts, attachments, keys."""

import itertools
import json
import time

import pytest

from harness import evolution, meta, until
from harness.evolution import ACME, GLOBEX, KEY
from harness.frontend import Frontend
from harness.upstream import Server

_numbers = itertools.count(1)


@pytest.fixture
def upstream():
    made = []

    def make(*known, start=True, **options):
        made.append(Server(("/", *known), key=KEY, **options))
        return made[-1].start() if start else made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def connect():
    made = []

    def make(hub, tenant="acme"):
        made.append(Frontend(hub.url, hub.token(tenant)))
        return made[-1]

    yield make
    for client in made:
        client.close()


def configured(hub, server, mode, key=KEY, **config):
    """The channel beside nothing else, with the key in a file."""
    evolution.enable(hub)
    evolution.connect(hub, server, mode, key, **config)
    return hub


def message(text="oi", instance=ACME, id=None, content=None):
    id = id or f"3A{time.time_ns():X}{next(_numbers):04X}"
    data = evolution.message(text, id, f"{meta.new_phone()}@s.whatsapp.net")
    if content:
        data["message"] = content
    return id, evolution.envelope("messages.upsert", data, instance)


def lines(hub, *messages):
    """The log lines with these messages, as (message, instance)."""
    found = [json.loads(line) for line in hub.log if line.startswith("{")]
    return [(line.get("message"), line.get("instance")) for line in found if (line.get("message")) in messages]


def states(hub, account, tenant="acme"):
    events = hub.sync(tenant=tenant)[0]
    return [(e["state"]["state"], e["state"].get("reason")) for e in events if e["kind"] == "channel.state" and e["account"] == account]


def dropped(hub, reason):
    return hub.metric("hub_plugin_evolution_dropped_total", adapter="evo", reason=reason)


def test_instances_have_their_namespaces_the_start_does_not_wait_and_is_logged_in_order(hubs, upstream, connect):
    server = upstream(f"/{ACME}", f"/{GLOBEX}", start=False)
    hub = configured(hubs(), server, "instance").start()
    begun = until(lambda: len(found := lines(hub, "settings found", "connecting", "connected")) >= 3 and found, "lines of the start")
    assert begun == [("settings found", None), ("connecting", ACME), ("connecting", GLOBEX)]
    client, other = connect(hub), connect(hub, "globex")
    ended = until(lambda: [json.loads(line) for line in hub.log if '"upstream connection ended"' in line], "line of the missing server")
    assert ended[0]["server"] == f"localhost:{server.port}", ended
    server.start()
    until(lambda: len(lines(hub, "connected")) == 2, "connection")
    (id, body), (theirs, foreign) = message("Bom dia"), message(instance=GLOBEX)
    server.emit("messages.upsert", foreign, namespace=f"/{GLOBEX}")
    server.emit("messages.upsert", body, namespace=f"/{ACME}")
    assert client.wait_message(id)["message"]["content"] == "Bom dia"
    other.wait_message(theirs)
    # What any key can open says nothing of whose it is.
    server.emit("messages.upsert", message(instance=GLOBEX)[1], namespace=f"/{ACME}")
    server.emit("messages.upsert", message()[1], namespace="/")
    until(lambda: dropped(hub, "unknown_instance") == 1 and dropped(hub, "other_namespace") == 1, "counted drops")
    assert len(client.all("message:new")) == 1 and len(other.all("message:new")) == 1
    assert {key for _, key, _ in server.asked} == {KEY} and server.most == 1
    assert states(hub, ACME)[-1] == ("connected", None)
    assert hub.stop() == 0
    assert not [line for line in hub.log if "can't be kept" in line]
    assert not any(word in line for line in hub.log for word in (KEY, "INSTANCE-TOKEN"))


def test_a_namespace_that_is_not_there_yet_is_asked_for_until_it_is_and_after_every_restart(hubs, upstream, connect):
    server = upstream(f"/{GLOBEX}")
    hub = configured(hubs(), server, "instance").start()
    client = connect(hub)
    for round in range(2):
        until(lambda: states(hub, ACME)[-1:] == [("connecting", "invalid_namespace")], "state")
        server.known.add(f"/{ACME}")
        until(lambda: lines(hub, "connected").count(("connected", ACME)) == round + 1, "connection")
        id, body = message()
        server.emit("messages.upsert", body, namespace=f"/{ACME}")
        client.wait_message(id)
        server.stop()
        server.known.discard(f"/{ACME}")
        server.start()
    assert server.most == 1
    assert any("upstream namespace does not exist yet" in line for line in hub.log)


def test_all_instances_in_one_namespace_are_told_apart_and_strangers_dropped(hubs, upstream, connect):
    server = upstream()
    hub = hubs()
    configured(hub, server, "global", api_key_in="query")
    third = "oficina sul"
    hub.config["channels"]["evo"]["accounts"][third] = {"tenant": "globex"}
    hub.start()
    acme, globex = connect(hub), connect(hub, "globex")
    until(lambda: len(lines(hub, "connected")) == 3, "connections")
    sent = {instance: message(instance=instance) for instance in (ACME, GLOBEX, third, "alheia")}
    for _, body in sent.values():
        server.emit("messages.upsert", body)
    acme.wait_message(sent[ACME][0])
    for instance in (GLOBEX, third):
        globex.wait_message(sent[instance][0])
    until(lambda: dropped(hub, "unknown_instance") == 1, "counted drop")
    assert (len(acme.all("message:new")), len(globex.all("message:new"))) == (1, 2)
    for account, tenant in ((ACME, "acme"), (GLOBEX, "globex"), (third, "globex")):
        assert states(hub, account, tenant) == [("connected", None)]


def test_attachments_and_events_over_the_limit(hubs, upstream, connect):
    server = upstream(f"/{ACME}", f"/{GLOBEX}", max_http_buffer_size=1 << 30)
    hub = configured(hubs(), server, "instance", max_event="1MiB").start()
    client = connect(hub)
    until(lambda: len(lines(hub, "connected")) == 2, "connection")
    image = {"imageMessage": {"mimetype": "image/jpeg", "caption": "olha", "fileSha256": bytes(range(32)), "mediaKey": b"\x00" * 32,
                              "jpegThumbnail": b"\xff" * 5000, "fileLength": {"low": 48211, "high": 0, "unsigned": True}}}
    large, huge = message(content={**image, "base64": "A" * (2 << 20)})
    server.emit("messages.upsert", huge, namespace=f"/{ACME}")
    id, body = message(content=image)
    server.emit("messages.upsert", body, namespace=f"/{ACME}")
    got = client.wait_message(id)["message"]
    assert (got["type"], got["content"]) == ("IMAGE", "olha")
    stored = next(e for e in hub.sync()[0] if (e.get("message") or {}).get("providerMessageId") == id)
    assert stored["message"]["media"]["sha256"] == bytes(range(32)).hex() and stored["message"]["media"]["size"] == 48211
    assert dropped(hub, "oversize") == 1 and hub.journaled().count(large) == 0
    assert server.most == 1 and len(lines(hub, "connected")) == 2, "the connection stayed"


def test_the_same_by_socket_and_by_webhook_is_one_message(hubs, upstream, connect):
    server = upstream(f"/{ACME}", f"/{GLOBEX}")
    hub = configured(hubs(), server, "instance").start()
    client = connect(hub)
    until(lambda: len(lines(hub, "connected")) == 2, "connection")
    for webhook_first in (True, False):
        id, body = message()
        for is_webhook in (webhook_first, not webhook_first):
            if is_webhook:
                assert evolution.post(hub, body).status_code == 200
            else:
                server.emit("messages.upsert", body, namespace=f"/{ACME}")
                client.wait_message(id)
        after, last = message()
        server.emit("messages.upsert", last, namespace=f"/{ACME}")
        client.wait_message(after)
        assert [m["message"]["whatsappMessageId"] for m in client.all("message:new")].count(id) == 1
        assert hub.journaled().count(id) == 1


def test_a_refused_key_is_told_and_a_new_one_used_without_a_restart(hubs, upstream, connect):
    server = upstream(f"/{ACME}", f"/{GLOBEX}")
    hub = configured(hubs(), server, "instance", key="old-key-NEVER-LOGGED").start()
    until(lambda: lines(hub, "the server refuses the key: look at api_key"), "words about the key")
    assert server.asked == [] and server.refused > 0
    (hub.folder / "data/secrets/evolution-key").write_text(KEY)
    until(lambda: len(lines(hub, "connected")) == 2, "connection")
    assert len(lines(hub, "the server refuses the key: look at api_key")) == 1
    assert not any("NEVER-LOGGED" in line for line in hub.log)
