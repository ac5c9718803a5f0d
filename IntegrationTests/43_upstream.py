"""A channel's upstream sockets against python-socketio: namespaces, attachments, answers, restarts, late namespaces, oversize, a private authority."""

import ssl
import subprocess

import pytest
from engineio.async_socket import AsyncSocket
from engineio.packet import PONG

from harness import until
from harness.process import Usage
from harness.upstream import Channel, Server

BYTES = bytes(range(256))


def checksum(data):
    total = 0
    for byte in data:
        total = (total * 31 + byte) % 1000003
    return f"{len(data)}:{total}"


@pytest.fixture
def upstream():
    made = []

    def make(*arguments, **options):
        made.append(Server(*arguments, **options))
        return made[-1].start()

    yield make
    for server in made:
        server.close()


def states(hub, account):
    """The states of an account that are in the journal, with their reasons."""
    told = [event for event in hub.sync()[0] if event["kind"] == "channel.state" and event["account"] == account]
    return [(event["state"]["state"], event["state"].get("reason")) for event in told]


def test_several_namespaces_on_one_connection_with_attachments_and_answers_both_ways(hubs, upstream):
    server, hub = upstream(("/", "/loja-centro", "/oficina")), hubs()
    channel = Channel(hub, server, ("/", "/loja-centro", "/oficina"))
    hub.start()
    channel.wait("joined", 3)
    assert server.most == 1 and channel.lines("connected") == channel.lines("connected")[:1]
    assert sorted(server.asked) == [(name, "the-key", "the-key") for name in ("/", "/loja-centro", "/oficina")]
    server.emit("messages.upsert", {"text": "ü😀", "deep": [1, None]}, namespace="/loja-centro")
    assert channel.wait("event") == ['event ns=/loja-centro messages.upsert [{"text":"\\u00fc\\ud83d\\ude00","deep":[1,null]}]']
    server.emit("messages.upsert", {"mediaKey": BYTES, "thumb": b"\x00"}, BYTES * 3, namespace="/oficina")
    text = '[{"mediaKey":{"_placeholder":true,"num":0},"thumb":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":2}]'
    sums = " ".join(checksum(part) for part in (BYTES, b"\x00", BYTES * 3))
    assert channel.wait("event", 2)[1] == f"event ns=/oficina messages.upsert {text} {sums}"
    assert server.call("question", BYTES, namespace="/loja-centro") == {"heard": True}
    server.emit("say", {"a": BYTES}, "x", namespace="/loja-centro")
    assert channel.wait("answered") == ['answered 0 [{"took":2}]']
    assert server.said == [("/loja-centro", [{"a": BYTES}, "x"])]
    assert hub.metric("hub_upstream_namespaces", adapter="upstream", state="joined") == 3
    assert hub.metric("hub_upstream_events_total", adapter="upstream") == 4
    assert states(hub, "loja-centro") == [("connected", None)]
    assert hub.stop() == 0


def test_a_late_namespace_is_asked_for_until_it_exists_and_again_after_a_restart(hubs, upstream):
    server, hub = upstream(("/",)), hubs()
    channel = Channel(hub, server, ("/", "/late"))
    hub.start()
    assert channel.wait("refused", 2)[0] == "refused ns=/late reason= bytes=0 text=Invalid namespace"
    server.emit("meanwhile", 1)
    assert channel.wait("event") == ["event ns=/ meanwhile [1]"]
    assert len(channel.lines("connected")) == 1, "the transport stays"
    server.known.add("/late")
    channel.wait("joined ns=/late")
    server.stop()
    channel.wait("disconnected")
    server.known.discard("/late")
    server.start()
    channel.wait("refused", 3)
    server.known.add("/late")
    channel.wait("joined ns=/late", 2)
    server.emit("after", 2, namespace="/late")
    assert channel.wait("event ns=/late") == ["event ns=/late after [2]"]
    assert server.most == 1, "never two connections at once"
    told = states(hub, "late")
    assert told[:2] == [("connecting", "invalid_namespace"), ("connected", None)] and told[2][0] == "connecting"
    lines = "\n".join(hub.log)
    assert "upstream namespace does not exist yet" in lines and "the-key" not in lines


def test_a_namespace_the_server_ends_is_joined_again_on_the_same_connection(hubs, upstream):
    server, hub = upstream(("/", "/a")), hubs()
    channel = Channel(hub, server, ("/", "/a"))
    hub.start()
    channel.wait("joined", 2)
    server.kick("/a")
    channel.wait("left ns=/a")
    channel.wait("joined ns=/a", 2)
    server.emit("again", namespace="/a")
    channel.wait("event ns=/a again []")
    assert len(channel.lines("connected")) == 1


def test_every_restart_of_the_server_is_survived(hubs, upstream):
    server, hub = upstream(("/", "/a")), hubs()
    channel = Channel(hub, server, ("/", "/a"))
    hub.start()
    for number in range(1, 5):
        channel.wait("joined ns=/a", number)
        server.emit("round", number, namespace="/a")
        channel.wait(f"event ns=/a round [{number}]")
        server.stop()
        channel.wait("disconnected", number)
        server.start()
    channel.wait("joined ns=/a", 5)
    assert server.most == 1
    assert hub.metric("hub_upstream_ends_total", adapter="upstream") >= 4


def test_events_over_the_limit_cost_themselves_alone_within_bounded_memory(hubs, upstream):
    server, hub = upstream(("/", "/a"), max_http_buffer_size=1 << 30), hubs()
    channel = Channel(hub, server, ("/", "/a"), limit=1 << 20)
    hub.start()
    channel.wait("joined", 2)
    server.emit("small", 1, namespace="/a")
    channel.wait("event ns=/a small")
    usage = Usage(hub.process.pid)
    server.emit("large", "x" * (100 << 20), namespace="/a")
    assert channel.wait("lost", 1)[0].startswith("lost ns=/a ")
    server.emit("large", {"media": b"y" * (3 << 20), "key": BYTES}, namespace="/a")
    assert channel.wait("lost", 2)[1].startswith("lost ns=/a ")
    server.emit("large", "z" * (2 << 20), BYTES)
    assert channel.wait("lost", 3)[2].startswith("lost ns=/ ")
    assert usage.growth() < 24 << 20
    server.emit("after", BYTES, namespace="/a")
    assert channel.wait("event ns=/a after")[0].endswith(checksum(BYTES))
    assert len(channel.lines("connected")) == 1 and not channel.lines("disconnected")
    assert hub.metric("hub_drops_total", stage="upstream", reason="oversize") == 3


def test_heartbeats_keep_a_quiet_connection(hubs, upstream, monkeypatch):
    pongs, receive = [], AsyncSocket.receive

    async def counting(self, packet):
        pongs.extend([packet] * (packet.packet_type == PONG))
        await receive(self, packet)

    monkeypatch.setattr(AsyncSocket, "receive", counting)
    server, hub = upstream(("/",), ping_interval=1, ping_timeout=1), hubs()
    channel = Channel(hub, server)
    hub.start()
    channel.wait("joined")
    until(lambda: len(pongs) >= 4, "fourth heartbeat")
    assert not channel.lines("disconnected")
    server.emit("still", 1)
    channel.wait("event ns=/ still")


def test_a_private_authority_is_believed_where_it_is_named_and_nowhere_else(hubs, upstream, tmp_path):
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=tmp_path)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new, "-days", "2", "-subj", "/CN=Private authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *new, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "request.pem")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-copy_extensions", "copy", "-out", "cert.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server, hub = upstream(("/",), tls=context), hubs()
    trusting = Channel(hub, server, authority=tmp_path / "ca.pem", name="trusting")
    wary = Channel(hub, server, name="wary")
    hub.start()
    trusting.wait("joined")
    server.emit("hello", BYTES)
    trusting.wait("event ns=/ hello")
    line = wary.wait("disconnected")[0]
    assert "reason=tls" in line and "CERTIFICATE_VERIFY_FAILED" in line
    assert not wary.lines("joined") and server.most == 1
