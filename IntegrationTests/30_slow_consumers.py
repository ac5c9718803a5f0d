"""Case 15: clients that read slowly or not at all are closed as slow within bounded memory; the others notice nothing."""

import os
import threading
import time

import pytest

from harness import TIMEOUT, meta
from harness.peer import Peer
from harness.polling import Polling
from harness.process import Usage

CLIENTS = int(os.environ.get("HUB_CASE15", "20"))  # every tenth is slow
TEXT = "x" * 4000
HARD = 1 << 20


def quantile(times, share):
    return sorted(times)[int(len(times) * share)]


class Reader(threading.Thread):
    """Reads everything, and notes when each message came."""

    def __init__(self, peer):
        super().__init__(daemon=True)
        self.peer, self.arrivals = peer, {}
        self.start()

    def run(self):
        try:
            while True:
                text = self.peer.text()
                if text.startswith('42["message:new"'):
                    place = text.index('"whatsappMessageId":"') + 21
                    self.arrivals[text[place:text.index('"', place)]] = time.monotonic()
        except (ConnectionError, OSError):
            pass


def deliver(hub, count, sent):
    """Delivers large messages one by one, each noted with its time."""
    for _ in range(count):
        message = meta.text(TEXT)
        sent[message["id"]] = time.monotonic()
        hub.deliver(message)


def wait_for(readers, ids):
    deadline = time.monotonic() + TIMEOUT
    while not all(id in reader.arrivals for reader in readers for id in ids):
        assert time.monotonic() < deadline, "a good client did not get everything"
        time.sleep(0.01)  # the readers note arrivals in threads of their own


def slow_closes(hub):
    return hub.metric("hub_realtime_drops_total", reason="slow")


@pytest.fixture
def crowd(hub):
    peers = [Peer(hub, hub.token(user=f"u{number}")) for number in range(CLIENTS - CLIENTS // 10)]
    yield [Reader(peer) for peer in peers]
    for peer in peers:
        peer.close()


def test_case15_clients_that_do_not_read(hub, crowd):
    usage, slow_count = Usage(hub.process.pid), CLIENTS // 10
    calm, storm = {}, {}
    deliver(hub, 60, calm)
    wait_for(crowd, calm)
    before, base = slow_closes(hub), usage.reset().memory
    slow = [Peer(hub, hub.token(user=f"slow{number}"), window=4096) for number in range(slow_count)]
    began = time.monotonic()
    while slow_closes(hub) < before + slow_count:
        deliver(hub, 20, storm)
        assert time.monotonic() - began < 60, "nobody was closed as slow"
    wait_for(crowd, storm)
    # What a slow client may have waiting, and as much again for what the journal and the sinks hold meanwhile.
    assert usage.growth() < slow_count * HARD + (16 << 20), f"{usage.growth() >> 20} MiB for {slow_count} slow clients, on {base >> 20}"
    assert slow_closes(hub) == before + slow_count
    usual = quantile([reader.arrivals[id] - calm[id] for reader in crowd for id in calm], 0.99)
    loaded = quantile([reader.arrivals[id] - storm[id] for reader in crowd for id in storm], 0.99)
    print(f"p99 {usual * 1000:.1f} ms without slow clients, {loaded * 1000:.1f} ms with")
    assert loaded <= usual * 1.1 + 0.02
    for peer in slow:
        peer.close()


def test_case15_a_client_at_1_kB_per_second(hub, crowd):
    """Over the soft limit for ten seconds, well under the hard one."""
    before, sent = slow_closes(hub), {}
    with Peer(hub, hub.token(user="slow"), window=4096) as slow:
        deliver(hub, 70, sent)  # the kernel takes a quarter of a MiB, as much again waits here
        began = time.monotonic()
        while slow_closes(hub) == before and time.monotonic() - began < 30:
            slow.socket.recv(1000)
            time.sleep(1)
        took = time.monotonic() - began
    wait_for(crowd, sent)
    assert slow_closes(hub) == before + 1
    assert took < 15, f"closed after {took:.1f} s"


def test_case15_a_client_that_catches_up_stays(hub, crowd):
    before, sent = slow_closes(hub), {}
    with Peer(hub, hub.token(user="late"), window=4096) as late:
        deliver(hub, 40, sent)
        assert late.call('421["ping"]') == [{"ok": True}]
    wait_for(crowd, sent)
    assert slow_closes(hub) == before


def test_case15_a_polling_client_that_does_not_fetch(hub, crowd):
    before, sent = slow_closes(hub), {}
    slow = Polling(hub)
    slow.join(hub.token(user="poller"))
    began = time.monotonic()
    while slow_closes(hub) == before and time.monotonic() - began < 30:
        deliver(hub, 20, sent)
    wait_for(crowd, sent)
    assert slow_closes(hub) == before + 1
