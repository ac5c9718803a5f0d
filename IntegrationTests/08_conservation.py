"""Nothing acknowledged is lost, nothing comes that was never sent: SIGKILL at random moments under load."""

import http.client
import os
import random
import threading

from harness import TIMEOUT, meta
from harness.frontend import Frontend
from harness.witness import Witness

KILLS = int(os.environ.get("HUB_KILLS", "20"))
POSTERS = 4


class Poster(threading.Thread):
    """Posts one message after the other; notes which were sent and which acknowledged."""

    def __init__(self, hub, number, stop):
        super().__init__(daemon=True)
        self.hub, self.number, self.stop = hub, number, stop
        self.sent, self.acknowledged = [], []
        self.phones = [meta.new_phone() for _ in range(5)]

    def run(self):
        connection = None
        while not self.stop.is_set():
            id = f"wamid.K{self.number}.{len(self.sent)}"
            body = meta.envelope(meta.value(messages=[meta.text(sender=self.phones[len(self.sent) % 5], id=id)]))
            headers = {"Content-Type": "application/json", "X-Hub-Signature-256": meta.sign(body)}
            self.sent.append(id)
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=TIMEOUT)
                connection.request("POST", "/webhooks/whatsapp", body, headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.acknowledged.append(id)
            except (OSError, http.client.HTTPException):
                connection = None
                self.hub.up.wait(TIMEOUT)  # down: the next one is tried when it is back


def messages(events):
    return [event["message"]["providerMessageId"] for event in events if event["kind"] == "message.created"]


def check_sync(hub, posters, follower):
    """Every message acknowledged so far is there exactly once, read from the beginning and by the cursor kept over all restarts."""
    acknowledged = {id for poster in posters for id in list(poster.acknowledged)}  # before reading: posters go on
    new, follower["cursor"] = hub.sync(follower["cursor"])
    follower["got"] += messages(new)
    whole = messages(hub.sync()[0])
    for name, got in [("from the beginning", whole), ("by cursor", follower["got"])]:
        assert len(got) == len(set(got)), f"sync {name}: an id is there twice"
        assert acknowledged <= set(got), f"sync {name}: acknowledged and missing: {sorted(acknowledged - set(got))[:5]}"
    assert whole[: len(follower["got"])] == follower["got"], "the cursor and the beginning tell different stories"
    others = hub.sync(tenant="globex")[0]
    assert others == [], "another tenant sees them"


class Watcher:
    """A client that comes back whenever the hub does."""

    def __init__(self, hub):
        self.hub, self.got, self.client = hub, [], None

    def connect(self):
        self.collect()
        self.client = Frontend(self.hub.url, self.hub.token())

    def collect(self):
        if self.client:
            self.got += [p["message"]["whatsappMessageId"] for p in self.client.all("message:new")]
            self.client.close()
            self.client = None


def test_acknowledged_means_stored_once_and_offered_to_every_sink(hubs):
    hub, stop, moments = hubs(), threading.Event(), random.Random(os.environ.get("HUB_SEED"))
    hub.up, witness = threading.Event(), Witness(hub)
    hub.start().up.set()
    posters = [Poster(hub, number, stop) for number in range(POSTERS)]
    watcher, follower = Watcher(hub), {"cursor": "0", "got": []}
    watcher.connect()
    for poster in posters:
        poster.start()
    for _ in range(KILLS):
        threading.Event().wait(moments.uniform(0.05, 0.8))  # the random moment
        hub.up.clear()
        hub.kill()
        hub.start()
        check_sync(hub, posters, follower)
        watcher.connect()
        hub.up.set()
    stop.set()
    for poster in posters:
        poster.join(TIMEOUT)

    fresh = [hub.deliver(meta.text())[0]["id"] for _ in range(20)]
    watcher.client.wait_message(fresh[-1])
    check_sync(hub, posters, follower)
    assert follower["got"][-len(fresh):] == fresh
    watcher.collect()
    assert hub.stop() == 0

    sent = {id for poster in posters for id in poster.sent} | set(fresh)
    acknowledged = {id for poster in posters for id in poster.acknowledged} | set(fresh)
    stored = hub.journaled()
    print(f"{KILLS} kills, {len(sent)} sent, {len(acknowledged)} acknowledged, {len(stored)} stored, {len(set(watcher.got))} seen live")
    assert len(acknowledged) > KILLS, "too little got through to say anything"
    assert len(stored) == len(set(stored)), "an id is stored twice"
    assert acknowledged <= set(stored), f"acknowledged and lost: {sorted(acknowledged - set(stored))[:5]}"
    assert set(stored) <= sent, f"stored and never sent: {sorted(set(stored) - sent)[:5]}"
    assert set(watcher.got) <= set(stored), f"seen and not stored: {sorted(set(watcher.got) - set(stored))[:5]}"
    assert watcher.got[-len(fresh):] == fresh
    sequences = [row[0] for row in hub.journal("SELECT sequence FROM events ORDER BY sequence")]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences))), "the sequence has a gap"

    lives = witness.lives()
    offered = {sequence for life in lives for sequence, _ in life}
    assert len(lives) == KILLS + 1
    assert offered == set(sequences), f"stored and never offered: {sorted(set(sequences) - offered)[:5]}, or the other way round"
    for life in lives:
        for conversation in {conversation for _, conversation in life}:
            order = [sequence for sequence, its in life if its == conversation]
            assert order == sorted(set(order)), f"{conversation}: offered out of order, or twice in one life"
