"""The official client under Node, websocket only."""

import json

from harness import meta, node


def test_both_namespaces_a_join_and_a_message(hub):
    body, headers = meta.envelope(meta.value(messages=[meta.text("de node")])), {"Content-Type": "application/json"}
    headers["X-Hub-Signature-256"] = meta.sign(body)
    result = node.run(f"""
      const options = {{ auth: {{ token: "{hub.token()}" }}, transports: ["websocket"] }};
      const root = await hub.connect("root", "{hub.url}", "/", options);
      await hub.connect("whatsapp", "{hub.url}", "/whatsapp", options);
      const answer = await fetch("{hub.url}/webhooks/whatsapp", {{ method: "POST", headers: {json.dumps(headers)}, body: {json.dumps(body.decode())} }});
      const message = await hub.next("root", "message:new");
      await hub.next("whatsapp", "message:new");
      return {{ transport: root.transport, status: answer.status, content: message.message.content,
        join: await hub.ask("root", "conversation:join", message.conversationId) }};
    """)
    assert result == {"transport": "websocket", "status": 200, "content": "de node", "join": {"ok": True}}


def test_refusal_carries_its_code(hub):
    refused = node.run(f'return hub.connect("a", "{hub.url}", "/", {{ transports: ["websocket"] }});')["refused"]
    assert "missing" in refused["data"]["code"]
