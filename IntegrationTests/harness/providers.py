"""The three channels of one hub against hub-fakes, each with its customers' conversations, under one interface."""

import json
import re

import requests

from . import chatengine, evolution, meta
from .chatengine import NORTE
from .hub import free_port

CONVERSATIONS = 100  # at most, of a channel


class Provider:
    """A fake that may be killed: what it knows is in a file, as the provider's databases are. `key` names a conversation."""

    mixes = False  # whether customers send images and answers, too
    reacts = True  # whether it knows reactions
    sends_images = False

    def __init__(self, hub, fakes, *arguments):
        self.hub, self.forms, self.last = hub, {}, {}
        self.fake = fakes(
            self.kind, "--keep", hub.folder / f"{self.kind}.keep", "--status-delay", "20ms", *arguments, listen=f"127.0.0.1:{free_port()}")

    def write(self, key, messages, **parameters):
        """Customers write; `messages` are ids with texts."""
        self.fake.write([{**self.message(key, id, text), **self.form(key, id)} for id, text in messages], parameters=parameters)

    def form(self, key, id):
        """What a message is beside its text, the same whenever it is written: of five one is an image, one an answer to what came before it."""
        if id not in self.forms:
            number, before = int(re.sub(r"\D", "", id)) % 5, self.last.get(key)
            form = {"type": "image"} if number == 3 else {"replyTo": before} if number == 4 and before else {}
            self.forms[id], self.last[key] = form if self.mixes else {}, self.id(id)
        return self.forms[id]

    def react(self, key, target):
        """A customer likes a message, by the provider's id."""
        self.fake.write([{"from": key, "type": "reaction", "target": target, "text": "👍"}])

    def repeat(self, bursts):
        """What a provider does about messages that the hub may not have got: `bursts` are arguments of `write`."""

    def restart(self):
        self.fake.restart()

    def is_heard(self, key):
        """Whether what is written there now reaches a hub that is connected."""
        return True

    def seen(self):
        """What was sent through it, in order: conversation and text."""
        items = self.fake.ask("GET", "sent")["items"]
        return [(self.key_of(item["to"]), self.text_of(item["body"])) for item in items if item["kind"] == "message"]


class Meta(Provider):
    """Delivers again what isn't taken, for days."""

    channel, kind, sends = "meta-main", "graph", "/messages"
    ahead = 1  # how many bursts of a conversation may be on their way: webhooks overtake one another

    def __init__(self, hub, fakes):
        secrets = hub.folder / "data/secrets"
        super().__init__(
            hub, fakes, "--webhook", f"{hub.url}/webhooks/whatsapp", "--app-secret-file", secrets / "app", "--verify-token-file", secrets / "verify",
            "--phone-number-id", meta.ACME, "--throughput", 0, "--pair-burst", 0, "--no-window")
        secret(hub, "graph", "EAAG-anything")
        settings = {"access_token": "secret://file/data/secrets/graph", "graph_url": self.fake.url + "/v23.0"}
        hub.config["channels"]["meta-main"]["config"] |= settings

    def write(self, key, messages):
        super().write(key, messages, copies=1 + len(messages) % 2)  # now and then everything comes twice

    def key(self, number):
        return f"551199123{number:04d}"

    def message(self, key, id, text):
        return {"from": key, "id": f"wamid.{id}", "text": text}

    def id(self, id):
        return f"wamid.{id}"

    def repeat(self, bursts):
        self.fake.advance("20m")  # it is the provider who repeats, when the time has come

    def key_of(self, to):
        return to

    def text_of(self, body):
        return body["text"]["body"]


class Evolution(Provider):
    """Repeats nothing; its database can be asked."""

    channel, kind, sends = "evo", "evolution", "/message/send"
    ahead = 20
    sends_images = True  # which goes along whole; Meta's fake forgets files that were uploaded to it when it is killed

    def __init__(self, hub, fakes, mode="instance"):
        super().__init__(hub, fakes, "--instance", evolution.ACME, *(["--global"] if mode == "global" else []))
        evolution.enable(hub)
        evolution.connect(hub, self.fake, mode, key="fake-evolution-key", pace=0)
        channel = hub.config["channels"]["evo"]
        channel["accounts"] = {evolution.ACME: {"tenant": "acme"}}
        del channel["config"]["webhook_secret"]
        self.wake()

    def wake(self):
        """A server that starts opens its instances, and says so: from then on there is the instance's namespace."""
        self.fake.ask("POST", "connection", {"state": "open"})

    def restart(self):
        super().restart()
        self.wake()

    def key(self, number):
        return f"551199124{number:04d}"

    def message(self, key, id, text):
        return {"from": key, "id": self.id(id), "text": text}

    def id(self, id):
        return f"3A{id}"

    def key_of(self, to):
        return to.split("@")[0]

    def text_of(self, body):
        return body.get("text") or body["caption"]


class ChatEngine(Provider):
    """Repeats nothing and can't be asked: what it pushes while the hub is away is lost, by its contract. Here the one who looks at it has it
    pushed again; the hub has to see that it is the same."""

    channel, kind, sends = "crm", "chatengine", "/messages"
    ahead = 1
    reacts = False

    def __init__(self, hub, fakes):
        super().__init__(hub, fakes, "--workspace", f"{NORTE}={chatengine.token(NORTE)}")
        self.repeated = set()  # bursts that had to be
        keys = [self.key(number) for number in range(CONVERSATIONS)]
        chatengine.enable(hub, self.fake, subscribe="list", accounts=[(NORTE, "acme")], conversations=keys)
        hub.config["channels"]["crm"]["config"]["send"] = {
            "url": self.fake.url + "/api/conversations/{{conversationId}}/messages", "headers": {"Authorization": "Bearer {{token}}"},
            "body": {"type": "{{type}}", "content": "{{content}}", "replyToMessageId": "{{replyToMessageId}}"}, "id": "id"}

    def is_heard(self, key):
        return any(key in client["conversations"] for client in self.fake.ask("GET", "subscriptions")["items"])

    def key(self, number):
        return f"conv_{number}"

    def message(self, key, id, text):
        return {"conversation": key, "id": self.id(id), "text": text}

    def id(self, id):
        return f"msg_in_{id}"

    def repeat(self, bursts):
        for key, messages in bursts:
            self.repeated.add(messages[0][0])
            self.write(key, messages)

    def key_of(self, to):
        return to

    def text_of(self, body):
        return body["content"]


def secret(hub, name, text):
    file = hub.folder / "data/secrets" / name
    file.write_text(text)
    file.chmod(0o600)


def outbox(hub):
    """How many messages are in which state, and the ids of those whose fate nobody knows."""
    told = hub.command("outbox", "list", "--dead", "--json", "--limit", "100000")
    if told.returncode != 0:
        raise requests.ConnectionError(told.stderr)
    answer = json.loads(told.stdout)
    return answer["counts"], {item["id"] for item in answer["items"]}
