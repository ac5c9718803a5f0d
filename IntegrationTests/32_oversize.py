"""Case 32: whatever is too large is refused at its limit, and costs less than ten MiB of memory on the way."""

import socket

import pytest

from harness import meta
from harness.peer import Peer, frame
from harness.polling import Polling
from harness.process import Usage
from harness.raw import Connection

MEMORY = 10 << 20
HEAD = "POST {path} HTTP/1.1\r\nHost: a\r\nX-Hub-Signature-256: sha256=00\r\n"


@pytest.fixture(autouse=True)
def costs_little(hub, connect):
    """Everything here happens beside a client that goes on getting its messages, and the memory is measured."""
    client = connect()
    (warm,) = hub.deliver(meta.text())
    client.wait_message(warm["id"])
    usage = Usage(hub.process.pid)
    yield
    (after,) = hub.deliver(meta.text())
    client.wait_message(after["id"])
    grown = usage.growth()
    print(f"{grown / (1 << 20):.1f} MiB")
    assert grown <= MEMORY


@pytest.mark.parametrize("path", ["/webhooks/whatsapp", "/socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA"])
@pytest.mark.parametrize("length", ["9000000", "9223372036854775807", "99999999999999999999"])
def test_case32_declared_length(hub, path, length):
    with Connection(hub) as connection:
        assert connection.send(HEAD.format(path=path) + f"Content-Length: {length}\r\n\r\n").status() in (413, 400)


@pytest.mark.parametrize("path", ["/webhooks/whatsapp", "polling"])
def test_case32_endless_chunks(hub, path):
    before = hub.metric("hub_listener_refusals_total", reason="too_large")
    if path == "polling":
        path = Polling(hub).base.removeprefix(hub.url)
    with Connection(hub) as connection:
        connection.send(HEAD.format(path=path) + "Transfer-Encoding: chunked\r\n\r\n")
        connection.pour([b"10000\r\n" + b" " * 0x10000 + b"\r\n"] * 1000)
        assert connection.status() == 413
    assert hub.metric("hub_listener_refusals_total", reason="too_large") == before + 1


def test_case32_chunks_of_one_byte(hub):
    with Connection(hub) as connection:
        connection.send(HEAD.format(path=Polling(hub).base.removeprefix(hub.url)) + "Transfer-Encoding: chunked\r\n\r\n")
        connection.pour([b"1\r\n \r\n" * 100_000] * 11)
        assert connection.status() == 413


def test_case32_endless_trailers(hub):
    before = hub.metric("hub_listener_refusals_total", reason="malformed")
    with Connection(hub) as connection:
        connection.send(HEAD.format(path="/webhooks/whatsapp") + "Transfer-Encoding: chunked\r\n\r\n0\r\n")
        connection.pour([b"X: " + b"y" * 1000 + b"\r\n"] * 20_000)
        assert connection.status() == 431
    assert hub.metric("hub_listener_refusals_total", reason="malformed") == before + 1


@pytest.mark.parametrize("start", ["GET /", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "GET / HTTP/1.1\r\nHost: a\r\nX"], ids=["target", "value", "name"])
def test_case32_endless_head(hub, start):
    before = hub.metric("hub_listener_refusals_total", reason="malformed")
    with Connection(hub) as connection:
        connection.send(start)
        connection.pour([b"y" * 65536] * 1000)
        assert connection.status() == 431
    assert hub.metric("hub_listener_refusals_total", reason="malformed") == before + 1


def test_case32_a_million_packets_in_a_payload(hub):
    session = Polling(hub)
    assert session.send("\x1e".join(["6"] * 1_000_000)) == 413
    assert session.send("\x1e".join(["6"] * 500_000)) == 200
    session.close()


@pytest.mark.parametrize("packet", ["40/nowhere,", '42["typing",{}]', '421["ping"]', "3"])
def test_case32_a_payload_full_of(hub, packet):
    """Each is answered or dropped; who doesn't fetch the answers is closed."""
    session = Polling(hub)
    session.join(hub.token())
    count = 1_000_000 // (len(packet) + 1)
    assert session.send("\x1e".join([packet] * count)) in (200, 400)


PACKETS = {
    "attachments": ('451000000-["x"]', "ends"), "depth": ('42["x",' + "[" * 10_000, "ends"),
    "arguments": ('42["x"' + ",0" * 400_000 + "]", "ends"), "number": ("42" + "9" * 500_000 + '["x"]', "ends"),
    "values": ('42["typing",[' + ",".join(["[]"] * 300_000) + "]]", "lives"),
    "keys": ('42["typing",{' + ",".join(['"":0'] * 150_000) + "}]", "lives"),
    "name": ('42["' + "x" * 900_000 + '"]', "lives"), "escapes": ('42["typing","' + "\\u0000" * 150_000 + '"]', "lives"),
    "namespace": ("40/" + "x" * 900_000 + ",", "lives")}


@pytest.mark.parametrize("kind", PACKETS)
def test_case32_packets(hub, kind):
    packet, outcome = PACKETS[kind]
    with Peer(hub, hub.token(user="hostile")) as peer:
        peer.send(packet)
        peer.send('427["ping"]')
        try:
            while not peer.text().startswith("437["):
                pass
            became = "lives"
        except ConnectionError:
            became = "ends"
    assert became == outcome


def test_case32_attachments_that_never_come(hub):
    with Peer(hub, hub.token(user="hostile")) as peer:
        peer.send('4510-["x"]')
        for _ in range(5):
            peer.socket.sendall(frame(b"\0" * 990_000, opcode=2))
        assert peer.close_code() is None


@pytest.mark.parametrize("fragment", [b"x" * 1000, b""], ids=["fragments", "empty fragments"])
def test_case32_a_message_in_endless(hub, fragment):
    with Peer(hub, hub.token(user="hostile")) as peer:
        peer.socket.sendall(frame(b"4", opcode=1, final=False))
        piece = frame(fragment, opcode=0, final=False) * 100
        try:
            for _ in range(200 if fragment else 2000):
                peer.socket.sendall(piece)
        except ConnectionError:
            pass
        if fragment:
            assert peer.close_code() == 1009
        else:
            peer.socket.sendall(frame('27["ping"]', opcode=0))
            assert peer.text().startswith('42["pong",')


def test_case32_pings_whose_answers_nobody_reads(hub):
    with Peer(hub, hub.token(user="hostile"), window=4096) as peer:
        piece = frame(b"x" * 125, opcode=9) * 500
        before = hub.metric("hub_listener_refusals_total", reason="slow")
        try:
            for _ in range(2000):
                peer.socket.sendall(piece)
        except (ConnectionError, socket.timeout):
            pass
    assert hub.metric("hub_listener_refusals_total", reason="slow") == before + 1
