"""Customers who write, agents who answer, and the journal they are compared with, over all lives of a hub."""

import collections
import threading
import time

import requests

from . import TIMEOUT
from .live import View

PICTURE = bytes(range(256))
PATIENCE = 1.5  # seconds after which somebody looks why a message isn't there


class Worker(threading.Thread):
    """A thread whose failure is the test's."""

    def __init__(self):
        super().__init__(daemon=True)
        self.error = None

    def run(self):
        try:
            self.work()
        except BaseException as error:
            self.error = error

    def finish(self, timeout):
        self.join(timeout)
        if self.error:
            raise self.error
        assert not self.is_alive(), f"{self.name} is still at it after {timeout:g} s"


class Pace:
    """How much of the traffic may have happened, from 0 to 1: so that there is some before, during and after everything that goes wrong."""

    def __init__(self):
        self.released, self.done, self.total = 0.0, 0, 0
        self.changed = threading.Condition()

    def release(self, part):
        with self.changed:
            self.released = part
            self.changed.notify_all()

    def wait(self, part):
        """Until so much may happen."""
        with self.changed:
            self.changed.wait_for(lambda: part <= self.released)

    def count(self):
        with self.changed:
            self.done += 1
            self.changed.notify_all()

    def reached(self, part, timeout):
        with self.changed:
            return self.changed.wait_for(lambda: self.done >= part * self.total, timeout)


class Journal(Worker):
    """Reads on from its cursor. `conversations` are the hub's ids by channel and key."""

    def __init__(self, hub):
        super().__init__()
        self.hub, self.cursor, self.events = hub, "0", []
        self.view, self.arrived, self.changed, self.ending = View(), {}, threading.Condition(), threading.Event()
        self.liked = collections.Counter()  # reactions, by the provider's id of their target

    def work(self):
        while not self.ending.is_set():
            try:
                if not self.read():
                    self.ending.wait(0.03)
            except (requests.RequestException, AssertionError):
                self.hub.up.wait(1)

    def read(self):
        events, self.cursor = self.hub.sync(self.cursor, user="journal")
        with self.changed:
            for event in events:
                self.view.event(event)
                if event["kind"] == "message.created" and event["message"]["direction"] == "inbound":
                    self.arrived.setdefault(event["message"]["providerMessageId"], event["conversation"]["id"])
                elif event["kind"] == "message.reaction":
                    self.liked[event["reaction"]["target"]] += 1
            self.events += events
            self.changed.notify_all()
        return events

    def close(self):
        self.ending.set()
        self.finish(TIMEOUT)


class Customers(Worker):
    """They write in bursts of up to four messages; a burst is one call of the provider's. Now and then they like the last of them."""

    def __init__(self, provider, journal, pace, keys, count, chance):
        super().__init__()
        self.provider, self.journal, self.pace, self.keys, self.count, self.chance = provider, journal, pace, keys, count, chance
        self.written = collections.defaultdict(list)  # ids, by conversation
        self.open = []  # (key, messages, when) of bursts that are not in the journal yet
        self.liked = set()  # targets of reactions, by the provider's id

    def __str__(self):
        return f"customers of {self.provider.kind}: {sum(map(len, self.written.values()))} of {self.count}, not there yet {self.open}"

    def work(self):
        number, begun = 0, list(self.keys)
        while number < self.count:
            if begun:
                key = begun.pop()  # everybody writes once, whatever the pace
            elif self.pace.released < number / self.count or not (key := self.free()):
                self.look()
                continue
            size = min(self.chance.randint(1, 4), self.count - number)
            burst = [(f"{self.provider.kind}{number + n}", f"{key} {len(self.written[key]) + n}") for n in range(size)]
            self.written[key] += [self.provider.id(id) for id, _ in burst]
            number += size
            self.insist(self.provider.write, key, burst)
            self.open.append((key, burst, time.monotonic()))
            self.close_bursts()
            if self.provider.reacts and self.chance.random() < 0.2:
                self.liked.add(self.written[key][-1])
                self.insist(self.provider.react, key, self.written[key][-1])
        while self.open or not self.liked <= set(self.journal.liked):
            self.look()

    def free(self):
        """A conversation in which somebody may write, if there is one."""
        self.close_bursts()
        waiting = collections.Counter(key for key, _, _ in self.open)
        free = [key for key in self.keys if waiting[key] < self.provider.ahead]
        return self.chance.choice(free) if free and len(self.open) < 2 * len(self.keys) else None

    def look(self):
        """Waits for the journal; what should have been there by now is repeated."""
        with self.journal.changed:
            self.journal.changed.wait(0.2)
        self.close_bursts()
        late = [entry for entry in self.open if time.monotonic() - entry[2] > PATIENCE]
        if late and self.journal.hub.up.is_set():
            self.insist(self.provider.repeat, [(key, messages) for key, messages, _ in late])
            now = time.monotonic()
            self.open = [(key, messages, now) for key, messages, _ in self.open]

    def close_bursts(self):
        still = []
        for entry in self.open:
            if all(self.provider.id(id) in self.journal.arrived for id, _ in entry[1]):
                for _ in entry[1]:
                    self.pace.count()
            else:
                still.append(entry)
        self.open = still

    def insist(self, call, *arguments):
        """Until the provider, which may be killed, has taken it."""
        while True:
            try:
                return call(*arguments)
            except requests.RequestException:
                time.sleep(0.05)  # nobody tells when it is back


class Agent(Worker):
    """Sends from a client that asks again, with the same key, until it has an answer. `accepted` are the hub's ids by text."""

    def __init__(self, hub, customers, keys, pace, count, chance):
        super().__init__()
        self.hub, self.customers, self.keys, self.pace, self.count, self.chance = hub, customers, keys, pace, count, chance
        self.provider, self.journal = customers.provider, customers.journal
        self.accepted, self.numbers, self.retries, self.replays, self.file = {}, collections.Counter(), 0, 0, None
        self.http = requests.Session()

    def __str__(self):
        return f"agent of {self.provider.kind}: {len(self.accepted)} of {self.count}"

    def work(self):
        conversations = {key: self.conversation(key) for key in self.keys}
        for number in range(self.count):
            self.pace.wait(number / self.count)
            key = self.chance.choice(self.keys)
            text = f"{self.provider.kind} {key} {self.numbers[key]}"
            self.numbers[key] += 1
            self.accepted[text] = self.send(conversations[key], text, self.form(key, text))
            self.pace.count()

    def conversation(self, key):
        """The hub's id of a conversation, once its customer has written."""
        arrived = lambda: next((self.journal.arrived[id] for id in self.customers.written[key][:1] if id in self.journal.arrived), None)
        with self.journal.changed:
            assert self.journal.changed.wait_for(arrived, TIMEOUT * 3), f"nobody wrote in {key}"
            return arrived()

    def form(self, key, text):
        """What is sent: of five one is an image, one an answer to the customer's first message."""
        form = self.chance.choice(["text", "text", "text", "image", "reply"])
        if form == "image" and self.provider.sends_images:
            self.file = self.file or self.post("media", 201, data=PICTURE, headers={"Content-Type": "image/png"}).json()["id"]
            return {"type": "image", "media": {"upload": self.file, "mimeType": "image/png"}, "caption": text}
        reply = {"replyTo": self.customers.written[key][0]} if form == "reply" else {}
        return {"type": "text", "text": text, **reply}

    def send(self, conversation, text, form):
        answer = self.post("messages", 202, json={"to": conversation, **form}, headers={"Idempotency-Key": text})
        self.replays += "Idempotent-Replayed" in answer.headers
        return answer.json()["message"]["id"]

    def post(self, path, wanted, headers, **body):
        headers = {"Authorization": f"Bearer {self.hub.token(user=f'agent-{self.provider.kind}')}", **headers}
        while True:
            try:
                answer = self.http.post(f"{self.hub.url}/api/v1/{path}", headers=headers, timeout=TIMEOUT, **body)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code == wanted:
                return answer
            assert answer is None or answer.status_code in (429, 503), f"{answer.status_code} {answer.text}"
            self.retries += 1
            self.hub.up.wait(TIMEOUT)
            time.sleep(0.02)
