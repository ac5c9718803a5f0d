"""A channel whose provider is down, wrong or hostile: the hub starts all the same, the other two channels are as fast as without it, everybody can
see which one it is, and it comes back by itself."""

import itertools
import json
import os
import statistics
import time

import pytest
import requests

from harness import TIMEOUT
from harness.frontend import Frontend
from harness.hostile import Relay
from harness.providers import ChatEngine, Evolution, Meta
from harness.rounds import Rounds, by_turns

ROUNDS = 10  # of a turn
TURNS = int(os.environ.get("HUB_HOSTILE", "1"))  # that a provider is hostile in one way, at least
_numbers = itertools.count(1)


class Channel:
    """A provider behind a relay, and the conversation in which is measured."""

    def __init__(self, kind, hub, fakes):
        self.provider = kind(hub, fakes)
        self.relay = Relay(int(self.provider.fake.url.rsplit(":", 1)[1]))
        self.name = self.provider.channel
        self.config = hub.config["channels"][self.name]["config"]
        self._point_to(self.config)
        self.key, self.conversation = self.provider.key(1), None

    def _point_to(self, settings):
        for name, value in settings.items():
            if isinstance(value, dict):
                self._point_to(value)
            elif isinstance(value, str):
                settings[name] = value.replace(self.provider.fake.url, self.relay.url)

    def write(self):
        id = f"{self.provider.kind}-{next(_numbers)}"
        self.provider.write(self.key, [(id, id)])
        return self.provider.id(id)


@pytest.fixture
def world(hubs, fakes):
    made = []

    def make():
        hub = hubs()
        hub.config["limits"]["per_user"]["sends"] = 0
        made.extend(Channel(kind, hub, fakes) for kind in (Meta, Evolution, ChatEngine))
        return hub, {channel.provider.kind: channel for channel in made}

    yield make
    for channel in made:
        channel.relay.close()


def inbound(client, channel):
    """Seconds from the customer to the frontend."""
    begin = time.monotonic()
    id = channel.write()
    new = client.wait("message:new", lambda p: id in (p["message"]["whatsappMessageId"], p["message"]["metadata"]["canonical"]["providerMessageId"]))
    channel.conversation = new["conversationId"]
    return time.monotonic() - begin


def post(hub, channel):
    answer = hub.http.post(
        f"{hub.url}/api/v1/messages", json={"to": channel.conversation, "type": "text", "text": "oi"},
        headers={"Authorization": f"Bearer {hub.token()}"}, timeout=TIMEOUT)
    assert answer.status_code == 202, answer.text
    return answer.json()["message"]["id"]


def outbound(hub, client, channel):
    """Seconds from the agent until something is heard of it."""
    begin = time.monotonic()
    id = post(hub, channel)
    client.wait("message:status-update", lambda p: p["messageId"] == id)  # a webhook may be faster than the answer
    return time.monotonic() - begin


def times(hub, client, channels, rounds=ROUNDS):
    """What a message takes in each round of messages both ways on each channel."""
    return [
        statistics.median(take for channel in channels for take in (inbound(client, channel), outbound(hub, client, channel)))
        for _ in range(rounds)]


def until(look, what):
    deadline = time.monotonic() + TIMEOUT * 2
    while not (found := look()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
    return found


def ends(hub, channel):
    return hub.metric("hub_upstream_ends_total", adapter=channel.name)


def joined(hub, channel):
    return hub.metric("hub_upstream_namespaces", adapter=channel.name, state="joined")


def ready(hub):
    return requests.get(f"{hub.admin}/readyz", timeout=TIMEOUT).status_code == 200


def status(hub):
    answer = hub.command("status", "--json")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def states(hub, channel):
    events, _ = hub.sync()
    return [e["state"]["state"] for e in events if e["kind"] == "channel.state" and e["channel"] == channel.name]


def compare(mode, calm, turn, measure):
    """Nobody got slower beside what one provider has become. The calm rounds after it are those before the next one."""
    rounds = by_turns(lambda: turn(mode), measure, least=TURNS, most=max(5, TURNS), before=calm)
    print(f"{mode}: {rounds}")
    return rounds.calm[-ROUNDS:]


# The first is what there is when the hub starts.
SOCKETS = {
    "evolution": ["silent", "down", "wrong", "garbage", "huge", "headers", "redirect"],
    "chatengine": ["down", "silent", "wrong", "garbage", "huge", "headers", "redirect"],
}


@pytest.mark.parametrize("kind", SOCKETS)
def test_a_hostile_server_of_one_channel_s_socket_is_nobody_else_s_trouble(world, kind):
    hub, channels = world()
    bad, good = channels[kind], [channel for name, channel in channels.items() if name != kind]
    namespaces = 1 + (kind == "evolution")
    bad.relay.become(SOCKETS[kind][0])
    begin = time.monotonic()
    hub.start()
    print(f"started in {time.monotonic() - begin:.2f} s while {kind} is {SOCKETS[kind][0]}")
    assert ready(hub)
    with Frontend(hub.url, hub.token()) as client:
        until(lambda: all(channel.name == "meta-main" or joined(hub, channel) for channel in good), "the other socket's connection")
        until(lambda: all(channel.provider.is_heard(channel.key) for channel in good), "the other channels")
        times(hub, client, good, rounds=2)  # the first of a conversation take longer
        first = Rounds()
        first.disturbed += times(hub, client, good)
        bad.relay.become("pass")
        until(lambda: joined(hub, bad) == namespaces, f"{kind} after it was {SOCKETS[kind][0]}")
        assert states(hub, bad)[-1] == "connected"

        def turn(mode):
            before = bad.relay.met[mode], ends(hub, bad)
            bad.relay.become(mode)
            # The end of the good connection, and a try that met what there is now.
            until(lambda: bad.relay.met[mode] > before[0] if mode != "down" else ends(hub, bad) > before[1] + 1, f"a connection to what is {mode}")
            storm = times(hub, client, good)
            assert ready(hub) and ends(hub, bad) > before[1]
            visible(hub, bad, mode)
            bad.relay.become("pass")
            until(lambda: joined(hub, bad) == namespaces and bad.provider.is_heard(bad.key), f"{kind} after it was {mode}")
            inbound(client, bad)
            return storm

        calm = times(hub, client, good)
        first.calm += calm
        print(f"from the start: {first}")
        for mode in SOCKETS[kind][1:] + SOCKETS[kind][:1]:
            calm = compare(mode, calm, turn, lambda: times(hub, client, good))
        assert not bad.relay.trapped(), "a redirect to loopback was followed"
    assert hub.stop() == 0


def visible(hub, bad, mode):
    """Who looks sees which channel it is, and that it isn't the others."""
    if mode == "huge":  # the connection is as good as any; what is over the limit is counted
        until(lambda: hub.metric("hub_drops_total", stage="upstream", reason="oversize") >= 1, "a counted drop")
        return
    until(lambda: states(hub, bad)[-1] in ("connecting", "disconnected"), "a channel.state")
    assert joined(hub, bad) == 0
    troubles = {adapter["id"]: adapter["detail"] for adapter in status(hub)["adapters"] if adapter.get("detail")}
    assert list(troubles) == [bad.name] and troubles[bad.name].startswith("upstream 127.0.0.1:"), troubles


def test_a_hostile_graph_api_is_nobody_else_s_trouble(world):
    hub, channels = world()
    bad, good = channels["graph"], [channels["evolution"], channels["chatengine"]]
    hub.start()
    # What may have been taken is not repeated; what was not is sent when it can be. The last one stops the whole channel.
    fates = {"down": "sent", "wrong": "unknown", "garbage": "unknown", "huge": "unknown", "headers": "unknown", "silent": "unknown", "redirect": "sent"}
    with Frontend(hub.url, hub.token()) as client:
        until(lambda: all(joined(hub, channel) and channel.provider.is_heard(channel.key) for channel in good), "connections")
        keys = itertools.count(10)

        def turn(mode):
            bad.key = bad.provider.key(next(keys))
            inbound(client, bad)
            before = hub.metric("hub_outbound_requests_total", adapter=bad.name), bad.relay.met[mode]
            bad.relay.become(mode)
            id = post(hub, bad)
            if mode == "silent":
                until(lambda: bad.relay.met[mode] > before[1], "a connection to what says nothing")
            else:
                until(lambda: hub.metric("hub_outbound_requests_total", adapter=bad.name) > before[0], f"an answer of what is {mode}")
            storm = times(hub, client, good)
            inbound(client, bad)  # its webhooks come all the same
            assert ready(hub)
            assert not told(hub, id) or told(hub, id)[0] == "unknown"
            bad.relay.become("pass")
            if mode == "redirect":
                assert hub.command("outbox", "retry", id).returncode == 0
            until(lambda: told(hub, id)[:1] == [fates[mode]], f"{fates[mode]} after {mode}")
            return storm

        times(hub, client, good, rounds=2)  # the first of a conversation take longer
        calm = times(hub, client, good)
        for mode in fates:
            calm = compare(mode, calm, turn, lambda: times(hub, client, good))
        assert not bad.relay.trapped(), "a redirect to loopback was followed"
    assert hub.stop() == 0


def told(hub, id):
    """What is known of a message."""
    events = [e for e in hub.sync()[0] if e["kind"] == "message.status" and e["status"]["applied"]]
    return [e["status"]["status"] for e in events if e["message"]["id"] == id]
