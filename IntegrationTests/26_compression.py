"""Compression with clients that were not written for this server: Node's websocket, aiohttp's, and plain HTTP."""

import asyncio
import json

import aiohttp
import pytest
import requests

from harness import TIMEOUT, node
from harness.fixture import Fixture

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
