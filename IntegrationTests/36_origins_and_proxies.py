"""Case 40: whose pages may talk to the hub, whose word about addresses is believed, and that a peer's address opens no door."""

import json

import pytest
import requests

from harness import TIMEOUT, meta
from harness.peer import TARGET, upgrade
from harness.raw import Connection

LISTED = "https://app.example"
FOREIGN = ["https://evil.example", "https://app.example.evil", "http://app.example", "https://app.example:8443", "null", "file://", "*"]


def configure(hub):
    hub.config["server"]["cors"] = {"origins": [LISTED], "credentials": True}


def handshakes(hub, *lines, host=None):
    """The status of an attempt by each transport, and the heads of the answers."""
    host = host or f"127.0.0.1:{hub.port}"
    polling = f"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n" + "".join(line + "\r\n" for line in lines) + "\r\n"
    results = []
    for request in (polling.encode(), upgrade(hub, TARGET, *lines).replace(f"127.0.0.1:{hub.port}".encode(), host.encode())):
        with Connection(hub) as connection:
            connection.send(request)
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.socket.recv(4096)
            results.append((int(head.split(b" ", 2)[1]), head))
    return results


@pytest.mark.parametrize("origin", FOREIGN)
def test_case40_a_foreign_origin_is_refused_on_both_transports(hub, origin):
    (polling, head), (socket, other) = handshakes(hub, f"Origin: {origin}")
    assert (polling, socket) == (403, 400)
    assert b"access-control-allow-origin" not in (head + other).lower()


def test_case40_a_listed_origin_its_own_and_none_pass(hub):
    for lines in ([f"Origin: {LISTED}"], [f"Origin: http://127.0.0.1:{hub.port}"], []):
        (polling, head), (socket, _) = handshakes(hub, *lines)
        assert (polling, socket) == (200, 101), lines
        assert (f"Access-Control-Allow-Origin: {LISTED}\r\n".encode() in head) == (lines == [f"Origin: {LISTED}"])
        assert b"Allow-Origin: *" not in head


def test_case40_two_origins_are_no_origin(hub):
    assert [status for status, _ in handshakes(hub, f"Origin: {LISTED}", "Origin: https://evil.example")] == [400, 400]


def test_case40_a_host_chosen_by_the_client_makes_no_origin_of_the_hubs_own(hub):
    """The same origin is the page's word against the Host field of one request, which a page cannot choose; another is another."""
    assert [status for status, _ in handshakes(hub, "Origin: https://evil.example", host="hub.example")] == [403, 400]


def test_case40_loopback_is_no_authentication(hub):
    """Every test comes from loopback; behind a proxy on the same machine everybody does."""
    forwarded = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    for headers in ({}, forwarded):
        for path in ("/api/socket/stats", "/api/v1/sync"):
            assert requests.get(hub.url + path, headers=headers, timeout=TIMEOUT).status_code == 401
        body = meta.envelope(meta.value(messages=[meta.text()]))
        assert hub.post(body, signature="sha256=" + "0" * 64, **headers).status_code in (401, 403)
        session = requests.Session()
        base = f"{hub.url}/socket.io/?EIO=4&transport=polling"
        base += "&sid=" + json.loads(session.get(base, headers=headers, timeout=TIMEOUT).text[1:])["sid"]
        session.post(base, data="40", headers=headers, timeout=TIMEOUT)
        assert '"auth_missing"' in session.get(base, headers=headers, timeout=TIMEOUT).text


@pytest.mark.parametrize("trusted", [[], ["127.0.0.1"]], ids=["untrusted", "trusted"])
def test_case40_a_forwarded_address_counts_only_from_a_proxy(hubs, trusted):
    hub = hubs()
    hub.config["server"]["trusted_proxies"] = trusted
    hub.config["limits"]["per_ip"] = {"connections": 0, "requests": 1}
    hub.start()

    def statuses(*forwarded):
        # All at once: in a second there is one more.
        asked = [f"GET /health HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {address}\r\n\r\n" for address in forwarded]
        with Connection(hub) as connection:
            return connection.statuses(*asked[:-1], asked[-1].replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))

    if trusted:
        assert statuses("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2") == [200, 200, 429, 200]
        # What the client wrote before the proxy's own entry is only its word.
        assert statuses("198.51.100.1, 192.0.2.3", "198.51.100.2, 192.0.2.3", "198.51.100.3, 192.0.2.3") == [200, 200, 429]
    else:
        assert statuses("192.0.2.1", "192.0.2.2", "192.0.2.3") == [200, 200, 429]


def test_case40_any_origin_with_credentials_is_a_configuration_error(hubs):
    hub = hubs()
    hub.config["server"]["cors"] = {"origins": ["*"], "credentials": True}
    checked = hub.command("check")
    assert checked.returncode == 3 and "error[open-cors]" in checked.stdout + checked.stderr
    assert hub.command("serve").returncode == 3
    hub.config["server"]["cors"]["credentials"] = False
    hub.start()
    (_, head), _ = handshakes(hub, "Origin: https://anywhere.example")
    assert b"Access-Control-Allow-Origin: https://anywhere.example\r\n" in head and b"Allow-Credentials" not in head


def test_case40_a_proxy_that_is_none_is_a_configuration_error(hubs):
    for proxy in ("proxy.example", "10.0.0.0/33", "*", ""):
        hub = hubs()
        hub.config["server"]["trusted_proxies"] = [proxy]
        assert hub.command("check").returncode == 3, proxy
