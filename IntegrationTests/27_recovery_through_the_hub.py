"""A browser that loses its connection for a moment, with the hub as hub.yaml sets it up."""

import json

import pytest

from harness import meta, node


@pytest.fixture
def hub(hubs):
    hub = hubs()
    hub.config["realtime"] = {"recovery": "1m", "compression": {"threshold": "1KB"}}
    hub.config["sinks"]["frontend"]["config"]["recovery"] = "memory"
    return hub.start()


def webhooks(count):
    posts = []
    for number in range(count):
        body = meta.envelope(meta.value(messages=[meta.text(f"mensagem {number}", sender="5511912345678")]))
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": meta.sign(body)}
        posts.append({"method": "POST", "headers": headers, "body": body.decode()})
    return posts


def test_messages_that_came_meanwhile_are_there_once_in_order_and_with_their_place_in_the_journal(hub):
    result = node.run(f"""
      const posts = {json.dumps(webhooks(6))}, url = {json.dumps(hub.url)};
      const post = async (i) => (await fetch(url + "/webhooks/whatsapp", posts[i])).status;
      const options = {{ auth: {{ token: "{hub.token()}" }}, transports: ["websocket"], reconnectionDelay: 200 }};
      const {{ id }} = await hub.connect("a", url, "/", options);
      await hub.connect("other", url, "/whatsapp", {{ ...options, forceNew: true }});
      const statuses = [await post(0)];
      await hub.next("a", "message:new");
      hub.sockets.a.io.engine.close();
      await hub.next("a", "<disconnect>");
      for (let i = 1; i < 6; i++) statuses.push(await post(i));
      await hub.next("a", "message:new", "mensagem 5");
      const messages = hub.got.a.filter((e) => e[0] === "message:new");
      await hub.next("other", "message:new", "mensagem 5");
      return {{ statuses, recovered: hub.sockets.a.recovered, same: hub.sockets.a.id === id,
        texts: messages.map((e) => e[1].message.content), offsets: messages.map((e) => e[2]),
        others: hub.got.other.filter((e) => e[0] === "message:new").map((e) => e.length),
        extensions: hub.sockets.a.io.engine.transport.ws.extensions }};
    """)
    assert result["statuses"] == [200] * 6
    assert result["recovered"] and result["same"]
    assert result["texts"] == [f"mensagem {number}" for number in range(6)]
    places = [tuple(map(int, offset.split("."))) for offset in result["offsets"]]
    assert places == sorted(set(places))
    assert result["others"] == [2] * 6, "a namespace without recovery has no offsets"
    assert result["extensions"].startswith("permessage-deflate")


def test_another_user_does_not_get_the_socket(hub):
    result = node.run(f"""
      const posts = {json.dumps(webhooks(2))}, url = {json.dumps(hub.url)};
      const options = {{ auth: {{ token: "{hub.token()}" }}, transports: ["websocket"], reconnectionDelay: 200 }};
      const {{ id }} = await hub.connect("a", url, "/", options);
      await fetch(url + "/webhooks/whatsapp", posts[0]);
      await hub.next("a", "message:new");
      hub.sockets.a.auth = {{ token: "{hub.token(user='u2')}" }};
      hub.sockets.a.io.engine.close();
      await hub.next("a", "<disconnect>");
      await fetch(url + "/webhooks/whatsapp", posts[1]);
      await hub.next("a", "<connect>", "", 2);
      return {{ recovered: hub.sockets.a.recovered, same: hub.sockets.a.id === id }};
    """)
    assert result == {"recovered": False, "same": False}
