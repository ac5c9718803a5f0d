"""Case 34: a request that two readers could take for different ones is answered 400, the connection ends, and nothing behind it is read."""

import pytest

from harness import meta
from harness.raw import Connection

SECOND = "GET /health?second HTTP/1.1\r\nHost: a\r\n\r\n"
POST = "POST /webhooks/whatsapp HTTP/1.1\r\nHost: a\r\n"
GET = "GET /health HTTP/1.1\r\n"

REQUESTS = {
    "length and chunks": POST + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "chunks and length": POST + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG",
    "two lengths": POST + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "two equal lengths": POST + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": POST + "Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": POST + "Content-Length: +2\r\n\r\n{}",
    "a length with a space in it": POST + "Content-Length: 1 2\r\n\r\n{}",
    "an empty length": POST + "Content-Length:\r\n\r\n",
    "a length beyond 64 bits": POST + "Content-Length: 18446744073709551618\r\n\r\n{}",
    "chunked twice": POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked in two fields": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "chunked and something": POST + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked behind a tab": POST + "Transfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": "POST /webhooks/whatsapp HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a chunk size with a sign": POST + "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
    "a chunk size in hexadecimal notation": POST + "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than it says": POST + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "a chunk ended by a bare LF": POST + "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
    "bare LF": "GET /health HTTP/1.1\nHost: a\n\n",
    "one bare LF": GET + "Host: a\nX: y\r\n\r\n",
    "a bare CR": GET + "Host: a\r\nX: a\rY: b\r\n\r\n",
    "a folded field": GET + "Host: a\r\nX: a\r\n b\r\n\r\n",
    "a folded first field": GET + " Host: a\r\n\r\n",
    "a space in a name": GET + "Host: a\r\nX Y: z\r\n\r\n",
    "no name": GET + "Host: a\r\n: z\r\n\r\n",
    "a NUL": GET + "Host: a\r\nX: \0\r\n\r\n",
    "a CR in the target": "GET /health\rX HTTP/1.1\r\nHost: a\r\n\r\n",
    "a space in the target": "GET /health x HTTP/1.1\r\nHost: a\r\n\r\n",
    "absolute form": "GET http://a/health HTTP/1.1\r\nHost: a\r\n\r\n",
    "absolute form of elsewhere": "GET http://169.254.169.254/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "authority form": "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "asterisk form": "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "no host": GET + "\r\n",
    "two hosts": GET + "Host: a\r\nHost: b\r\n\r\n",
    "an empty host": GET + "Host:\r\n\r\n",
    "a host with a path": GET + "Host: a/b\r\n\r\n",
    "a host with a user": GET + "Host: a@b\r\n\r\n",
    "a list of hosts": GET + "Host: a, b\r\n\r\n",
    "two origins": GET + "Host: a\r\nOrigin: http://a\r\nOrigin: http://b\r\n\r\n",
    "an unknown method": "SMUGGLE /health HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method in small letters": "get /health HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/0.9": "GET /health\r\n\r\n",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version with more digits": "GET /health HTTP/1.10\r\nHost: a\r\n\r\n",
}
MANY = {"a thousand fields": GET + "Host: a\r\n" + "X: y\r\n" * 1000 + "\r\n", "a long field": GET + "Host: a\r\nX: " + "y" * 20_000 + "\r\n\r\n"}


@pytest.mark.parametrize("case", REQUESTS)
def test_case34_is_refused(hub, case):
    with Connection(hub) as connection:
        answer = connection.send(REQUESTS[case] + SECOND).read_to_end()
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:100]
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b'"code":"bad_request"' in answer


@pytest.mark.parametrize("case", MANY)
def test_case34_too_many_fields(hub, case):
    with Connection(hub) as connection:
        answer = connection.send(MANY[case] + SECOND).read_to_end()
    assert answer.startswith(b"HTTP/1.1 431 ") and answer.count(b"HTTP/1.1 ") == 1
    assert b'"code":"headers_too_large"' in answer


@pytest.mark.parametrize("target", ["/", "/socket.io/?EIO=4&transport=websocket", "/webhooks/whatsapp"])
def test_case34_an_upgrade_that_is_refused_ends_the_connection(hub, target):
    """What follows a head with an upgrade may be anything, so that it is not read as a request."""
    fields = "Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 12\r\nSec-WebSocket-Key: AAAA\r\n\r\n"
    with Connection(hub) as connection:
        answer = connection.send(f"GET {target} HTTP/1.1\r\n{fields}{SECOND}").read_to_end()
    assert answer.count(b"HTTP/1.1 ") == 1 and not answer.startswith(b"HTTP/1.1 101")


def test_case34_the_body_of_one_request_is_not_the_next_one(hub):
    """A proper body that looks like a request is only a body, and what is pipelined behind it is answered in order."""
    body = meta.envelope(meta.value(messages=[meta.text(SECOND)]))
    head = POST + f"X-Hub-Signature-256: {meta.sign(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    last = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    with Connection(hub) as connection:
        answer = connection.send(head.encode() + body + last.encode()).read_to_end()
    assert answer.count(b"HTTP/1.1 200 ") == 2 and answer.count(b"HTTP/1.1 ") == 2


def test_case34_malformed_requests_are_counted(hub):
    before = hub.metric("hub_listener_refusals_total", reason="malformed")
    with Connection(hub) as connection:
        connection.send(REQUESTS["two lengths"]).read_to_end()
    assert hub.metric("hub_listener_refusals_total", reason="malformed") == before + 1
