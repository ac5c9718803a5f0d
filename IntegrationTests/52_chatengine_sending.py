"""Sending through the request that an operator configures for ChatEngine, and its echo."""

import pytest

from harness import TIMEOUT, chatengine
from harness.chatengine import NORTE, ChatEngine, conversation
from harness.frontend import Frontend


@pytest.fixture
def running(hubs):
    """A server, a hub that sends through it, a client, and the hub's id of a conversation."""
    server, hub = ChatEngine().start(), hubs()
    chatengine.enable(hub, server, subscribe="all", accounts=[(NORTE, "acme")])
    hub.config["channels"]["crm"]["config"]["send"] = {
        "url": server.url.replace("ws", "http", 1) + "/api/conversations/{{conversationId}}/messages",
        "headers": {"Authorization": "Bearer {{token}}"},
        "body": {"type": "{{type}}", "content": "{{content}}", "replyToMessageId": "{{replyToMessageId}}"},
        "id": "data.id",
    }
    hub.start()
    client = Frontend(hub.url, token=hub.token())
    server.push("conversation", conversation())
    try:
        yield server, hub, client, client.wait("conversation:new")["conversation"]["id"]
    finally:
        client.close()
        server.close()


def send(hub, to, **message):
    return hub.http.post(
        f"{hub.url}/api/v1/messages", json={"to": to, **message}, headers={"Authorization": f"Bearer {hub.token()}"}, timeout=TIMEOUT)


def status(client, id, word):
    return client.wait("message:status-update", lambda p: (p["messageId"], p["status"]) == (id, word))


@pytest.mark.parametrize("echoes_first", [False, True])
def test_a_message_is_sent_once_and_its_echo_and_statuses_find_it(running, echoes_first):
    server, hub, client, own = running
    server.echoes_first = echoes_first
    answer = send(hub, own, type="text", text='Temos "sim"\n')
    assert answer.status_code == 202, answer.text
    id = answer.json()["message"]["id"]
    status(client, id, "SENT")
    assert server.sent == [("conv_1", NORTE, {"type": "text", "content": 'Temos "sim"\n', "replyToMessageId": ""})]
    server.push("messageStatus", {"messageId": "msg_sent_1", "status": "read"})
    status(client, id, "READ")
    assert [p["message"]["id"] for p in client.all("message:new")] == [id], "the echo is no second message"


def test_a_server_that_is_busy_is_asked_again_and_a_refusal_is_final(running):
    server, hub, client, own = running
    server.answers = [429, 422]
    first = send(hub, own, type="text", text="primeira").json()["message"]["id"]
    status(client, first, "FAILED")
    second = send(hub, own, type="text", text="segunda").json()["message"]["id"]
    status(client, second, "SENT")
    assert [body["content"] for _, _, body in server.sent] == ["primeira", "primeira", "segunda"]


def test_what_the_request_has_no_place_for_is_unsupported(running):
    server, hub, client, own = running
    id = send(hub, own, type="location", location={"latitude": -23.5, "longitude": -46.6}).json()["message"]["id"]
    status(client, id, "FAILED")
    assert not server.sent
    failed = [e for e in hub.sync()[0] if e["kind"] == "message.status" and e["status"]["status"] == "failed"]
    assert failed[0]["status"]["errors"][0]["code"] == "unsupported"
