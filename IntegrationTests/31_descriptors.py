"""Case 25: no descriptor left, and crowds of connections that say nothing: refusals are clean, nothing spins, everything comes back."""

import os
import resource
import socket
import time

import pytest

from harness import TIMEOUT, meta
from harness.process import Usage
from harness.raw import Connection

WANTED = int(os.environ.get("HUB_CASE25", "1000"))
# The hub and this process need a descriptor for each connection, and some for what else is open. Nobody but root may have more of them than
# the hard limit, which is 20 000 on some machines: there the crowd is as large as it leaves room for.
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
IDLE = min(WANTED, FILES - 500)
PER_CONNECTION = 32 << 10  # bytes of memory, in a debug build

pytestmark = pytest.mark.usefixtures("goes_on")


def configure(hub):
    """The hub starts with the limits of this process."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(WANTED + 1000, FILES), FILES))
    hub.config["limits"]["connections"] = 2 * WANTED + 1000


def request(hub):
    return f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{hub.port}\r\nConnection: close\r\n\r\n"


def crowd(hub, count):
    """Half of them send nothing, half begin a request."""
    connections = []
    for number in range(count):
        connections.append(socket.create_connection(("127.0.0.1", hub.port), timeout=TIMEOUT))
        if number % 2:
            connections[-1].sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-")
    return connections


def test_case25_a_hub_that_may_open_few_files_refuses_what_is_too_much(hubs):
    hub = hubs()
    hub.start(under=["prlimit", "--nofile=256:256"])
    deadline = time.monotonic() + TIMEOUT
    while not any("fewer connections than configured" in line for line in hub.log):
        assert time.monotonic() < deadline, "no warning"
        time.sleep(0.01)  # the log is read in a thread of its own
    connections = crowd(hub, 256)
    usage = Usage(hub.process.pid)
    with Connection(hub) as refused:
        assert refused.send(request(hub)).status() == 503
    assert usage.descriptors() < 256
    assert hub.metric("hub_listener_refusals_total", reason="full") >= 1
    for connection in connections:
        connection.close()
    while hub.metric("hub_listener_connections") > 10:  # the hub has to hear of it
        assert time.monotonic() < deadline
    with Connection(hub) as served:
        assert served.send(request(hub)).status() == 200
    hub.deliver(meta.text())


def test_case25_descriptors_run_out(hub, connect):
    client = connect()
    hub.deliver(meta.text())  # on a connection that is kept
    usage = Usage(hub.process.pid)
    before = resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE, (usage.descriptors() + 32, before[1]))
    connections = crowd(hub, 200)
    # The admin's listeners have as little left to accept with.
    connections.append(socket.create_connection(("127.0.0.1", hub.admin_port), timeout=TIMEOUT))
    connections.append(socket.socket(socket.AF_UNIX))
    connections[-1].connect(str(hub.folder / "data/admin.sock"))
    usage.reset()
    time.sleep(3)  # what is measured is that nothing happens
    load = usage.load()
    (message,) = hub.deliver(meta.text())
    client.wait_message(message["id"])
    for connection in connections:
        connection.close()
    resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE, before)
    with Connection(hub) as served:
        assert served.send(request(hub)).status() == 200
    print(f"load {load:.2f}")
    assert hub.metric("hub_listener_pauses_total", reason="descriptors") >= 1
    told = [line for line in hub.log if "connections wait" in line]
    assert len(told) == 3, told  # each listener once
    assert load <= 0.2


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
    print(f"{IDLE} of {WANTED} connections: load {load:.2f}, {each / 1024:.1f} KiB each, gone after {took:.1f} s")
    assert load <= 0.2
    assert each <= PER_CONNECTION
    assert took < 15
    # Who had said nothing is told nothing, who had begun is told that it took too long.
    assert all(end == b"" for end in ends[::2])
    assert all(end.startswith(b"HTTP/1.1 408 ") for end in ends[1::2])
    assert hub.metric("hub_listener_refusals_total", reason="timeout") == timeouts + IDLE // 2
    assert hub.metric("hub_listener_refusals_total", reason="full") == refused
