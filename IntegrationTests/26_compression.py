"""Compression with clients that were not written for this server: Node's websocket, aiohttp's, and plain HTTP; and case 35, its bombs."""

import asyncio
import json
import zlib

import aiohttp
import pytest
import requests

from harness import TIMEOUT, node
from harness.fixture import Fixture
from harness.peer import Peer, frame
from harness.process import Usage

TEXT = "texto que se repete, olá; " * 2000


@pytest.fixture(scope="module")
def deflating():
    fixture = Fixture("--deflate").start()
    yield fixture
    fixture.stop()


def test_the_javascript_client_over_a_compressed_websocket(deflating):
    agreed = node.run(f"""
      await hub.connect("a", {json.dumps(deflating.url)}, "/", {{ transports: ["websocket"] }});
      const text = {json.dumps(TEXT)}, bytes = Uint8Array.from({{ length: 100000 }}, (_, i) => (i * 7) & 255);
      const ask = (...args) => hub.within("answer", new Promise((resolve) => hub.sockets.a.emit(...args, (...answer) => resolve(answer))));
      for (let i = 0; i < 20; i++) {{
        const [first, second] = await ask("echo", text.slice(i), bytes);
        if (first !== text.slice(i)) throw new Error("text");
        if (!new Uint8Array(second).every((b, j) => b === bytes[j])) throw new Error("bytes");
        if ((await ask("echo", i))[0] !== i) throw new Error("short");
      }}
      return hub.sockets.a.io.engine.transport.ws.extensions;
    """)
    assert agreed.startswith("permessage-deflate")


@pytest.mark.parametrize("window", [9, 12, 15])
def test_aiohttp_over_a_compressed_websocket(deflating, window):
    async def talk():
        async with aiohttp.ClientSession() as session:
            url = deflating.url + "/socket.io/?EIO=4&transport=websocket"
            async with session.ws_connect(url, compress=window, max_msg_size=0) as socket:
                assert socket.compress
                assert (await socket.receive_str())[0] == "0"
                await socket.send_str("40")
                assert (await socket.receive_str()).startswith("40")
                for number in range(20):
                    event = ["echo", TEXT[number:], number]
                    await socket.send_str(f"42{number}" + json.dumps(event))
                    answer = await socket.receive_str()
                    while answer == "2":
                        answer = await socket.receive_str()
                    assert json.loads(answer[len(f"43{number}"):]) == event[1:]

    asyncio.run(asyncio.wait_for(talk(), TIMEOUT))


def bomb(blocks):
    """A message of so many times sixteen MiB, in 16 KiB each."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (compressor.compress(bytes(16 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)) * blocks


def test_case35_a_bomb_is_refused_with_little_memory(deflating):
    """Less than a million bytes, the limit, that stand for a thousand million."""
    message = bomb(60)
    assert len(message) < 1_000_000 < 1_000_000_000 < 60 * (16 << 20)
    with Peer(deflating, fields=["Sec-WebSocket-Extensions: permessage-deflate"]) as peer:
        usage = Usage(deflating.process.pid)
        peer.socket.sendall(frame(message, opcode=2, compressed=True))
        assert peer.close_code() == 1009
        grown = usage.growth()
    print(f"{grown / 1024:.0f} KiB for {len(message)} bytes")
    assert grown <= 10 << 20


def test_case35_the_same_bomb_works_where_the_limit_allows_it(fixtures):
    """What the case before measures by sees it: here a message may have sixteen MiB."""
    server = fixtures("--deflate", mode="echo")
    usage = Usage(server.process.pid)

    async def throw():
        async with aiohttp.ClientSession() as session, session.ws_connect(server.url, compress=15, max_msg_size=0) as socket:
            await socket.send_bytes(bytes(16 << 20))
            assert await socket.receive_bytes() == bytes(16 << 20)

    asyncio.run(asyncio.wait_for(throw(), TIMEOUT))
    assert usage.growth() > 16 << 20


@pytest.mark.parametrize("coding", ["gzip", "deflate", None])
def test_polls_are_compressed_for_who_accepts_it(deflating, coding):
    with requests.Session() as session:
        session.headers["Accept-Encoding"] = coding
        url = deflating.url + "/socket.io/?EIO=4&transport=polling"
        opening = session.get(url, timeout=TIMEOUT)
        assert "Content-Encoding" not in opening.headers
        url += "&sid=" + json.loads(opening.text[1:])["sid"]
        assert session.post(url, "40", timeout=TIMEOUT).text == "ok"
        assert session.get(url, timeout=TIMEOUT).text.startswith("40")
        packet = "42" + json.dumps(["emit-back", "back", TEXT], ensure_ascii=False)
        assert session.post(url, packet.encode(), timeout=TIMEOUT).text == "ok"
        answer = session.get(url, timeout=TIMEOUT)
        while answer.text == "2":
            assert session.post(url, "3", timeout=TIMEOUT).text == "ok"
            answer = session.get(url, timeout=TIMEOUT)
        answer.encoding = "utf-8"
        packets = [packet for packet in answer.text.split("\x1e") if packet != "2"]
        assert [json.loads(packet[2:]) for packet in packets] == [["back", TEXT]]
        assert answer.headers.get("Content-Encoding") == coding
        assert "Accept-Encoding" in answer.headers["Vary"]
