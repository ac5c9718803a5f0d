"""Case 33: clients that send a byte a second, wherever they are, are closed by their deadlines; the others notice nothing."""

import os
import selectors
import time

import pytest

from harness.peer import Peer, frame, upgrade
from harness.polling import Polling
from harness.process import Usage
from harness.raw import Connection

CLIENTS = int(os.environ.get("HUB_CASE33", "200"))
HEAD_DEADLINE, BODY_DEADLINE = 10, 30
SLACK = 4


def in_head(hub, number):
    return Connection(hub).send("GET /health HTTP/1.1\r\nX: "), b"y", HEAD_DEADLINE


def in_upgrade(hub, number):
    return Connection(hub).send(upgrade(hub)[:-4]), b"y", HEAD_DEADLINE


def in_second_head(hub, number):
    connection = Connection(hub).send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    assert connection.socket.recv(4096).startswith(b"HTTP/1.1 200 ")
    return connection.send("GET /"), b"y", HEAD_DEADLINE


def in_body(hub, number):
    return Connection(hub).send("POST /webhooks/whatsapp HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"), b" ", BODY_DEADLINE


def in_chunks(hub, number):
    return Connection(hub).send("POST /webhooks/whatsapp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), b"1\r\n \r\n", BODY_DEADLINE


def in_post(hub, number):
    path = Polling(hub).base.removeprefix(hub.url)
    return Connection(hub).send(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n4"), b"2", BODY_DEADLINE


def in_frame(hub, number):
    peer = Peer(hub, hub.token(user=f"slow{number}"))
    peer.socket.sendall(frame("4" * 1000)[:8])
    return peer, b"2", BODY_DEADLINE


def in_message(hub, number):
    """Whole fragments and pongs between them: alive to the heartbeat, but never done."""
    peer = Peer(hub, hub.token(user=f"slow{number}"))
    peer.socket.sendall(frame("4", final=False))
    return peer, frame("2", opcode=0, final=False) + frame(b"", opcode=10), BODY_DEADLINE


WAYS = [in_head, in_upgrade, in_second_head, in_body, in_chunks, in_post, in_frame, in_message]


def drip(clients, good):
    """A byte a second to everybody until all are closed; how long each lasted, and how long the good client's calls took meanwhile."""
    selector, began, lasted, calls = selectors.DefaultSelector(), time.monotonic(), {}, []
    for client in clients:
        client[0].socket.setblocking(False)
        selector.register(client[0].socket, selectors.EVENT_READ, client)
    while selector.get_map() and time.monotonic() - began < BODY_DEADLINE + 2 * SLACK:
        for key in list(selector.get_map().values()):
            try:
                key.fileobj.send(key.data[1])
            except OSError:
                pass  # its end is read below
        until = time.monotonic() + 1
        while (rest := until - time.monotonic()) > 0:
            calls.append(timed(good))
            for key, _ in selector.select(min(rest, 0.02)):
                try:
                    ended = not key.fileobj.recv(4096)
                except ConnectionError:
                    ended = True
                if ended:
                    lasted[key.fileobj] = time.monotonic() - began
                    selector.unregister(key.fileobj)
    return lasted, calls


def timed(good):
    began = time.monotonic()
    assert good.call('427["ping"]') == [{"ok": True}]
    return time.monotonic() - began


def quantile(times, share):
    return sorted(times)[int(len(times) * share)]


def test_case33_slow_clients_everywhere(hub, goes_on):
    with Peer(hub, hub.token(user="good")) as good:
        calm = [timed(good) for _ in range(500)]
        usage = Usage(hub.process.pid)
        began = time.monotonic()
        clients = [WAYS[number % len(WAYS)](hub, number) for number in range(CLIENTS)]
        assert time.monotonic() - began < HEAD_DEADLINE, "the clients took too long to come"
        lasted, busy = drip(clients, good)
        load = usage.load()
        for way, (client, _, deadline) in zip(WAYS * CLIENTS, clients):
            took = lasted.get(client.socket)
            assert took is not None, f"{way.__name__} was never closed"
            assert took < deadline + SLACK, f"{way.__name__} lasted {took:.1f} s"
            client.close()
    print(f"p99 {quantile(calm, 0.99) * 1000:.2f} ms calm, {quantile(busy, 0.99) * 1000:.2f} ms with {CLIENTS} slow ones, load {load:.2f}")
    assert quantile(busy, 0.99) <= quantile(calm, 0.99) * 1.1 + 0.01
    assert hub.metric("hub_listener_refusals_total", reason="timeout") >= CLIENTS


def configure(hub):
    # Else the heartbeat would close slow frames too, a little later.
    hub.config["realtime"] = {"ping_interval": "2m"}
