"""Cases 36 and 37: hostile frames and sessions end themselves; nobody else's session, room or answer is touched."""

import json

import pytest
import requests
import websocket

from harness import TIMEOUT, meta
from harness.peer import TARGET, Peer, upgrade
from harness.polling import Polling
from harness.raw import Connection

FRAMES = {
    "unmasked": (b"\x81\x02hi", 1002), "reserved bit 1": (b"\xc1\x80\0\0\0\0", 1002), "reserved bits": (b"\xf1\x80\0\0\0\0", 1002),
    "unknown opcode": (b"\x83\x80\0\0\0\0", 1002), "no UTF-8": (b"\x81\x82\0\0\0\0\xff\xfe", 1007),
    "overlong UTF-8": (b"\x81\x82\0\0\0\0\xc0\xaf", 1007), "half a character": (b"\x81\x81\0\0\0\0\xc3", 1007),
    "fragmented ping": (b"\x09\x80\0\0\0\0", 1002), "long ping": (b"\x89\xfe\x00\x7e\0\0\0\0", 1002),
    "continuation of nothing": (b"\x80\x82\0\0\0\0ab", 1002), "oversize": (b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 1009),
    "illegal close code": (b"\x88\x82\0\0\0\0\x03\xed", 1002), "half a close code": (b"\x88\x81\0\0\0\0\x03", 1002)}


class Victim:
    """A polling client of a tenant, by hand, who must go on undisturbed."""

    def __init__(self, hub):
        self.hub, self.session = hub, Polling(hub)
        self.session.join(hub.token(user="victim"))

    def is_unharmed(self):
        assert self.session.send('421["ping"]') == 200
        packets = self._until(lambda packets: any(packet.startswith("431") for packet in packets))
        assert [packet for packet in packets if packet.startswith("43")] == ['431[{"ok":true}]']
        (message,) = self.hub.deliver(meta.text())
        self._until(lambda packets: any(message["id"] in packet for packet in packets))

    def _until(self, condition):
        packets = []
        while not condition(packets):
            received = self.session.receive()
            assert received is not None, "the session is gone"
            packets += received.split("\x1e")
        return packets


@pytest.fixture
def victim(hub):
    victim = Victim(hub)
    yield victim
    victim.is_unharmed()
    victim.session.close()


@pytest.mark.parametrize("case", FRAMES)
def test_case36_forbidden_frames(hub, victim, case):
    data, code = FRAMES[case]
    with Peer(hub, hub.token(user="hostile")) as peer:
        peer.socket.sendall(data)
        assert peer.close_code() == code
        with pytest.raises(ConnectionError):
            peer.receive()


def near(sid):
    return sid[:-1] + ("B" if sid.endswith("A") else "A")


def test_case37_ids_that_are_not_the_victims(hub, victim):
    ended = Polling(hub)
    ended.close()
    for sid in [victim.session.id, near(victim.session.sid), victim.session.sid[:-1], victim.session.sid + "A", ended.sid, "A" * 20, "__proto__", "../", "%00"]:
        base = f"{hub.url}/socket.io/?EIO=4&transport=polling&sid={sid}"
        for answer in (requests.get(base, timeout=TIMEOUT), requests.post(base, data='42["typing_start","x"]', timeout=TIMEOUT)):
            assert (answer.status_code, answer.json()) == (400, {"code": 1, "message": "Session ID unknown"}), sid
        with Connection(hub) as connection:
            assert connection.send(upgrade(hub, f"{TARGET}&sid={sid}")).status() == 400
    victim.is_unharmed()


def test_case37_two_polls_end_their_own_session(hub, victim):
    hostile = Polling(hub)
    with Connection(hub) as one, Connection(hub) as two:
        head = f"GET {hostile.base.removeprefix(hub.url)} HTTP/1.1\r\nHost: a\r\n\r\n"
        for connection in (one, two):
            connection.send(head)
        answers = sorted(connection.socket.recv(65536) for connection in (one, two))
        assert answers[0].startswith(b"HTTP/1.1 200 ") and answers[0].endswith(b"\r\n\r\n1")
        assert answers[1].startswith(b"HTTP/1.1 400 ")
    assert hostile.receive() is None


def test_case37_an_upgrade_race_has_one_winner(hub, victim):
    session = Polling(hub)
    session.join(hub.token(user="racer"))
    address = f"ws://127.0.0.1:{hub.port}{TARGET}&sid={session.sid}"
    sockets = [websocket.create_connection(address, timeout=TIMEOUT) for _ in range(8)]
    answers = []
    for candidate in sockets:
        try:
            candidate.send("2probe")
            answers.append(candidate.recv())
        except (websocket.WebSocketConnectionClosedException, ConnectionError):
            answers.append("")
    assert sorted(answers) == [""] * 7 + ["3probe"]
    winner = sockets[answers.index("3probe")]
    winner.send("5")
    winner.send('421["ping"]')
    while not (text := winner.recv()).startswith("431"):
        pass
    assert json.loads(text[3:]) == [{"ok": True}]
    assert hub.http.get(session.base, timeout=TIMEOUT).json()["code"] == 3
    for candidate in sockets:
        candidate.close()


def test_case37_a_session_over_a_websocket_cannot_be_taken_over(hub, victim):
    with Peer(hub, hub.token(user="owner")) as owner:
        for packet in ("2probe", "5", '42["ping"]'):
            thief = websocket.create_connection(f"ws://127.0.0.1:{hub.port}{TARGET}&sid={owner.sid}", timeout=TIMEOUT)
            thief.send(packet)
            assert thief.recv() == ""
            thief.close()
        base = f"{hub.url}/socket.io/?EIO=4&transport=polling&sid={owner.sid}"
        assert requests.get(base, timeout=TIMEOUT).json()["code"] == 3
        assert requests.post(base, data="41", timeout=TIMEOUT).json()["code"] == 3
        assert owner.call('429["ping"]') == [{"ok": True}]


@pytest.mark.parametrize("query", ["EIO=3", "EIO=5", "EIO=", "", "EIO=4&EIO=3", "eio=4"])
def test_case37_another_version_opens_nothing(hub, victim, query):
    answer = requests.get(f"{hub.url}/socket.io/?transport=polling&{query}", timeout=TIMEOUT)
    assert (answer.status_code, answer.json()["code"]) == (400, 5)
    with Connection(hub) as connection:
        assert connection.send(upgrade(hub, f"/socket.io/?transport=websocket&{query}")).status() == 400


def test_case37_another_tenants_socket_name_is_no_room(hub, victim):
    """A public socket id can be known; naming it in an event reaches nobody."""
    with Peer(hub, hub.token(tenant="globex", user="hostile")) as peer:
        for name in ("conversation:join", "join_conversation", "subscribe:conversation"):
            assert peer.call(f'421["{name}","{victim.session.id}"]') == [{"ok": False, "error": "forbidden"}]
        assert peer.call(f'422["typing",{{"conversationId":"{victim.session.id}","isTyping":true}}]') == [{"ok": False, "error": "forbidden"}]
