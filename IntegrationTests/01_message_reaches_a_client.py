"""A signed webhook reaches an unmodified client."""

import json
import re

from harness import meta

ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def test_first_message_creates_the_conversation_before_it(hub, connect):
    client = connect()
    (message,) = hub.deliver(meta.text("Olá, mundo — ação"))
    new = client.wait_message(message["id"])
    client.wait("conversation:updated")
    assert client.names() == ["conversation:new", "message:new", "conversation:updated"]
    conversation = client.all("conversation:new")[0]["conversation"]
    assert new["conversationId"] == conversation["id"]
    body = new["message"]
    assert (body["direction"], body["type"], body["content"], body["status"]) == ("INBOUND", "TEXT", "Olá, mundo — ação", "DELIVERED")
    assert body["contact"]["phoneNumber"] == message["from"]
    assert body["contact"]["name"] == "Marina Prado"
    assert ISO.match(body["timestamp"])
    assert body["metadata"]["canonical"]["providerMessageId"] == message["id"]
    updated = client.all("conversation:updated")[0]
    assert updated["lastMessage"]["id"] == body["id"]
    assert updated["lastMessageAt"] == body["timestamp"]
    assert updated["updates"]["unreadCount"] == 1


def test_second_message_belongs_to_the_same_conversation(hub, connect):
    client, phone = connect(), meta.new_phone()
    (first,) = hub.deliver(meta.text(sender=phone))
    (second,) = hub.deliver(meta.text(sender=phone))
    assert client.wait_message(first["id"])["conversationId"] == client.wait_message(second["id"])["conversationId"]
    assert client.names().count("conversation:new") == 1


def test_status_updates_come_in_upper_case_and_never_step_back(hub, connect):
    client, phone, id = connect(), meta.new_phone(), meta.new_id("S")
    assert hub.post(meta.echo("Bom dia", phone, id)).status_code == 200
    sent = client.wait_message(id)["message"]
    assert (sent["direction"], sent["status"]) == ("OUTBOUND", "SENT")
    for word in ("read", "delivered"):
        hub.deliver(statuses=[meta.status(id, word, phone)])
    (after,) = hub.deliver(meta.text(sender=phone))
    client.wait_message(after["id"])
    assert [(s["messageId"], s["status"]) for s in client.all("message:status-update")] == [(sent["id"], "READ")]


def test_websocket_and_polling_clients_get_the_same(hub, connect):
    clients = [connect(transports=[transport]) for transport in ("websocket", "polling")]
    (message,) = hub.deliver(meta.text())
    first, second = [client.wait_message(message["id"]) for client in clients]
    assert first == second


def test_both_namespaces_are_served_and_whatsapp_is_one_of_them(hub, connect):
    client = connect(namespaces=("/", "/whatsapp"))
    (message,) = hub.deliver(meta.text())
    for namespace in ("/", "/whatsapp"):
        client.wait_message(message["id"], namespace)
        client.wait("conversation:updated", namespace=namespace)
        assert client.names(namespace) == ["conversation:new", "message:new", "conversation:updated"]


def test_stats_have_exactly_their_two_members_and_equal_sums(hub, connect):
    connect(user="a"), connect(user="b", namespaces=("/", "/whatsapp"))
    hub.await_stats(hub.api_key, {"totalConnections": 2, "connectionsByTenant": {"acme": 2}})
    answer = hub.stats(hub.api_key)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert hub.stats(None).status_code == 401


def test_a_media_url_stays_in_the_hub(hub, connect):
    client = connect(namespaces=("/", "/whatsapp"))
    url = "https://lookaside.example/whatsapp_business/attachments/?mid=1"
    (message,) = hub.deliver({**meta.text(), "type": "image", "image": {"id": "771029384756001", "mime_type": "image/jpeg", "url": url}})
    for namespace in ("/", "/whatsapp"):
        metadata = client.wait_message(message["id"], namespace)["message"]["metadata"]
        assert metadata["media"]["id"] == metadata["canonical"]["media"]["id"] == "771029384756001"
        client.wait("conversation:updated", namespace=namespace)
    assert url not in str(client.events)
    # It is kept for fetching the medium.
    ((body,),) = hub.journal("SELECT body FROM events WHERE kind = 'message.created' AND event_id = ?", message["id"])
    assert json.loads(body)["message"]["media"]["url"] == url
