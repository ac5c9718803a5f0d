"""Evolution's webhooks reach an unmodified client, once, in its words."""

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import evolution, meta

configure = evolution.enable
_numbers = itertools.count(1)


def new_id():
    return f"3A{time.time_ns():X}{next(_numbers):04X}"


def deliver(hub, event, data, path="", **options):
    answer = evolution.post(hub, evolution.envelope(event, data, **options), path)
    assert (answer.status_code, answer.text) == (200, "")


def whole_log(hub):
    """The log to its end, which only a hub that has ended has."""
    hub.stop()
    log = list(hub.log)
    hub.start()
    return log


@pytest.mark.parametrize("path", ["", "/messages-upsert", "/anything-else"])
def test_a_message_reaches_the_client_in_its_dialect(hub, connect, path):
    client, id, phone = connect(), new_id(), meta.new_phone()
    deliver(hub, "messages.upsert", evolution.message("Bom dia, tem horário hoje?", id, f"{phone}@s.whatsapp.net"), path)
    new = client.wait_message(id)
    client.wait("conversation:updated")
    assert client.names() == ["conversation:new", "message:new", "conversation:updated"]
    body = new["message"]
    assert (body["direction"], body["type"], body["content"], body["status"]) == ("INBOUND", "TEXT", "Bom dia, tem horário hoje?", "DELIVERED")
    assert (body["contact"]["phoneNumber"], body["contact"]["name"]) == (phone, "Marina Prado")


def test_doubled_deliveries_are_one_message(hub, connect):
    """Twenty times at once, from the instance's webhook and the global one, with and without the event in the path."""
    client, id, chat = connect(), new_id(), f"{meta.new_phone()}@s.whatsapp.net"
    body = evolution.envelope("messages.upsert", evolution.message("uma vez", id, chat))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: evolution.post(hub, body, "/messages-upsert" if number % 2 else ""), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    after = new_id()
    deliver(hub, "messages.upsert", evolution.message("depois", after, chat))
    client.wait_message(after)
    assert [p["message"]["whatsappMessageId"] for p in client.all("message:new")] == [id, after]
    assert hub.journaled().count(id) == 1


def test_statuses_never_step_back_and_an_edit_and_a_deletion_find_their_message(hub, connect):
    client, id, phone = connect(), new_id(), meta.new_phone()
    chat = f"{phone}@s.whatsapp.net"
    deliver(hub, "send.message", {**evolution.message("Temos sim", id, chat, name="Você", ours=True), "status": "PENDING"})
    sent = client.wait_message(id)["message"]
    assert (sent["direction"], sent["status"]) == ("OUTBOUND", "PENDING")
    for word in ("SERVER_ACK", "READ", "DELIVERY_ACK"):
        deliver(hub, "messages.update", {"keyId": id, "remoteJid": chat, "fromMe": True, "status": word, "messageId": "cmk01"})
    ours = {"remoteJid": "5511940001000@s.whatsapp.net", "fromMe": True, "id": id}
    deliver(hub, "messages.edited", {"key": ours, "type": 14, "timestampMs": "1767625512000", "editedMessage": {"conversation": "Temos às 15h"}})
    deliver(hub, "messages.edited", {"key": ours, "type": "REVOKE"})
    deliver(hub, "messages.delete", {"remoteJid": chat, "fromMe": True, "id": id})
    after = new_id()
    deliver(hub, "messages.upsert", evolution.message("ok", after, chat))
    client.wait_message(after)
    assert [(s["messageId"], s["status"]) for s in client.all("message:status-update")] == [(sent["id"], "SENT"), (sent["id"], "READ")]
    updates = [p["updates"] for p in client.all("conversation:updated") if p.get("updates")]
    assert [u["editedMessage"]["content"] for u in updates if "editedMessage" in u] == ["Temos às 15h"]
    assert [u["deletedMessageId"] for u in updates if "deletedMessageId" in u] == [sent["id"]]


def test_a_contact_known_by_lid_gets_its_phone_later_and_keeps_its_conversation(hub, connect):
    client, phone, lid = connect(), meta.new_phone(), f"{time.time_ns() % 10**15}@lid"
    first, second = new_id(), new_id()
    deliver(hub, "messages.upsert", evolution.message("oi", first, lid))
    one = client.wait_message(first)
    assert one["message"]["contact"]["phoneNumber"] in (None, "")
    deliver(hub, "messages.upsert", evolution.message("sou eu", second, f"{phone}@s.whatsapp.net", remoteJidAlt=lid))
    two = client.wait_message(second)
    assert two["conversationId"] == one["conversationId"]
    assert two["message"]["contact"]["phoneNumber"] == phone


def test_codes_and_states_go_to_their_tenant_only(hub, connect):
    own, other = connect(tenant="globex"), connect()
    qr = {"qrcode": {"instance": evolution.GLOBEX, "pairingCode": None, "code": "2@a", "base64": "data:image/png;base64,AA=="}}
    deliver(hub, "qrcode.updated", qr, instance=evolution.GLOBEX)
    deliver(hub, "connection.update", {"state": "open", "statusReason": 200}, instance=evolution.GLOBEX)
    assert own.wait("channel:qr")["base64"] == "data:image/png;base64,AA=="
    assert own.wait("channel:state")["state"] == "open"
    id = new_id()
    deliver(hub, "messages.upsert", evolution.message("fim", id, f"{meta.new_phone()}@s.whatsapp.net"))
    other.wait_message(id)
    assert not {"channel:qr", "channel:state"} & set(other.names())
    assert not any("2@a" in line for line in whole_log(hub))


def test_typing_is_told_and_not_stored(hub, connect):
    client, id, phone = connect(), new_id(), meta.new_phone()
    chat = f"{phone}@s.whatsapp.net"
    deliver(hub, "messages.upsert", evolution.message("oi", id, chat))
    client.call("conversation:join", client.wait_message(id)["conversationId"])
    deliver(hub, "presence.update", {"id": chat, "presences": {chat: {"lastKnownPresence": "composing"}}})
    assert client.wait("typing")["isTyping"] is True
    assert hub.journaled("typing") == []


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Webhook-Secret": "guess"}, {"Authorization": "Bearer " + evolution.token("guess")}, {"apikey": evolution.SECRET}],
    ids=["none", "wrong secret", "wrong token", "wrong header"])
def test_without_the_secret_nothing_is_taken(hub, headers):
    id = new_id()
    body = evolution.envelope("messages.upsert", evolution.message("forjada", id, "5511991230001@s.whatsapp.net"))
    assert evolution.post(hub, body, headers=headers).status_code == 401
    assert id not in hub.journaled()


def test_the_secret_itself_in_a_header_is_taken_too(hub):
    id = new_id()
    body = evolution.envelope("messages.upsert", evolution.message("oi", id, "5511991230001@s.whatsapp.net"))
    assert evolution.post(hub, body, headers={"X-Webhook-Secret": evolution.SECRET}).status_code == 200
    assert id in hub.journaled()


def test_a_body_of_20_mb_is_taken_and_the_bytes_are_not_stored(hub):
    id = new_id()
    data = evolution.message("", id, "5511991230001@s.whatsapp.net")
    data["message"] = {"videoMessage": {"mimetype": "video/mp4", "caption": "o vídeo"}, "base64": "AAAA" * (5 << 20)}
    deliver(hub, "messages.upsert", data)
    ((body,),) = hub.journal("SELECT body FROM events WHERE event_id = ? AND kind = 'message.created'", id)
    assert len(body) < 4096


def test_no_key_of_an_envelope_is_in_the_journal_or_the_log(hub):
    deliver(hub, "album.shuffled", {"apikey": "INSTANCE-TOKEN-NEVER-STORED", "a": 1})
    error = {"event": "error", "data": {"error": "Error", "message": "failed"}, "date_time": "2026-01-05T12:00:00.000Z", "api_key": "GLOBAL-NEVER-STORED"}
    assert evolution.post(hub, error).status_code == 200
    deliver(hub, "messages.upsert", evolution.message("oi", new_id(), "5511991230001@s.whatsapp.net"), instance="alheia")
    assert hub.metric("hub_plugin_evolution_dropped_total", reason="unknown_instance") == 1
    assert not any("NEVER-STORED" in str(row) for row in hub.journal())
    log = whole_log(hub)
    assert any("the server reports a failure of its own" in line for line in log)
    assert not any("NEVER-STORED" in line for line in log)


def test_a_socket_without_an_address_says_what_is_missing(hubs):
    hub = hubs()
    evolution.enable(hub)
    hub.config["channels"]["evo"]["config"]["mode"] = "instance"
    done = hub.command("serve", "-c", "hub.yaml")
    assert done.returncode == 3 and "channels.evo.config needs the key \"url\"" in done.stderr, done.stderr


def test_a_path_below_the_webhook_is_nobody_elses(hubs):
    hub = hubs()
    evolution.enable(hub)
    hub.config["sinks"]["stats"]["config"]["path"] = evolution.PATH + "/stats"
    done = hub.command("check", "--json", "-c", "hub.yaml")
    assert done.returncode == 3
    assert "double-claim" in json.dumps(json.loads(done.stdout))


def test_simulated_webhooks_reach_a_client_as_the_servers_do(hub, connect):
    client = connect()
    simulate = lambda *arguments: hub.command("simulate", "evolution", "-c", "hub.yaml", *arguments)
    sent = simulate("--text", "Olá, mundo", "--from", meta.new_phone())
    assert sent.returncode == 0, sent.stderr
    assert client.wait_message(sent.stdout.strip())["message"]["content"] == "Olá, mundo"
    ours = simulate("--type", "api", "--text", "Já te respondo").stdout.strip()
    message = client.wait_message(ours)["message"]
    assert (message["direction"], message["status"]) == ("OUTBOUND", "SENT")
    assert simulate("--type", "status", "--text", "read", "--to-message", ours).returncode == 0
    assert client.wait("message:status-update", lambda p: p["messageId"] == message["id"])["status"] == "READ"
    for kind in ("image", "audio", "document", "location", "echo", "reaction", "status"):
        done = simulate("--type", kind)
        assert done.returncode == 0, done.stderr
    assert simulate("--type", "status", "--text", "seen").returncode == 2


def test_simulating_against_another_secret_says_so(hub):
    file = hub.folder / "data/secrets/another"
    file.write_text("another secret")
    file.chmod(0o600)
    config = hub.config["channels"]["evo"]["config"]
    known, config["webhook_secret"] = config["webhook_secret"], "secret://file/data/secrets/another"
    try:
        done = hub.command("simulate", "evolution", "-c", "hub.yaml")
    finally:
        config["webhook_secret"] = known
    assert done.returncode == 1 and "another webhook_secret" in done.stderr
