"""Bad input is refused, closed or skipped, and the hub goes on."""

import json
import time

import pytest
import websocket

from harness import TIMEOUT, meta
from harness.polling import Polling
from harness.raw import Connection

pytestmark = pytest.mark.usefixtures("goes_on")


def head(hub, *lines, method="POST", path="/webhooks/whatsapp", host=None):
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{hub.port}'}", *lines]) + "\r\n\r\n"


def test_a_body_over_the_limit_is_413(hub):
    with Connection(hub) as connection:
        assert connection.send(head(hub, f"Content-Length: {64 << 20}", "Content-Type: application/json")).status() == 413


def test_a_chunked_body_over_the_limit_is_413(hub):
    with Connection(hub) as connection:
        connection.send(head(hub, "Transfer-Encoding: chunked", "Content-Type: application/json"))
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        connection.pour([chunk] * 16)
        assert connection.status() == 413


def test_two_content_lengths_are_400(hub):
    with Connection(hub) as connection:
        assert connection.send(head(hub, "Content-Length: 2", "Content-Length: 3") + "{}").status() == 400


def test_length_and_chunks_together_are_400(hub):
    with Connection(hub) as connection:
        assert connection.send(head(hub, "Content-Length: 2", "Transfer-Encoding: chunked") + "0\r\n\r\n").status() == 400


@pytest.mark.parametrize("lines", [["Host: evil.example", "Host: other"], []], ids=["two", "none"])
def test_a_wrong_number_of_hosts_is_400(hub, lines):
    with Connection(hub) as connection:
        assert connection.send("\r\n".join(["GET /api/socket/stats HTTP/1.1", *lines]) + "\r\n\r\n").status() == 400


@pytest.mark.parametrize("host", ["", "a b", "127.0.0.1:notaport", "user@host"])
def test_a_host_that_is_none_is_400(hub, host):
    with Connection(hub) as connection:
        assert connection.send(f"GET /api/socket/stats HTTP/1.1\r\nHost: {host}\r\n\r\n").status() == 400


def test_endless_headers_end(hub):
    with Connection(hub) as connection:
        connection.send(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{hub.port}\r\n")
        connection.pour(f"X-{number}: {'y' * 100}\r\n" for number in range(100_000))
        assert connection.status() == 431


def test_one_endless_header_ends(hub):
    with Connection(hub) as connection:
        connection.send(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{hub.port}\r\nX: ")
        connection.pour([b"y" * 8192] * 200)
        assert connection.status() == 431


def test_slow_headers_are_408(hub):
    began = time.monotonic()
    with Connection(hub) as connection:
        connection.socket.settimeout(45)
        assert connection.send("GET / HTTP/1.1\r\nHost: 127.0").status() == 408
    assert time.monotonic() - began < 40


@pytest.mark.parametrize(
    "garbage", [b"\x00\x01\x02\x03\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"],
    ids=["bytes", "line", "tls", "http2", "version"])
def test_what_is_no_http_is_400(hub, garbage):
    with Connection(hub) as connection:
        assert connection.send(garbage).status() == 400


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nothing", 404, "not_found"), ("POST", "/nothing", 404, "not_found"), ("POST", "/health", 405, "method_not_allowed")])
def test_refusals_of_the_listener_are_problems_with_a_code(hub, method, path, status, code):
    answer = hub.http.request(method, hub.url + path, data=b"x" if method == "POST" else None, timeout=TIMEOUT)
    assert answer.status_code == status and answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code and answer.json()["requestId"] == answer.headers["X-Request-Id"]
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_a_broken_element_does_not_take_the_others_along(hub, connect):
    client, first, last = connect(), meta.text("antes"), meta.text("depois")
    broken = [None, 5, [], {}, {"id": None}, {"type": "text"}, {"id": meta.new_id(), "from": {"x": 1}, "timestamp": "never", "type": 7, "text": []}]
    statuses = [None, {"id": 5}, {"status": {}}]
    assert hub.post(meta.envelope({**meta.value(messages=[first, last]), "messages": [first, *broken, last], "statuses": statuses})).status_code == 200
    client.wait_message(first["id"])
    client.wait_message(last["id"])


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"not json", b'{"entry":5}', b'{"entry":[{"changes":[{"value":{"messages":{}}}]}]}', b"\xff\xfe", b"[" * 200_000],
    ids=["empty", "null", "array", "object", "text", "entry", "messages", "encoding", "deep"])
def test_a_signed_body_without_sense_is_taken_and_counted(hub, body):
    assert hub.post(body).status_code == 200


ENDING = [
    "9", "4", "42", "42[", '42["a"', '42{"a":1}', "42[{}]", "42[]", "4{}", '42["connect"]', "43{}", '4299999999999999999999["x"]', '4511-["x"]', '451-["x",{"_placeholder":true,"num":7}]\x1ebAAEC',
    '451-["x"]\x1e42["y"]', '40/nowhere,{"token":', "40", "42/whatsapp,[\"x\"]", "44", "41[]", "bAAEC", "b!!!!", "4" + "[" * 100_000, "42" + "[" * 100_000]
HARMLESS = ["40/nowhere,", "41", "431[]", '451-["x",{"_placeholder":true,"num":0}]\x1ebAAEC', '429007199254740991["x"]', '42["no such event",{}]']


class WebSocket:
    """The same over a WebSocket, where bytes are a message of their own sort."""

    def __init__(self, hub):
        self.socket = websocket.create_connection(f"ws://127.0.0.1:{hub.port}/socket.io/?EIO=4&transport=websocket", timeout=TIMEOUT)
        assert self.socket.recv().startswith("0{")

    def send(self, packets):
        for packet in packets.split("\x1e"):
            if packet.startswith("bAA"):
                self.socket.send_binary(b"\0\1\2")
            else:
                self.socket.send(packet)
        return 200

    def receive(self):
        try:
            return self.socket.recv() or None
        except (websocket.WebSocketConnectionClosedException, ConnectionError):
            return None

    def close(self):
        self.socket.close()


@pytest.fixture(params=[Polling, WebSocket])
def session(hub, request):
    session = request.param(hub)
    assert session.send("40" + json.dumps({"token": hub.token()})) == 200
    assert session.receive().startswith('40{"sid":')
    yield session
    session.close()


@pytest.mark.parametrize("packets", ENDING, ids=lambda packets: packets[:40])
def test_broken_packets_end_their_own_session(session, packets):
    assert session.send(packets) in (200, 400)
    assert session.receive() is None


@pytest.mark.parametrize("packets", HARMLESS)
def test_odd_packets_do_not_end_the_session(hub, session, packets):
    assert session.send(packets) == 200
    assert session.send("40/whatsapp," + json.dumps({"token": hub.token()})) == 200
    got = session.receive()
    while "40/whatsapp," not in got:
        got = session.receive()


FRAMES = {
    "unmasked": b"\x81\x02hi",
    "reserved bits": b"\xf1\x80\x00\x00\x00\x00",
    "unknown opcode": b"\x83\x80\x00\x00\x00\x00",
    "endless": b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",
    "long ping": b"\x89\xfe\x01\x00\x00\x00\x00\x00" + b"x" * 256,
    "no UTF-8": b"\x81\x82\x00\x00\x00\x00\xff\xfe",
    "continuation of nothing": b"\x80\x82\x00\x00\x00\x00ab",
}


@pytest.mark.parametrize("case", FRAMES)
def test_broken_frames_close_their_own_connection(hub, case):
    with Connection(hub) as connection:
        upgrade = head(
            hub, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            method="GET", path="/socket.io/?EIO=4&transport=websocket")
        assert connection.send(upgrade).send(FRAMES[case]).read_to_end().startswith(b"HTTP/1.1 101")
