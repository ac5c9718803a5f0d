"""The same provider event a hundred times over eight connections: one row, one message:new."""

from concurrent.futures import ThreadPoolExecutor

import requests

from harness import meta

TIMES, CONNECTIONS = 100, 8


def flood(hub, body):
    def post(number):
        with requests.Session() as session:
            return [hub.post(body, session=session).status_code for _ in range(number, TIMES, CONNECTIONS)]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(post, range(CONNECTIONS)), [])


def test_a_message(hub, connect):
    clients = [connect(user="a"), connect(user="a"), connect(user="b", transports=["polling"])]
    message = meta.text("uma vez")
    assert flood(hub, meta.envelope(meta.value(messages=[message]))) == [200] * TIMES
    (after,) = hub.deliver(meta.text())
    for client in clients:
        client.wait_message(after["id"])
        assert [p["message"]["whatsappMessageId"] for p in client.all("message:new")] == [message["id"], after["id"]]
    assert hub.journaled().count(message["id"]) == 1


def test_a_message_in_other_company(hub, connect):
    client = connect()
    one, two = meta.text(), meta.text()
    for messages in ([one], [one, two], [two, one]):
        hub.deliver(*messages)
    (after,) = hub.deliver(meta.text())
    client.wait_message(after["id"])
    assert [p["message"]["whatsappMessageId"] for p in client.all("message:new")] == [one["id"], two["id"], after["id"]]


def test_a_status(hub, connect):
    client, phone, id = connect(), meta.new_phone(), meta.new_id("S")
    hub.post(meta.echo("Oi", phone, id))
    sent = client.wait_message(id)["message"]["id"]
    assert flood(hub, meta.envelope(meta.value(statuses=[meta.status(id, "read", phone, at=1767625200)]))) == [200] * TIMES
    (after,) = hub.deliver(meta.text())
    client.wait_message(after["id"])
    assert [p["messageId"] for p in client.all("message:status-update")] == [sent]


def test_and_again_after_a_restart(hub, connect):
    (message,) = hub.deliver(meta.text())
    assert hub.stop() == 0
    hub.start()
    client = connect()
    hub.deliver(message)
    (after,) = hub.deliver(meta.text())
    client.wait_message(after["id"])
    assert hub.journaled().count(message["id"]) == 1
