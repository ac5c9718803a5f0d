"""The first frames of the fakes over a websocket, and the whole of a frame with bytes, as the references quote them. "…" there is any text."""

import re

import pytest
import requests

from harness import TIMEOUT
from harness.fakes import ROOT
from harness.peer import Peer, upgrade
from harness.raw import Connection

ENGINE = "/api/ws/?EIO=4&transport=websocket"
SOCKET = "/socket.io/?EIO=4&transport=websocket"


def golden(name):
    return (ROOT / f"Tests/HubFakesTests/Golden/{name}.txt").read_text().rstrip("\n")


def same(name, text):
    """Whether the text is the reference's but for what that leaves open."""
    pattern = ".+?".join(map(re.escape, golden(name).split("…")))
    assert re.fullmatch(pattern, text), f"{name}:\n{golden(name)}\n{text}"


def test_a_pattern_leaves_open_only_what_it_says():
    same("chatengine-accepted", '40{"sid":"x"}')
    for text in ('40{"sid":""}', '40{"sid":"x"} ', '40/a,{"sid":"x"}'):
        with pytest.raises(AssertionError):
            same("chatengine-accepted", text)


def test_chatengine_opens_accepts_and_refuses(fakes):
    fake = fakes("chatengine", "--workspace", "ws_norte=fake-token")
    with Peer(fake, target=ENGINE) as peer:
        same("chatengine-open", peer.opened)
        peer.send('40{"token":"wrong"}')
        same("chatengine-refused", peer.text())
        peer.send('40{"token":"fake-token"}')
        same("chatengine-accepted", peer.text())


@pytest.mark.parametrize("key, words", [("", "apiKey is required"), ("&apikey=wrong", "Invalid global token")])
def test_evolution_refuses_a_websocket_without_its_key_with_400_and_a_text(fakes, key, words):
    fake = fakes("evolution", "--instance", "loja-centro", "--api-key", "k")
    with Connection(fake) as connection:
        head, body = connection.send(upgrade(fake, SOCKET + key)).read_to_end().split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 400 ") and b"json" not in head.lower()
    assert body.decode() == words
    if not key:
        same("evolution-refused", body.decode())


def test_evolution_s_event_with_bytes_is_one_frame_and_its_attachment(fakes):
    fake = fakes("evolution", "--instance", "loja-centro", "--api-key", "k")
    fake.write(text="makes the namespace")
    with Peer(fake, target=SOCKET + "&apikey=k") as peer:
        peer.send("40/loja-centro,")
        assert peer.text().startswith('40/loja-centro,{"sid":"')
        fake.write({"from": "5511991230001", "id": "3A5C0F7B19D2E4468A01", "lid": "120958374650912@lid", "at": 1767625200000,
                    "text": "Bom dia, tem horário hoje?"})
        same("evolution-binary", peer.text())
        opcode, secret = peer.receive()
        assert (opcode, len(secret)) == (2, 32)


def test_evolution_answers_a_send_with_its_message(fakes):
    fake = fakes("evolution", "--instance", "loja-centro", "--api-key", "k")
    answer = requests.post(
        f"{fake.url}/message/sendText/loja-centro", json={"number": "5511991230001", "text": "Bom dia"}, headers={"apikey": "k"}, timeout=TIMEOUT)
    assert answer.status_code == 201
    same("evolution-send-answer", answer.text)
