"""Fault case 18: a sink that fails for minutes lags by itself. Ingest, the other sinks and their clients don't notice; later it gets everything."""

import collections
import itertools
import json
import os
import time

from harness import TIMEOUT, meta, until
from harness.frontend import Frontend
from harness.rounds import by_turns, p99
from harness.witness import Witness

SECONDS = float(os.environ.get("HUB_CASE18", "10"))
ROUNDS = max(12, int(SECONDS // 3))
FEW = 12  # rounds in calm, and of another turn
RETRY = 30  # seconds, the longest wait between two attempts
PHONES = [meta.new_phone() for _ in range(8)]
OTHER = "frontend"


def behind(hub, sink):
    """How far a sink is behind, as the metrics have it."""
    reached = hub.metric("hub_sink_sequence", sink=sink)
    return hub.metric("hub_journal_sequence") - reached


def status(hub):
    """How far each sink is behind, as `hub status` has it."""
    answer = hub.command("status", "--json")
    assert answer.returncode == 0, answer.stderr
    return {sink["id"]: sink["lag"] for sink in json.loads(answer.stdout)["sinks"]}


def ingest(hub, client, seconds):
    """Messages of everybody, one after the other, until so long. How long each took until it was stored, and the last of each turn until the
    client had it."""
    stored, seen, end = [], [], time.monotonic() + seconds
    while time.monotonic() < end:
        for phone in PHONES:
            begin = time.monotonic()
            (message,) = hub.deliver(meta.text(sender=phone))
            stored.append(time.monotonic() - begin)
        client.wait_message(message["id"])
        seen.append(time.monotonic() - begin)
    return stored, seen


def test_case18_a_sink_that_fails_is_nobody_else_s_trouble(hubs):
    hub = hubs()
    witness = Witness(hub)
    hub.start()

    def measure():
        with Frontend(hub.url, hub.token()) as client:  # a new one each time, which has only what is new
            return sum(map(p99, ingest(hub, client, SECONDS / ROUNDS)))

    def calm():
        return [measure() for _ in range(FEW // 2)]

    def failing(rounds):
        until(lambda: behind(hub, "witness") == 0, "witness that has everything")
        before, retries = hub.metric("hub_journal_sequence"), hub.metric("hub_sink_retries_total", sink="witness")
        witness.refuse()
        figures = []
        for number in range(rounds):
            figures.append(measure())
            head = hub.metric("hub_journal_sequence")
            assert head > before, "nothing is stored"
            # The other one took what was stored so far, this one nothing of it.
            until(lambda: hub.metric("hub_sink_sequence", sink=OTHER) >= head, f"the sink beside it in round {number}")
            assert hub.metric("hub_sink_sequence", sink="witness") == before
            lags = status(hub)
            assert lags["witness"] >= head - before and lags[OTHER] == 0, lags
        assert behind(hub, "witness") == hub.metric("hub_journal_sequence") - before > 0
        assert hub.metric("hub_sink_retries_total", sink="witness") > retries and hub.metric("hub_sink_retries_total", sink=OTHER) == 0
        witness.refuse(False)
        deadline = time.monotonic() + RETRY + TIMEOUT
        while behind(hub, "witness"):
            assert time.monotonic() < deadline, f"still {behind(hub, 'witness'):g} events behind"
            time.sleep(0.05)
        return figures

    measure()  # the first of everything takes longer
    turns = itertools.chain([ROUNDS], itertools.repeat(FEW))
    rounds = by_turns(lambda: failing(next(turns)), calm, before=calm())
    until(lambda: behind(hub, "witness") == 0, "witness that has everything")
    assert hub.stop() == 0

    (taken,) = witness.lives()
    sequences = [row[0] for row in hub.journal("SELECT sequence FROM events ORDER BY sequence")]
    assert sorted(sequence for sequence, _ in taken) == sequences, "lost, or given twice"
    order = collections.defaultdict(list)
    for sequence, conversation in taken:
        order[conversation].append(sequence)
    assert len(order) >= len(PHONES)
    for conversation, its in order.items():
        assert its == sorted(its), f"{conversation} is out of order"
    print(f"{len(sequences)} events; while it failed for {SECONDS:g} s, the p99 from a webhook to its answer and that to the client together: {rounds}")
