"""Fault case 17: Evolution's socket is cut again and again, a message in every gap. What was missed is filled, or told to be missing."""

import datetime
import os
import random
import time

import pytest

from harness import evolution, until
from harness.evolution import ACME, GLOBEX, KEY
from harness.evolution_server import EvolutionServer

CUTS = int(os.environ.get("HUB_CASE17", "6"))
SEED = os.environ.get("HUB_SEED") or str(time.time_ns() % 1_000_000)
LATE = 0.5  # what a busy machine may add to a wait


class Flapping:
    """A server that is cut off, and what the hub does about it."""

    def __init__(self, hub, **config):
        self.server = EvolutionServer((ACME, GLOBEX), key=KEY).start()
        self.hub, self.chance, self.ids, self.gaps, self.waits = hub, random.Random(SEED), [], {}, []
        evolution.enable(hub)
        evolution.connect(hub, self.server, "instance", **config)
        hub.start()
        self.await_join(1)

    def joins(self):
        return sum(namespace == f"/{ACME}" for namespace, _, _ in self.server.asked)

    def await_join(self, count):
        until(lambda: self.joins() >= count and self.server.open > 0, "join")

    def say(self, text):
        self.ids.append(self.server.say(ACME, text))
        return self.ids[-1]

    def cut(self, refusals):
        """Ends the connection. The next attempts find a server that refuses; each comes when the schedule says."""
        joins, moments = self.joins(), len(self.server.attempts)
        self.server.refusals = refusals
        moment = time.monotonic()
        self.server.cut()
        assert self.server.open == 0
        self.gaps[self.say("na falha")] = time.time()
        self.await_join(joins + 1)
        moments = [moment, *self.server.attempts[moments:]]
        assert len(moments) == refusals + 2, f"{len(moments) - 1} attempts and {refusals} refusals"
        self.waits.append([after - before for before, after in zip(moments, moments[1:])])

    def run(self):
        """Every fifth time the server refuses for a while; every second time it is cut before what was missed can have been asked for."""
        print(f"HUB_SEED={SEED}")
        for number in range(CUTS):
            self.cut(refusals=self.chance.randint(1, 2) if number % 5 == 1 else 0)
            if self.chance.random() < 0.5:
                id = self.say("ao vivo")
                until(lambda: id in self.hub.journaled(), "message of the connection")
        id = self.say("fim")
        until(lambda: id in self.hub.journaled(), "last message")

    def check_schedule(self):
        """One second, doubled with each failure, a fifth more or less; from the beginning after every connection that was one."""
        for waits in self.waits:
            for number, wait in enumerate(waits):
                assert 0.8 * 2**number <= wait <= 1.2 * 2**number + LATE, f"waits of {[round(wait, 2) for wait in waits]} s"
        first = [waits[0] for waits in self.waits]
        print(f"{CUTS} cuts, {sum(map(len, self.waits))} attempts, the first of each after {min(first):.2f} to {max(first):.2f} s")
        assert self.server.most == 1, "never two connections at once"

    def states(self):
        return [e["state"] for e in self.hub.sync()[0] if e["kind"] == "channel.state" and e["account"] == ACME]


@pytest.fixture
def flapping(hubs):
    made = []

    def make(**config):
        made.append(Flapping(hubs(), **config))
        return made[-1]

    yield make
    for one in made:
        one.server.close()


def test_case17_every_gap_is_filled(flapping):
    one = flapping()
    one.run()
    until(lambda: len(one.hub.journaled()) >= len(one.ids), "what was missed")
    one.check_schedule()
    assert one.hub.journaled() == one.ids, "each once, and in order"
    assert one.hub.metric("hub_plugin_evolution_gaps_total", adapter="evo", outcome="given_up") == 0
    assert not [state for state in one.states() if state["state"] == "gap"]
    assert one.hub.metric("hub_upstream_ends_total", adapter="evo") == sum(len(waits) for waits in one.waits)


def test_case17_a_gap_that_can_t_be_filled_is_marked(flapping):
    one = flapping(catch_up="0s")
    one.run()
    one.check_schedule()
    assert one.hub.journaled() == [id for id in one.ids if id not in one.gaps]
    moment = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    marked = [(moment(state["from"]), moment(state["to"])) for state in one.states() if state["state"] == "gap"]
    for id, said in one.gaps.items():
        assert any(begin <= said <= end for begin, end in marked), f"nothing is told of {id}, said at {said}: {marked}"
