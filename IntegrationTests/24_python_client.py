"""python-socketio against the realtime server alone: by polling, by websocket, and from one to the other."""

import signal
import threading

import pytest
import socketio

from harness import TIMEOUT, tokens
from harness.frontend import Frontend, Refused
from harness.peer import Peer

TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": None}
BYTES = bytes(range(256))


@pytest.fixture(params=TRANSPORTS)
def connect(request, realtime):
    clients = []

    def make(url=realtime.url, **options):
        clients.append(Frontend(url, transports=TRANSPORTS[request.param], **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def call(client, name, *arguments, namespace="/", timeout=TIMEOUT):
    return client.client.call(name, arguments, namespace=namespace, timeout=timeout)


def test_text_and_binary_events_and_answers_both_ways(connect):
    client = connect()
    for arguments in ([1, -2.5, "ü\u2028😀", None, True, {"a": [{}], "b": ""}], [BYTES], [{"x": [BYTES, 1]}, b"", "end"]):
        assert call(client, "echo", *arguments) == (tuple(arguments) if len(arguments) > 1 else arguments[0])
    client.emit("emit-back", "back", {"deep": [BYTES]})
    assert client.wait("back") == {"deep": [BYTES]}
    client.client.on("question", lambda x: ({"heard": x}, BYTES))
    assert call(client, "ask-me", 17) == ({"heard": 17}, BYTES)
    assert call(client, "ask-me", BYTES) == ({"heard": BYTES}, BYTES)
    client.emit("hello", "Ana")
    assert client.wait("welcome") == "hello Ana"


def test_namespaces_share_a_connection_and_nothing_else(connect):
    client = connect(namespaces=("/", "/whatsapp"))
    root, whatsapp = call(client, "whoami"), call(client, "whoami", namespace="/whatsapp")
    assert (root["nsp"], whatsapp["nsp"]) == ("/", "/whatsapp")
    assert (root["sid"], whatsapp["sid"]) == (client.client.get_sid("/"), client.client.get_sid("/whatsapp"))
    assert root["sid"] != whatsapp["sid"] and client.client.eio.sid not in (root["sid"], whatsapp["sid"])
    call(client, "join", "r")
    call(client, "to-room", "r", "stray", 1, namespace="/whatsapp")
    call(client, "to-room", "r", "mine", BYTES)
    assert client.wait("mine") == BYTES
    assert client.all("stray") == client.all("stray", "/whatsapp") == []


def test_an_unknown_namespace_is_refused(connect):
    with pytest.raises(Refused) as refused:
        connect(namespaces=("/nope",))
    assert refused.value.data == {"message": "Invalid namespace"}


def test_large_payloads(connect):
    client = connect()
    for payload in ("é" * 50_000, BYTES * 400, "x" * 999_900):
        assert call(client, "echo", payload) == payload
    for number in range(50):  # more than one poll may carry
        client.emit("emit-back", "many", number)
    client.wait("many", count=50)
    assert sorted(client.all("many")) == list(range(50))  # this client has a thread for each event


def test_rooms_others_and_exceptions(connect):
    a, b, c = connect(), connect(), connect()
    for client in (a, b, c):
        assert call(client, "join", "r") == "ok"
    call(c, "join", "out")
    call(a, "to-room", "r", "all", 1)
    call(a, "to-others", "r", "others", BYTES)
    call(a, "to-room-except", "r", "out", "some", 3)
    call(a, "to-room", "r", "end", 4)
    for client, names in ((a, ["all", "end", "some"]), (b, ["all", "end", "others", "some"]), (c, ["all", "end", "others"])):
        for name in names:
            client.wait(name)
        assert sorted(client.names()) == names


def test_a_broadcast_with_answers(connect):
    clients = [connect() for _ in range(3)]
    silence = threading.Event()
    for index, client in enumerate(clients):
        call(client, "join", "answers")
        client.client.on("question", lambda x, index=index: silence.wait(1) if x == 10 and index == 2 else x + index)
    answer = call(clients[0], "ask-room", "answers", 10_000, 5)
    assert (sorted(answer["answers"]), answer["complete"]) == ([5, 6, 7], True)
    answer = call(clients[0], "ask-room", "answers", 300, 10)
    assert (sorted(answer["answers"]), answer["complete"]) == ([10, 11], False)
    silence.set()


def test_timeouts(connect):
    client = connect()
    with pytest.raises(socketio.exceptions.TimeoutError):
        call(client, "no-ack", timeout=0.2)
    assert call(client, "echo", 1) == 1


def test_the_server_ends_one_namespace_or_the_connection(connect):
    client = connect(namespaces=("/", "/whatsapp"), reconnection=True)
    client.emit("bye", namespace="/whatsapp")
    client.wait("<disconnect>", namespace="/whatsapp")
    assert call(client, "echo", 1) == 1
    client.emit("bye-all")
    client.wait("<disconnect>")
    client.client.wait()  # until it has given up the connection for good
    assert client.client.connected is False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_clients_come_back_after_a_restart(fixtures, connect, how):
    server = fixtures()
    client = connect(server.url, reconnection=True)
    server.restart(how)
    client.wait("<connect>", count=2)
    assert call(client, "echo", BYTES) == BYTES


def test_a_server_that_goes_down_says_goodbye(fixtures):
    """No client tells the code of a close frame, so this one is written by hand."""
    server = fixtures()
    with Peer(server) as peer:
        peer.send("40")
        assert peer.text().startswith("40")
        assert server.stop() == 0
        assert peer.close_code() == 1001


def test_a_refusal_carries_its_data(fixtures, connect):
    server = fixtures("--jwt-secret", tokens.SECRET)
    for auth, code in (({}, "missing_token"), ({"token": tokens.jwt(ttl=-60)}, "token_expired"), ({"token": "x.y.z"}, "invalid_token")):
        with pytest.raises(Refused) as refused:
            connect(server.url, auth=auth)
        assert refused.value.data == {"message": "unauthorized", "data": {"code": code}}
    assert call(connect(server.url, token=tokens.jwt(user="ana")), "whoami")["claims"]["userId"] == "ana"


def test_heartbeats_keep_an_idle_client(fixtures, connect):
    server = fixtures("--ping-interval", 100, "--ping-timeout", 1000)
    client = connect(server.url)
    # The time is real: fourteen heartbeats have to come, and none is answered but by the client's own pongs.
    threading.Event().wait(1.4)
    assert client.all("<disconnect>") == []
    assert call(client, "echo", 1) == 1
