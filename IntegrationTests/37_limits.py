"""The limits of hub.yaml: what is within passes, one more is refused in words, and zero is no limit."""

import json

import pytest

from harness import TIMEOUT, meta
from harness.frontend import Frontend, Refused
from harness.peer import TARGET, Peer, frame, upgrade
from harness.raw import Connection


@pytest.fixture
def limited(hubs):
    def start(**limits):
        hub = hubs()
        for name, values in limits.items():
            hub.config["limits"].setdefault(name, {}).update(values)
        return hub.start()

    return start


def refusal(hub, **who):
    with pytest.raises(Refused) as refused:
        Frontend(hub.url, hub.token(**who))
    return refused.value.data


HEALTH = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = HEALTH.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")


def test_requests_of_an_address(limited):
    hub = limited(per_ip={"requests": 5})
    # All at once: in a fifth of a second there is one more.
    with Connection(hub) as connection:
        assert connection.statuses(*[HEALTH] * 11, LAST) == [200] * 10 + [429] * 2
    assert hub.metric("hub_listener_refusals_total", reason="rate_limited") == 2


def test_what_is_said_to_an_address_that_asks_too_often(limited):
    hub = limited(per_ip={"requests": 1})
    while (refused := hub.http.get(hub.url + "/health", timeout=TIMEOUT)).status_code == 200:
        pass
    assert refused.status_code == 429
    assert refused.headers["Content-Type"] == "application/problem+json" and int(refused.headers["Retry-After"]) == 1
    assert refused.json()["code"] == "rate_limited" and refused.json()["requestId"] == refused.headers["X-Request-Id"]


@pytest.mark.parametrize("counted", ["websocket", "polling"])
def test_a_websocket_begins_as_a_request_and_a_poll_is_one(limited, counted):
    hub = limited(per_ip={"requests": 5})
    one = {"websocket": upgrade(hub, TARGET).decode().replace("Connection: Upgrade", "Connection: Upgrade, close"), "polling": LAST.replace("/health", "/socket.io/?EIO=4&transport=polling")}
    with Connection(hub) as connection:
        assert connection.statuses(*[HEALTH] * 10, one[counted]) == [200] * 10 + [429]


def test_webhooks_are_no_requests_of_an_address(limited):
    hub = limited(per_ip={"requests": 5})
    for _ in range(30):
        hub.deliver(meta.text())
    # They took nothing from the address's other requests, and are taken from who has none left.
    with Connection(hub) as connection:
        assert connection.statuses(*[HEALTH] * 29, LAST) == [200] * 10 + [429] * 20
    hub.deliver(meta.text())
    assert hub.metric("hub_listener_refusals_total", reason="rate_limited") == 20


def test_requests_without_a_limit(limited):
    hub = limited(per_ip={"requests": 0})
    assert {hub.http.get(hub.url + "/health", timeout=TIMEOUT).status_code for _ in range(600)} == {200}


def test_connections_of_an_address(limited):
    hub = limited(per_ip={"connections": 3})
    connections = [Connection(hub) for _ in range(3)]
    for connection in connections:  # answered: they have been counted
        assert connection.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n").socket.recv(4096).startswith(b"HTTP/1.1 200 ")
    with Connection(hub) as refused:
        assert refused.status() == 503
    assert hub.metric("hub_listener_refusals_total", reason="address_full") == 1
    for connection in connections:
        connection.close()


def test_connections_of_a_user(limited):
    hub = limited(per_user={"connections": 2})
    first, second = (Frontend(hub.url, hub.token(), namespaces=["/", "/whatsapp"], transports=[transport]) for transport in ("websocket", "polling"))
    data = refusal(hub)
    assert data["data"]["code"] == "too_many_connections", data
    assert hub.metric("hub_drops_total", stage="client", reason="user_connections") >= 1
    for who in ({"user": "another"}, {"tenant": "globex"}):
        Frontend(hub.url, hub.token(**who)).close()
    first.close()
    hub.await_stats(hub.token(), {"totalConnections": 1, "connectionsByTenant": {"acme": 1}})
    Frontend(hub.url, hub.token()).close()
    second.close()


def test_connections_of_a_tenant(limited):
    hub = limited(per_tenant={"connections": 2})
    clients = [Frontend(hub.url, hub.token(user=user)) for user in ("a", "b")]
    assert refusal(hub, user="c")["data"]["code"] == "too_many_connections"
    assert hub.metric("hub_drops_total", stage="client", reason="tenant_connections") >= 1
    clients.append(Frontend(hub.url, hub.token(tenant="globex")))
    for client in clients:
        client.close()


def answer_of(peer):
    while not (text := peer.text()).startswith("431"):
        pass
    return json.loads(text[3:])[0]


@pytest.mark.parametrize("scope, reason", [("per_user", "user_events"), ("per_socket", None)])
def test_events(limited, scope, reason):
    hub = limited(**{scope: {"events": 5}})
    with Peer(hub, hub.token()) as one, Peer(hub, hub.token()) as two, Peer(hub, hub.token(user="another")) as other:
        # All at once: in a fifth of a second there is one more.
        for peer in (one, two):
            peer.socket.sendall(frame('421["ping"]') * 20)
        answers = [answer_of(peer) for peer in (one, two) for _ in range(20)]
        refused = answers.count({"ok": False, "error": "rate_limited"})
        assert answers.count({"ok": True}) == 40 - refused
        # The user's other connection shares the user's limit and has one of its own.
        assert 20 < refused <= 30 if scope == "per_user" else 0 < refused <= 20
        assert other.call('421["ping"]') == [{"ok": True}]
    name, labels = ("hub_drops_total", {"stage": "client", "reason": reason}) if reason else ("hub_realtime_drops_total", {"reason": "rate_limited"})
    assert hub.metric(name, **labels) == refused


def test_events_without_a_limit(limited):
    hub = limited(per_user={"events": 0}, per_socket={"events": 0})
    with Peer(hub, hub.token()) as peer:
        assert all(peer.call('421["ping"]') == [{"ok": True}] for _ in range(300))


def test_what_is_in_effect_is_not_warned_about(hubs):
    hub = hubs()
    hub.config["limits"] = {
        "connections": 5, "per_ip": {"connections": 5, "requests": 5}, "per_user": {"connections": 5, "events": 5},
        "per_socket": {"events": 5}, "per_tenant": {"connections": 5}}
    checked = hub.command("check")
    assert checked.returncode == 0 and "not-in-effect" not in checked.stdout + checked.stderr
