"""Case 25: crowds of connections that say nothing cost little, are closed in time, and everything else goes on."""

import os
import socket
import time

import pytest

from harness import TIMEOUT, meta
from harness.process import Usage

IDLE = int(os.environ.get("HUB_CASE25", "1000"))
PER_CONNECTION = 32 << 10  # bytes of memory, in a debug build


def crowd(hub, count):
    """Half of them send nothing, half begin a request."""
    connections = []
    for number in range(count):
        connections.append(socket.create_connection(("127.0.0.1", hub.port), timeout=TIMEOUT))
        if number % 2:
            connections[-1].sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-")
    return connections


def test_case25_idle_and_half_open_connections(hub, connect):
    client, usage = connect(), Usage(hub.process.pid)
    refused, timeouts = (hub.metric("hub_listener_refusals_total", reason=reason) for reason in ("full", "timeout"))
    connections = crowd(hub, IDLE)
    began = time.monotonic()
    usage.restart()
    (message,) = hub.deliver(meta.text())
    client.wait_message(message["id"])
    time.sleep(3)  # what is measured is that nothing happens
    load, each = usage.load(), usage.growth() / IDLE
    ends = []
    for connection in connections:
        ends.append(connection.recv(4096))
        connection.close()
    took = time.monotonic() - began
    print(f"load {load:.2f}, {each / 1024:.1f} KiB each, gone after {took:.1f} s")
    assert load <= 0.2
    assert each <= PER_CONNECTION
    assert took < 15
    # Who had said nothing is told nothing, who had begun is told that it took too long.
    assert all(end == b"" for end in ends[::2])
    assert all(end.startswith(b"HTTP/1.1 408 ") for end in ends[1::2])
    assert hub.metric("hub_listener_refusals_total", reason="timeout") == timeouts + IDLE // 2
    assert hub.metric("hub_listener_refusals_total", reason="full") == refused


@pytest.fixture(autouse=True)
def recovers(hub, connect):
    yield
    client = connect(user="after")
    (message,) = hub.deliver(meta.text())
    client.wait_message(message["id"])
