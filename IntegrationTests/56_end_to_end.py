"""Fake providers, one hub, its clients, and everything between them cut at random: every message once, and statuses only rise."""

import os
import random
import threading
import time

import requests

from harness import TIMEOUT, evolution, meta
from harness.frontend import Frontend

MESSAGES = int(os.environ.get("HUB_E2E_MESSAGES", "200"))
RANKS = {word: rank for rank, word in enumerate(["pending", "unknown", "sent", "delivered", "read"])}
KEY = {"apikey": "fake-evolution-key"}


class Reader(threading.Thread):
    """A client that is cut off again and again and catches up by its cursor."""

    def __init__(self, hub, stop, moments):
        super().__init__(daemon=True)
        self.hub, self.stop, self.moments = hub, stop, moments
        self.cursor, self.synced, self.live, self.connections = "0", [], [], 0

    def run(self):
        while not self.stop.is_set():
            try:
                client = Frontend(self.hub.url, self.hub.token(user=f"reader-{self.connections}"))
            except AssertionError:  # the hub is down
                self.hub.up.wait(TIMEOUT)
                continue
            self.connections += 1
            self.stop.wait(self.moments.uniform(0.1, 0.6))  # the random moment
            self.live += [payload["message"]["whatsappMessageId"] for payload in client.all("message:new")]
            client.close()
            try:
                self.catch_up()
            except (requests.RequestException, AssertionError):  # killed meanwhile: the cursor is still the old one
                pass

    def catch_up(self):
        events, self.cursor = self.hub.sync(self.cursor)
        self.synced += events


def test_every_message_once_and_statuses_only_rise_whatever_is_cut(hubs, fakes):
    hub, moments, stop = hubs(), random.Random(os.environ.get("HUB_SEED")), threading.Event()
    hub.up = threading.Event()
    evolution.enable(hub)
    hub.start().up.set()
    secrets = hub.folder / "data/secrets"
    graph = fakes(
        "graph", "--webhook", f"{hub.url}/webhooks/whatsapp", "--app-secret-file", secrets / "app", "--verify-token-file", secrets / "verify",
        "--phone-number-id", meta.ACME)
    evo = fakes(
        "evolution", "--instance", evolution.ACME, "--webhook", hub.url + evolution.PATH, "--webhook-secret-file", secrets / "evolution",
        "--status-delay", "20ms")
    readers = [Reader(hub, stop, moments) for _ in range(3)]
    for reader in readers:
        reader.start()

    inbound, outbound, kills, back = [], [], 0, None
    phones = [meta.new_phone() for _ in range(8)]
    for number in range(MESSAGES):
        phone = phones[number % len(phones)]
        inbound.append(graph.write({"from": phone, "text": f"meta {number}"}, parameters={"copies": 1 + number % 2}))
        inbound.append(evo.write({"from": phone, "text": f"evolution {number}", "copies": 1 + number % 2}))
        sent = requests.post(f"{evo.url}/message/sendText/{evolution.ACME}", json={"number": phone, "text": f"answer {number}"}, headers=KEY, timeout=TIMEOUT)
        assert sent.status_code == 201
        outbound.append(sent.json()["key"]["id"])
        if back is None and moments.random() < 8 / MESSAGES:
            hub.up.clear()
            hub.kill()
            kills, back = kills + 1, number + 3  # customers and agents go on for a while
        elif back == number:
            hub.start()
            hub.up.set()
            back = None
    if back is not None:
        hub.start()
        hub.up.set()
    answers = evo.sent(len(outbound), wait=TIMEOUT)
    while any(len(answer["statuses"]) < 3 for answer in answers):
        answers = evo.sent(len(outbound))

    # What was refused meanwhile is due within the hour, and then again and again.
    deadline = time.monotonic() + TIMEOUT * 3
    while waiting := [hook for fake in (graph, evo) for hook in fake.webhooks("waiting")]:
        assert time.monotonic() < deadline, f"{len(waiting)} webhooks were never taken: {waiting[0]['attempts']}"
        for fake in (graph, evo):
            fake.advance("2m")
    stop.set()
    for reader in readers:
        reader.join(TIMEOUT)
        assert not reader.is_alive()
        reader.catch_up()
    assert graph.webhooks("dropped") == evo.webhooks("dropped") == []

    stored = hub.journaled()
    everything = {*inbound, *outbound}
    print(f"{MESSAGES} rounds, {kills} kills, {len(stored)} messages stored, {sum(reader.connections for reader in readers)} connections, {sum(len(r.live) for r in readers)} seen live")
    assert len(stored) == len(set(stored)) and set(stored) == everything, sorted(everything ^ set(stored))[:5]
    whole, _ = hub.sync()
    for reader in readers:
        assert [event["id"] for event in reader.synced] == [event["id"] for event in whole], "a cursor tells another story"
        assert set(reader.live) <= everything and reader.live, "something was seen that nobody wrote, or nothing at all"
    latest = {}
    for event in whole:
        if event["kind"] == "message.status":
            target, word = event["status"]["target"], event["message"]["status"]
            assert RANKS[word] >= RANKS[latest.get(target, "pending")], f"{target} fell from {latest[target]} to {word}"
            latest[target] = word
    assert latest == dict.fromkeys(outbound, "read")
