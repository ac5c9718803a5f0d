"""C-01: two Socket.IO sinks on one listener, clients of every sort at once, and nobody is handled twice."""

import asyncio
import collections
import json
import os

import pytest
import socketio
import websocket

from harness import TIMEOUT, meta

CLIENTS = int(os.environ.get("HUB_CLIENTS", "200"))
TRANSPORTS = [["websocket"], ["polling"], None]  # None: polling, then the upgrade
NAMESPACES = [["/"], ["/whatsapp"], ["/", "/whatsapp"]]


class Client:
    def __init__(self, namespaces):
        self.namespaces, self.seen, self.changed = namespaces, collections.Counter(), asyncio.Event()
        self.socket = socketio.AsyncClient(reconnection=False)
        for namespace in namespaces:
            self.socket.on("message:new", self._handler(namespace), namespace=namespace)

    def _handler(self, namespace):
        async def handler(payload):
            self.seen[namespace, payload["message"]["whatsappMessageId"]] += 1
            self.changed.set()

        return handler

    async def connect(self, hub, number):
        await self.socket.connect(
            hub.url, auth={"token": hub.token(user=f"u{number}")}, namespaces=self.namespaces, transports=TRANSPORTS[number % 3],
            wait_timeout=TIMEOUT)

    async def has(self, id):
        async with asyncio.timeout(TIMEOUT * 2):
            while not all(self.seen[namespace, id] for namespace in self.namespaces):
                self.changed.clear()
                await self.changed.wait()


async def scenario(hub):
    clients = [Client(NAMESPACES[number // 3 % 3]) for number in range(CLIENTS)]
    for start in range(0, CLIENTS, 25):
        batch = range(start, min(start + 25, CLIENTS))
        await asyncio.gather(*(clients[number].connect(hub, number) for number in batch))
    stats = await asyncio.to_thread(lambda: hub.stats(hub.token()).json())
    ids = []
    for _ in range(5):
        (message,) = await asyncio.to_thread(hub.deliver, meta.text())
        ids.append(message["id"])
    await asyncio.gather(*(client.has(ids[-1]) for client in clients))
    await asyncio.gather(*(client.socket.disconnect() for client in clients))
    return clients, ids, stats


def test_every_client_gets_every_message_once(hub):
    clients, ids, stats = asyncio.run(scenario(hub))
    assert stats["totalConnections"] == CLIENTS
    wrong = [
        (number, namespace, id, client.seen[namespace, id])
        for number, client in enumerate(clients) for namespace in client.namespaces for id in ids if client.seen[namespace, id] != 1
    ]
    assert wrong == [], f"{len(wrong)} of {CLIENTS} × {len(ids)} went wrong, first {wrong[:3]}"
    assert not [line for line in hub.log if "more than once" in line or '"level":"error"' in line]


def test_connections_are_given_back(hub):
    # The disconnects of the test before have been sent; the hub has seen them when the numbers say so.
    hub.await_stats(hub.token(), {"totalConnections": 0, "connectionsByTenant": {"acme": 0}})


def closed(address, packet):
    """Whether a WebSocket is refused or closed without an answer; one that stays open, silent or not, is not."""
    try:
        second = websocket.create_connection(address, timeout=TIMEOUT)
        second.send(packet)
        return second.recv() == ""
    except (websocket.WebSocketTimeoutException, TimeoutError):
        return False
    except (websocket.WebSocketException, ConnectionError):
        return True


def test_one_session_is_upgraded_once(hub):
    """Two upgrades race for one session: the first gets its probe answered, the second is shown the door, the session lives on."""
    base = f"{hub.url}/socket.io/?EIO=4&transport=polling"
    sid = json.loads(hub.http.get(base, timeout=TIMEOUT).text[1:])["sid"]
    address = f"ws://127.0.0.1:{hub.port}/socket.io/?EIO=4&transport=websocket&sid={sid}"
    first = websocket.create_connection(address, timeout=TIMEOUT)
    first.send("2probe")
    assert first.recv() == "3probe"
    assert closed(address, "2probe")
    first.send("5")
    first.send("40" + json.dumps({"token": hub.token()}))
    assert first.recv().startswith('40{"sid":')
    assert hub.http.get(f"{base}&sid={sid}", timeout=TIMEOUT).status_code == 400
    first.close()


def test_upgrades_elsewhere_are_refused(hub):
    for path in ("/", "/webhooks/whatsapp", "/api/socket/stats", "/socket.io", "/socket.iox/"):
        with pytest.raises(websocket.WebSocketBadStatusException):
            websocket.create_connection(f"ws://127.0.0.1:{hub.port}{path}?EIO=4&transport=websocket", timeout=TIMEOUT)
