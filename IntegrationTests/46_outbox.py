"""The outbox: what was accepted is sent once, in order, over failures, restarts and SIGKILL; what nobody knows is never repeated by itself."""

import collections
import json
import os
import random
import threading
import time

import pytest
import requests

from harness import TIMEOUT, courier, until
from harness.courier import Provider
from harness.frontend import Frontend

KILLS = int(os.environ.get("HUB_OUTBOX_KILLS", "6"))


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


def post(hub, to, text, key=None, token=None, **members):
    headers = {"Authorization": f"Bearer {token or hub.token()}", **({"Idempotency-Key": key} if key else {})}
    body = {"channel": "courier", "to": to, "type": "text", "text": text, **members}
    return requests.post(f"{hub.url}/api/v1/messages", json=body, headers=headers, timeout=TIMEOUT)


def accept(hub, to, text, **options):
    answer = post(hub, to, text, **options)
    assert answer.status_code == 202, answer.text
    return answer.json()["message"]["id"]


def statuses(hub, message):
    """The statuses of a message as they were told, in order."""
    told = [json.loads(row[0]) for row in hub.journal("SELECT body FROM events WHERE kind = 'message.status' ORDER BY sequence")]
    return [event["status"]["status"] for event in told if event["status"]["applied"] and event["message"]["id"] == message]


def await_status(hub, message, wanted):
    deadline = time.monotonic() + TIMEOUT
    while statuses(hub, message)[-1:] != [wanted]:
        assert time.monotonic() < deadline, f"{message}: {statuses(hub, message)}, never {wanted}"
        time.sleep(0.02)  # the file of another process tells nobody when it changes


def outbox(hub, *arguments):
    answer = hub.command("outbox", "list", "--json", *arguments)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_a_message_is_pending_then_sent_then_what_the_provider_says(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    answer = post(hub, "+55 11 99123-0001", "oi").json()
    message = answer["message"]
    assert message["status"] == "pending" and message["providerMessageId"] is None and message["direction"] == "outbound"
    attempt = provider.next()
    assert (attempt.kind, attempt.account, attempt.conversation, attempt.number) == ("send", "desk", "5511991230001", 1)
    assert attempt.reference == message["id"] and attempt.text == "oi" and attempt.body["to"]["phone"] == "5511991230001"
    id = attempt.answer()
    await_status(hub, message["id"], "sent")
    for word in ["read", "delivered"]:
        assert courier.emit(hub, "message.status", f"{id}:{word}", {"status": {"target": id, "status": word}}).status_code == 200
    assert statuses(hub, message["id"]) == ["sent", "read"], "ranks only rise"
    assert outbox(hub)["items"] == []
    assert hub.metric("hub_outbox_accepted_total", channel="courier") == 1
    assert hub.metric("hub_outbox_attempts_total", channel="courier", outcome="accepted") == 1


def test_case16_kill_in_the_middle_of_a_send_ends_unknown_and_nothing_is_repeated(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    first, second = accept(hub, "5511991230001", "one"), accept(hub, "5511991230001", "two")
    provider.next()  # under way; the provider may or may not have it
    hub.kill()
    hub.start()
    went_on = provider.next()
    assert went_on.text == "two", "what had not begun goes on"
    went_on.answer()
    await_status(hub, second, "sent")
    await_status(hub, first, "unknown")
    items = outbox(hub, "--dead")["items"]
    assert [(item["id"], item["state"], item["code"]) for item in items] == [(first, "dead_unknown", "interrupted")]
    assert [attempt.text for attempt in provider.seen] == ["one", "two"]
    # Only who asks for it gets it again.
    assert hub.command("outbox", "retry", first).returncode == 0
    again = provider.next()
    assert again.text == "one" and again.number == 2 and again.reference == first
    again.answer()
    await_status(hub, first, "sent")
    assert outbox(hub, "--dead")["items"] == []


def test_a_lost_answer_ends_unknown_and_a_later_status_with_our_id_tells_the_fate(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    message = accept(hub, "5511991230001", "oi")
    provider.next().break_off()
    await_status(hub, message, "unknown")
    assert len(outbox(hub, "--dead")["items"]) == 1
    body = {"status": {"target": "prov.1", "status": "delivered", "reference": message}}
    assert courier.emit(hub, "message.status", "prov.1:delivered", body).json()["stored"] == 1
    assert statuses(hub, message) == ["unknown", "delivered"]
    assert outbox(hub, "--dead")["items"] == [], "there is nothing to repeat any more"
    refused = hub.command("outbox", "retry", message)
    assert refused.returncode == 1 and message in refused.stderr


def test_an_echo_before_the_answer_waits_for_it_and_makes_one_message(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    message = accept(hub, "5511991230001", "oi")
    attempt = provider.next()
    echo = {"contact": {"phone": "5511991230001"}, "message": {"providerMessageId": "prov.1", "direction": "outbound", "type": "text", "text": "oi", "origin": "api"}}
    answers = []
    early = threading.Thread(target=lambda: answers.append(courier.emit(hub, "message.created", "prov.1", echo, "5511991230001").json()))
    early.start()
    while hub.metric("hub_journal_echoes_held_total") == 0:
        time.sleep(0.01)  # until it waits
    assert answers == []
    attempt.answer(providerMessageId="prov.1")
    early.join(TIMEOUT)
    assert answers[0]["duplicate"] == 1 and hub.journaled() == [message]
    await_status(hub, message, "sent")


def test_failures_are_tried_again_with_growing_waits_and_hold_up_only_their_conversation(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    first, second = accept(hub, "5511991230001", "a1"), accept(hub, "5511991230001", "a2")
    begin = time.monotonic()
    provider.next().answer("retry", code="500", text="try later")
    other = accept(hub, "5511991230002", "b1")
    provider.next().answer()  # b1: another conversation
    await_status(hub, other, "sent")
    again = provider.next()
    assert (again.text, again.number) == ("a1", 2) and time.monotonic() - begin >= 0.45, "one second, less half of it by chance"
    waiting = time.monotonic()
    again.answer("retry", retryAfterMs=1500)
    third = provider.next()
    assert time.monotonic() - waiting >= 1.5 and third.number == 3
    third.answer()
    assert provider.next().text == "a2"
    assert [a.text for a in provider.seen] == ["a1", "b1", "a1", "a1", "a2"]
    assert statuses(hub, first) == ["sent"] and statuses(hub, second) == []


def test_an_account_that_is_down_is_left_alone_until_it_is_said_to_be_up(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    messages = [accept(hub, f"551199123000{n}", f"m{n}") for n in range(3)]
    for _ in range(3):
        provider.next().answer("down", code="190", text="token expired")
    later = accept(hub, "5511991230009", "late")
    deadline = time.monotonic() + TIMEOUT
    while outbox(hub)["counts"] != {"queued": 1, "waiting": 3}:
        assert time.monotonic() < deadline, outbox(hub)["counts"]
    assert provider.attempts.empty(), "nothing is tried"
    assert requests.get(f"{hub.admin}/readyz", timeout=TIMEOUT).status_code == 200, "the hub is not disturbed"
    courier.health(hub, 3)
    courier.health(hub, 1)
    got = []
    for _ in range(4):
        attempt = provider.next()
        got.append(attempt.reference)
        attempt.answer()
    assert set(got) == {*messages, later}
    for message in got:
        await_status(hub, message, "sent")


def test_a_rejected_message_is_a_dead_letter_that_can_be_sent_again_or_dropped(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    first, second = accept(hub, "5511991230001", "one"), accept(hub, "5511991230002", "two")
    for _ in range(2):
        provider.next().answer("rejected", code="131047", text="the window is closed")
    await_status(hub, first, "failed")
    await_status(hub, second, "failed")
    items = outbox(hub, "--dead", "--channel", "courier")["items"]
    assert {(item["id"], item["code"], item["text"]) for item in items} == {(id, "131047", "the window is closed") for id in (first, second)}
    assert hub.command("outbox", "drop", second).stdout.split() == [second]
    done = hub.command("outbox", "retry", "--dead")
    assert done.stdout.split() == [first] and done.returncode == 0
    provider.next().answer()
    await_status(hub, first, "sent")
    assert statuses(hub, first) == ["failed", "pending", "sent"] and statuses(hub, second) == ["failed"]
    assert hub.metric("hub_drops_total", stage="outbox", reason="operator") == 1
    text = hub.command("outbox", "list")
    assert text.stdout == "" and "empty" in text.stderr
    assert hub.command("outbox", "retry").returncode == 2 and hub.command("outbox", "drop", "--channel", "x", "msg_1").returncode == 2


def test_all_that_does_not_go_on_by_itself_is_sent_again_or_dropped_at_once(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    sent = [accept(hub, f"551199123000{n}", f"m{n}") for n in range(4)]
    by_text = {f"m{n}": message for n, message in enumerate(sent)}
    outcomes = {"m0": {"outcome": "rejected", "code": "131047"}, "m1": {"outcome": "retry", "retryAfterMs": 600_000}, "m2": {"outcome": "unknown", "code": "x"}}
    under_way = None
    for _ in range(4):
        attempt = provider.next()
        if attempt.text == "m3":
            under_way = attempt
        else:
            attempt.answer(**outcomes[attempt.text])
    behind = accept(hub, "5511991230003", "behind m3")
    everywhere = {"dead_rejected": 1, "dead_unknown": 1, "waiting": 1, "in_flight": 1, "queued": 1}
    until(lambda: outbox(hub)["counts"] == everywhere, "message in each state")
    assert hub.command("outbox", "retry", "--all", "--channel", "meta-main").stdout == ""
    again = hub.command("outbox", "retry", "--all", "--channel", "courier")
    assert again.returncode == 0 and sorted(again.stdout.split()) == sorted(sent[:3]), again.stderr
    for _ in range(3):
        attempt = provider.next()
        assert attempt.number == 2
        attempt.answer(**outcomes[attempt.text])
    assert hub.metric("hub_outbox_retried_total", channel="courier") == 3
    until(lambda: outbox(hub)["counts"] == everywhere, "message in each state again")
    for arguments in ([], ["--all"], ["--all", "--dead"], ["--all", sent[0]], ["--yes", sent[0]]):
        refused = hub.command("outbox", "drop", *arguments)
        assert refused.returncode == 2 and len(outbox(hub)["items"]) == 5, refused.stderr
    dropped = hub.command("outbox", "drop", "--all", "--yes")
    assert dropped.returncode == 0 and sorted(dropped.stdout.split()) == sorted([*sent[:3], behind]), "what is under way stays"
    under_way.answer()
    await_status(hub, by_text["m3"], "sent")
    assert [statuses(hub, message)[-1] for message in (*sent[:3], behind)] == ["failed"] * 4, "whoever sent them is told"
    assert outbox(hub)["items"] == [] and hub.metric("hub_drops_total", stage="outbox", reason="operator") == 4


def test_what_is_given_up_is_told_to_the_frontend(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    with Frontend(hub.url, token=hub.token()) as client:
        lost, waiting = accept(hub, "5511991230001", "lost"), accept(hub, "5511991230002", "waiting")
        for _ in range(2):
            attempt = provider.next()
            attempt.answer("unknown" if attempt.text == "lost" else "retry", retryAfterMs=600_000)
        await_status(hub, lost, "unknown")
        until(lambda: outbox(hub)["counts"] == {"dead_unknown": 1, "waiting": 1}, "message that waits")
        for message in (lost, waiting):
            assert hub.command("outbox", "drop", message).returncode == 0
            client.wait("message:status-update", lambda p, message=message: (p["messageId"], p["status"]) == (message, "FAILED"))
            changes = [p["updates"]["messageStatus"] for p in client.all("conversation:updated") if "messageStatus" in p.get("updates", {})]
            assert {"messageId": lost, "status": "PENDING"} in changes, "the dialect has no word for unknown"
            told = client.wait(
                "conversation:updated", lambda p, message=message: p.get("updates", {}).get("messageStatus", {}).get("messageId") == message
                and p["updates"]["messageStatus"]["status"] == "FAILED")
            assert told["updates"]["messageStatus"]["errors"][0]["code"] == "dropped"


def test_the_command_behind_it_refuses_what_it_does_not_know(hubs):
    hub = hubs()
    hub.config["admin"]["token"] = "secret://file/data/secrets/admin"
    (hub.folder / "data/secrets/admin").write_text("admin-token-0123456789abcdef0123456789")
    (hub.folder / "data/secrets/admin").chmod(0o600)
    hub.start()
    who = {"Authorization": "Bearer admin-token-0123456789abcdef0123456789"}
    for body, member in [
        ({}, None), ({"ids": [], "all": True}, None), ({"all": True, "chanel": "x"}, "chanel"), ({"ids": ["a"], "channel": "x"}, "channel"),
        ({"all": True, "channel": 7}, "channel"), ({"ids": [7]}, "ids"),
    ]:
        answer = requests.post(f"{hub.admin}/admin/v1/outbox/retry", json=body, headers=who, timeout=TIMEOUT)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), (body, answer.text)
        assert [error["member"] for error in answer.json().get("errors", [])] == ([member] if member else [])


def test_stopping_gives_what_is_under_way_its_time_and_a_restart_goes_on(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.config["server"]["drain"] = "3s"
    hub.start()
    first, second = accept(hub, "5511991230001", "one"), accept(hub, "5511991230001", "two")
    attempt = provider.next()
    hub.process.terminate()
    hub.expect_notice("STOPPING=1")
    attempt.answer()
    assert hub.stop() == 0
    assert statuses(hub, first) == ["sent"] and provider.attempts.empty()
    hub.start()
    provider.next().answer()
    await_status(hub, second, "sent")


def test_over_kills_every_message_is_sent_at_most_once_per_attempt_and_in_order(hubs, provider):
    """The provider takes what reaches it. Nothing reaches it twice but what it refused; what it has and the hub lost sight of is unknown."""
    hub, chance = hubs(), random.Random(os.environ.get("HUB_SEED"))
    courier.install(hub, provider)
    taken, lock = collections.defaultdict(list), threading.Lock()

    def behave(attempt):
        if chance.random() < 0.15:
            return attempt.answer("retry", retryAfterMs=chance.randint(0, 200))
        with lock:
            taken[attempt.conversation].append(attempt.reference)
        return attempt.answer()

    provider.behave = behave
    hub.start()
    phones = [f"551199124000{n}" for n in range(6)]
    accepted, number, stop, up = collections.defaultdict(list), [0] * len(phones), threading.Event(), threading.Event()
    up.set()

    def send(index):
        while not stop.is_set():
            try:
                answer = post(hub, phones[index], f"{number[index]}", key=f"{index}-{number[index]}")
                if answer.status_code == 202:
                    accepted[phones[index]].append(answer.json()["message"]["id"])
                    number[index] += 1
            except requests.RequestException:
                up.wait(TIMEOUT)

    senders = [threading.Thread(target=send, args=(index,)) for index in range(len(phones))]
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        threading.Event().wait(chance.uniform(0.2, 0.8))  # the random moment
        up.clear()
        hub.kill()
        hub.start()
        up.set()
    stop.set()
    for sender in senders:
        sender.join(TIMEOUT)
    deadline = time.monotonic() + TIMEOUT
    while set(outbox(hub, "--limit", "10000")["counts"]) - {"dead_unknown"}:
        assert time.monotonic() < deadline, outbox(hub)["counts"]
    unknown = {item["id"] for item in outbox(hub, "--dead", "--limit", "10000")["items"]}
    total = sum(map(len, accepted.values()))
    print(f"{KILLS} kills, {total} accepted, {sum(map(len, taken.values()))} taken by the provider, {len(unknown)} unknown")
    assert total > KILLS * 2, "too little got through to say anything"
    for phone in phones:
        assert len(set(accepted[phone])) == len(accepted[phone]), "two requests got one message"
        assert len(set(taken[phone])) == len(taken[phone]), "the provider got a message twice"
        places = [accepted[phone].index(id) for id in taken[phone] if id in accepted[phone]]
        assert places == sorted(places), "out of order"
        assert set(accepted[phone]) <= set(taken[phone]) | unknown, "accepted and lost"
    for id in unknown:
        assert statuses(hub, id) == ["unknown"]
    known = set(hub.journaled())
    assert {id for ids in accepted.values() for id in ids} <= known
