"""Case 15: clients that read slowly or not at all are closed as slow within bounded memory; the others notice nothing."""

import os
import pathlib
import threading
import time
from statistics import median, quantiles

import pytest

from harness import TIMEOUT, meta
from harness.peer import Peer
from harness.polling import Polling
from harness.process import Usage

CLIENTS = int(os.environ.get("HUB_CASE15", "60"))  # every tenth is slow
TEXT = "x" * 4000
HARD = 1 << 20
# The most that the kernel takes for a client that reads nothing, on both sides: what it holds is not the hub's.
KERNEL = int(pathlib.Path("/proc/sys/net/ipv4/tcp_wmem").read_text().split()[2]) + (64 << 10)


def p99s(rounds, readers):
    """The 99th percentile of each round, in seconds."""
    return [quantiles([reader.arrivals[id] - sent[id] for reader in readers for id in sent], n=100)[98] for sent in rounds]


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


def deliver_to(readers, hub, count):
    """Delivers large messages one by one and waits until these clients have them: good ones, never behind by a client's limit.
    When each was sent, by its id."""
    sent = {}
    for _ in range(count):
        message = meta.text(TEXT)
        sent[message["id"]] = time.monotonic()
        hub.deliver(message)
    deadline = time.monotonic() + TIMEOUT
    while not all(id in reader.arrivals for reader in readers for id in sent):
        assert time.monotonic() < deadline, "a good client did not get everything"
        time.sleep(0.01)  # the readers note arrivals in threads of their own
    return sent


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
    calm = [deliver_to(crowd, hub, 20) for _ in range(5)]
    before = slow_closes(hub)
    slow = [Peer(hub, hub.token(user=f"slow{number}"), window=4096) for number in range(slow_count)]
    usage.reset()
    storm, full = [], None
    while slow_closes(hub) < before + slow_count:
        storm.append(deliver_to(crowd, hub, 20))
        # From here on each of them is over its limit for certain.
        if full is None and len(storm) * 20 * len(TEXT) > KERNEL + HARD:
            full = time.monotonic()
        assert full is None or time.monotonic() - full < 10, f"{slow_closes(hub) - before} of {slow_count} were closed as slow"
    grown = usage.growth()
    # The same once more without slow clients: what the journal and the sinks hold for as many messages.
    usage.reset()
    calm += [deliver_to(crowd, hub, 20) for _ in storm]
    base = usage.growth()
    each = (grown - base) / slow_count
    print(f"{each / 1024:.0f} KiB for each of {slow_count} slow clients; {grown >> 10} KiB with them, {base >> 10} without")
    assert each <= HARD, f"{each / 1024:.0f} KiB for each slow client"
    assert slow_closes(hub) == before + slow_count
    usual, loaded = p99s(calm, crowd), median(p99s(storm, crowd))
    print(f"p99 {median(usual) * 1000:.1f} ms without slow clients, at worst {max(usual) * 1000:.1f} ms; {loaded * 1000:.1f} ms with")
    # A usual round with them is no worse than the worst without, before and after: something else may have had the machine during any of them.
    assert loaded <= max(usual) * 1.1
    for peer in slow:
        peer.close()


def test_case15_a_client_at_1_kB_per_second(hub, crowd):
    """Over the soft limit for ten seconds, well under the hard one."""
    before = slow_closes(hub)
    with Peer(hub, hub.token(user="slow"), window=4096) as slow:
        for _ in range(7):  # the kernel takes a quarter of a MiB, as much again waits here
            deliver_to(crowd, hub, 10)
        began = time.monotonic()
        while slow_closes(hub) == before and time.monotonic() - began < 30:
            slow.socket.recv(1000)
            time.sleep(1)
        took = time.monotonic() - began
    assert slow_closes(hub) == before + 1
    assert took < 15, f"closed after {took:.1f} s"


def test_case15_a_client_that_catches_up_stays(hub, crowd):
    before = slow_closes(hub)
    with Peer(hub, hub.token(user="late"), window=4096) as late:
        deliver_to(crowd, hub, 40)
        assert late.call('421["ping"]') == [{"ok": True}]
    assert slow_closes(hub) == before


def test_case15_a_polling_client_that_does_not_fetch(hub, crowd):
    before = slow_closes(hub)
    slow = Polling(hub)
    slow.join(hub.token(user="poller"))
    began = time.monotonic()
    while slow_closes(hub) == before and time.monotonic() - began < 30:
        deliver_to(crowd, hub, 20)
    assert slow_closes(hub) == before + 1
