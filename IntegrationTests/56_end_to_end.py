"""Three channels, their fake providers and two frontends, everything of it cut, ended and killed at random: every message once, in order, and
statuses that only rise. `HUB_E2E_MESSAGES` come in and as many go out, over the three channels together: a third of them each way by each. Of five
messages three are texts, one is an image and one an answer (only Evolution is sent images); reactions come beside them and are not counted.
`HUB_SEED` repeats a plan; what meets what in it is up to the machine. It also says whether Evolution's instances have namespaces of their own."""

import collections
import os
import random
import threading
import time

import pytest

from harness import TIMEOUT
from harness.live import RANKS, Live
from harness.providers import CONVERSATIONS, ChatEngine, Evolution, Meta, outbox
from harness.traffic import Agent, Customers, Journal, Pace

MESSAGES = int(os.environ.get("HUB_E2E_MESSAGES", "600"))  # each way
SEED = os.environ.get("HUB_SEED") or str(time.time_ns() % 1_000_000)
AGENTS = 2  # of each channel


class World:
    """A hub with its providers, and what can happen to them. Each act is a name and whom it meets."""

    def __init__(self, hub, fakes, chance):
        self.hub, self.chance, self.cuts = hub, chance, 0
        self.mode = chance.choice(["instance", "global"])
        self.providers = [Meta(hub, fakes), Evolution(hub, fakes, self.mode), ChatEngine(hub, fakes)]
        for provider in self.providers:
            provider.mixes = True
        hub.config["limits"]["per_user"]["sends"] = hub.config["limits"].setdefault("per_tenant", {})["sends"] = 0

    def acts(self, count):
        """So many, each at least once when there is room."""
        meta, evo, crm = self.providers
        kinds = [(self.kill,), (self.kill,), (self.stop,), (self.cut_frontends,)]
        kinds += [(self.restart, provider) for provider in self.providers]
        kinds += [(self.fail, provider, fault) for provider in self.providers for fault in ("lost", "cut", "busy")]
        kinds += [(self.part, provider, how) for provider in (evo, crm) for how in ("end", "close", "disconnect")]
        plan = []
        while len(plan) < count:
            plan += self.chance.sample(kinds, len(kinds))
        return plan[:count]

    def kill(self):
        self.hub.up.clear()
        self.hub.kill()
        self.come_back()

    def stop(self):
        self.hub.up.clear()
        assert self.hub.stop() == 0, self.hub.tail()
        self.come_back()

    def come_back(self):
        self.cuts += 1
        self.hub.start()
        self.hub.up.set()

    def restart(self, provider):
        self.cuts += 1
        provider.restart()

    def part(self, provider, how):
        """The server ends its connections: the transport without a word, the whole connection by one, or the namespaces only."""
        self.cuts += 1
        provider.fake.sockets(how)

    def fail(self, provider, fault):
        """The next sends: their answers are lost, they are lost themselves, or the provider is busy."""
        what = {"lost": {"connection": "cut", "processed": True}, "cut": {"connection": "cut"}, "busy": {"status": 429, "retryAfter": 1}}[fault]
        provider.fake.fault(method="POST", path=provider.sends, count=self.chance.randint(1, 3), **what)

    def cut_frontends(self):
        for live in self.lives:
            live.cut(abruptly=self.chance.random() < 0.7)


def split(count, parts):
    return [count // parts + (part < count % parts) for part in range(parts)]


@pytest.fixture
def world(hubs, fakes):
    print(f"HUB_SEED={SEED}")
    hub = hubs()
    hub.up = threading.Event()
    world = World(hub, fakes, random.Random(SEED))
    hub.start().up.set()
    world.journal = Journal(hub)
    world.journal.start()
    world.lives = [Live(hub, "ana", transports=["websocket"]), Live(hub, "rui")]
    yield world
    hub.up.set()  # whoever waits for it ends by its failure
    for live in world.lives:
        live.close()
    world.journal.ending.set()


def test_every_message_once_in_order_and_statuses_only_rise(world):
    hub, pace, begin = world.hub, Pace(), time.monotonic()
    pace.total = 2 * MESSAGES
    size = min(CONVERSATIONS, max(4, MESSAGES // 100))
    customers, agents = [], []
    for provider, count in zip(world.providers, split(MESSAGES, 3)):
        keys = [provider.key(number) for number in range(size)]
        chance = random.Random(f"{SEED} {provider.kind}")
        customers.append(Customers(provider, world.journal, pace, keys, count, chance))
        for number, part in enumerate(split(count, AGENTS)):
            agents.append(Agent(hub, customers[-1], keys[number::AGENTS], pace, part, random.Random(f"{SEED} {provider.kind} {number}")))
    for worker in customers + agents:
        worker.start()
    plan = world.acts(max(22, MESSAGES // 100))
    for number, (act, *whom) in enumerate(plan):
        pace.release((number + 1) / (len(plan) + 1))
        moment = (number + world.chance.uniform(0.1, 0.9)) / (len(plan) + 1)
        progress(pace, moment, customers + agents)
        print(f"{pace.done:6} {act.__name__} {' '.join(getattr(part, 'kind', part) for part in whom)}")
        act(*whom)
    pace.release(1)
    for worker in customers + agents:
        worker.finish(TIMEOUT * 6 + MESSAGES / 20)
    unknown = settle(world)

    world.journal.close()
    while world.journal.read():
        pass
    texts = {text: id for agent in agents for text, id in agent.accepted.items()}
    check_inbound(world.journal, customers)
    check_forms(world, customers)
    fates = check_statuses(world.journal, texts)
    for provider in world.providers:
        check_outbound(provider, {text: id for text, id in texts.items() if text.startswith(provider.kind)}, fates, unknown)
    check_copies(world.journal, texts, fates)
    check_crm(world, size)
    check_frontends(world)
    assert len(texts) == MESSAGES and hub.stop() == 0
    print(
        f"{MESSAGES} messages each way over 3 channels in {time.monotonic() - begin:.0f} s: {len(plan)} acts of which {world.cuts} cut something off, "
        f"{sum(agent.retries for agent in agents)} requests sent again and {sum(agent.replays for agent in agents)} replayed, {len(unknown)} of unknown "
        f"fate, {len(world.providers[2].repeated)} bursts pushed again; frontends: {[live.connections for live in world.lives]} connections, "
        f"{[live.packets for live in world.lives]} packets; {len(world.journal.events)} events")


def progress(pace, part, workers):
    """Waits until so much has happened; nothing may stand still."""
    deadline = time.monotonic() + TIMEOUT * 6
    while not pace.reached(part, 0.5):
        for worker in workers:
            if worker.error:
                raise worker.error
        assert time.monotonic() < deadline, f"{pace.done} of {pace.total}, and nothing goes on: {[str(worker) for worker in workers]}"


def settle(world):
    """Until nothing is under way any more; the ids of messages whose fate nobody knows."""
    meta = world.providers[0]
    deadline = time.monotonic() + TIMEOUT * 6 + MESSAGES / 20
    while True:
        assert time.monotonic() < deadline, f"not settled: {outbox(world.hub)[0]}, {len(meta.fake.webhooks('waiting'))} webhooks waiting"
        counts, unknown = outbox(world.hub)
        if set(counts) - {"dead_unknown"}:
            continue
        if meta.fake.webhooks("waiting"):
            meta.fake.advance("20m")
        elif all(len(item["statuses"]) == 3 for item in meta.fake.ask("GET", "sent")["items"]):
            return unknown


def check_inbound(journal, customers):
    stored = collections.defaultdict(list)
    for event in journal.events:
        if event["kind"] == "message.created" and event["message"]["direction"] == "inbound":
            stored[event["conversation"]["id"]].append(event["message"]["providerMessageId"])
    written = {journal.arrived[ids[0]]: ids for customer in customers for ids in customer.written.values()}
    assert set(stored) == set(written) and len(written) == sum(len(customer.keys) for customer in customers), "a conversation is two, or two are one"
    for conversation, ids in written.items():
        got = stored[conversation]
        assert sorted(got) == sorted(ids), f"{conversation}: twice {sorted(set(n for n in got if got.count(n) > 1))}, lost {sorted(set(ids) - set(got))}"
        wrong = [pair for pair in zip(got, got[1:]) if ids.index(pair[0]) > ids.index(pair[1])]
        assert not wrong, f"{conversation} is out of order at {wrong}"


def check_forms(world, customers):
    """Images are images, answers answer what they should, and every reaction is there once."""
    forms = {provider.id(id): form for provider in world.providers for id, form in provider.forms.items()}
    seen = collections.defaultdict(collections.Counter)
    for event in world.journal.events:
        if event["kind"] != "message.created":
            continue
        message = event["message"]
        if message["direction"] == "inbound":
            form = forms[message["providerMessageId"]]
            assert message["type"] == form.get("type", "text"), message
            assert message["replyTo"] == form.get("replyTo"), message
        seen[message["direction"]]["reply" if message["replyTo"] else message["type"]] += 1
    liked = set().union(*(customer.liked for customer in customers))
    assert world.journal.liked == dict.fromkeys(liked, 1)
    assert liked and all(seen[way][form] > 0 for way in ("inbound", "outbound") for form in ("text", "image", "reply")), seen
    print(f"Evolution by {world.mode}; in {dict(seen['inbound'])} and {len(liked)} reactions, out {dict(seen['outbound'])}")


def check_statuses(journal, texts):
    """What was told of each message, in order."""
    fates = collections.defaultdict(list)
    for event in journal.events:
        if event["kind"] == "message.status" and event["status"]["applied"]:
            fates[event["message"]["id"]].append(event["status"]["status"])
    for id, words in fates.items():
        assert set(words) <= set(RANKS), f"{id}: {words}"
        assert [RANKS[word] for word in words] == sorted({RANKS[word] for word in words}), f"{id} does not rise: {words}"
    assert set(texts.values()) <= set(fates), "nothing is told of a message"
    check_early_statuses(journal, fates)
    return fates


def check_early_statuses(journal, fates):
    """A status that came before the message was known by the provider's id counts once it is."""
    known, early = {}, []
    for event in journal.events:
        message = event.get("message")
        if message and message.get("providerMessageId"):
            known[message["providerMessageId"]] = message["id"]
            if event["kind"] == "message.created":
                fates.setdefault(message["id"], []).append(message["status"])
        elif event["kind"] == "message.status" and not message:
            early.append(event["status"])
    for status in early:
        if (id := known.get(status["target"])) is not None:
            assert RANKS[status["status"]] <= max(RANKS[word] for word in fates[id]), f"{status} of {id} is lost: {fates[id]}"


def check_outbound(provider, texts, fates, unknown):
    seen = provider.seen()
    taken = [text for _, text in seen]
    again = [text for text, count in collections.Counter(taken).items() if count > 1]
    assert not again, f"{provider.kind} was sent twice: {again}"
    assert set(taken) <= set(texts), "something was sent that nobody asked for"
    for text in set(texts) - set(taken):
        assert fates[texts[text]] == ["unknown"] and texts[text] in unknown, f"{text} is lost, and told to be {fates[texts[text]]}"
    for text in taken:
        assert fates[texts[text]][-1] in ("sent", "delivered", "read", "unknown"), f"{text}: {fates[texts[text]]}"
        if provider.kind == "graph":  # whose statuses name our message, and come until they are taken
            assert fates[texts[text]][-1] == "read", f"{text}: {fates[texts[text]]}"
    order = collections.defaultdict(list)
    for key, text in seen:
        assert text.split(" ")[1] == key, f"{text} went to {key}"
        order[key].append(int(text.split(" ")[2]))
    for key, numbers in order.items():
        assert numbers == sorted(numbers), f"{key} got {numbers}"


def check_copies(journal, texts, fates):
    """What was sent is one message; where the answer was lost, the provider's echo may be another one."""
    created = collections.Counter()
    for event in journal.events:
        if event["kind"] == "message.created" and event["message"]["direction"] == "outbound":
            id, text = event["message"]["id"], event["message"]["text"] or event["message"]["caption"]
            assert id == texts[text] or "unknown" in fates[texts[text]], f"{text} is {texts[text]} and {id}"
            created[id] += 1
    assert set(created.values()) == {1} and set(texts.values()) <= set(created)


def check_crm(world, conversations):
    """Nothing is lost but what was on its way when something was cut."""
    assert len(world.providers[2].repeated) <= world.cuts * conversations


def check_frontends(world):
    for live in world.lives:
        live.close()
        live.catch_up()
        while live.cursor != world.journal.cursor:  # the last statuses may come after everything is settled
            world.journal.read()
            live.catch_up()
        assert not live.wrong, live.wrong[:5]
        assert live.packets > 0 and live.connections > 1
        assert live.view.conversations == world.journal.view.conversations, f"{live.user} sees another order than the journal's"
        for id in live.view.statuses.items() ^ world.journal.view.statuses.items():
            told = [event for event in world.journal.events if (event.get("message") or {}).get("id") == id[0]]
            raise AssertionError(f"{live.user} and the journal differ about {id}: {told}")
