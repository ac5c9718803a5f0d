"""What Meta does to a webhook on a bad day: repetitions, batches of everything, and order under parallel deliveries."""

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from harness import TIMEOUT, meta
from harness.frontend import Frontend
from harness.rounds import Rounds, by_turns, p99

TIMES, CONNECTIONS = 100, 8
ROUNDS = int(os.environ.get("HUB_CASE12", "8"))


def post(hub, session, *values):
    answer = hub.post(meta.envelope(*values), session=session)
    assert answer.status_code == 200, answer.text[:200]


def test_case10_a_hundred_deliveries_over_eight_connections_and_again_later(hub, connect):
    """One row and one effect for the message and for its status; the counter has the rest. A restart changes nothing."""
    phone = meta.new_phone()
    message, sent = meta.text("uma vez", sender=phone), meta.new_id("S")
    hub.post(meta.echo("Oi", phone, sent))
    status = meta.status(sent, "read", phone, at=1767625200)
    body = meta.envelope(meta.value(messages=[message], statuses=[status]))
    before = hub.metric("hub_events_total", outcome="duplicate")

    def flood(number):
        with requests.Session() as session:
            return [hub.post(body, session=session).status_code for _ in range(number, TIMES, CONNECTIONS)]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        assert sum(pool.map(flood, range(CONNECTIONS)), []) == [200] * TIMES
    assert hub.journaled().count(message["id"]) == 1
    assert hub.journaled("message.status").count(f"{sent}:read") == 1
    assert hub.metric("hub_events_total", outcome="duplicate") - before == 2 * (TIMES - 1)
    assert hub.stop() == 0
    hub.start()
    assert hub.post(body).status_code == 200
    late = connect()
    (last,) = hub.deliver(meta.text("depois", sender=phone))
    late.wait_message(last["id"])
    assert hub.journaled().count(message["id"]) == 1
    assert [p["message"]["whatsappMessageId"] for p in late.all("message:new")] == [last["id"]]


def test_case11_three_entries_of_three_changes_each(hub):
    """Nine values with messages and statuses mixed: every part, in the order of the body."""
    values, wanted = [], []
    for number in range(9):
        phone = meta.new_phone()
        messages = [meta.text(f"{number}.{place}", sender=phone) for place in range(2)]
        statuses = [meta.status(meta.new_id("S"), word, phone, at=1767625200 + number) for word in ("sent", "delivered")]
        values.append(meta.value(messages=messages, statuses=statuses))
        wanted += [("message.created", message["id"]) for message in messages]
        wanted += [("message.status", f"{status['id']}:{status['status']}") for status in statuses]
    changes = [{"field": "messages", "value": value} for value in values]
    entry = [{"id": f"20394857120938{number}", "changes": changes[3 * number : 3 * number + 3]} for number in range(3)]
    before = hub.journal("SELECT max(sequence) FROM events")[0][0] or 0
    assert hub.post(json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()).status_code == 200
    stored = hub.journal("SELECT kind, event_id FROM events WHERE sequence > ? AND kind LIKE 'message.%' ORDER BY sequence", before)
    assert stored == wanted


def test_case12_order_per_conversation_under_eight_parallel_deliveries(hub):
    """Each conversation is one connection's, posted one after the other. In every second round a message of another conversation comes again
    and again, as Meta repeats what it takes for lost."""
    (repeated,) = hub.deliver(meta.text("de novo"))
    known = hub.metric("hub_events_total", outcome="duplicate")

    def follow(phone):
        times, ids = [], []
        with requests.Session() as session:
            for number in range(20):
                message = meta.text(str(number), sender=phone)
                begin = time.monotonic()
                post(hub, session, meta.value(messages=[message]))
                times.append(time.monotonic() - begin)
                ids.append(message["id"])
        return times, ids

    def repeat(stop):
        with requests.Session() as session:
            while not stop.wait(0.02):
                post(hub, session, meta.value(messages=[repeated]))

    def measured(disturbed):
        stop = threading.Event()
        with Frontend(hub.url, hub.token()) as client:
            with ThreadPoolExecutor(CONNECTIONS + 1) as pool:
                repeater = pool.submit(repeat, stop) if disturbed else None
                followed = list(pool.map(follow, [meta.new_phone() for _ in range(CONNECTIONS)]))
                stop.set()
                if repeater:
                    repeater.result(TIMEOUT)
            (last,) = hub.deliver(meta.text("fim"))
            client.wait_message(last["id"])
            seen = [p["message"]["whatsappMessageId"] for p in client.all("message:new")]
        for _, ids in followed:
            assert [id for id in seen if id in ids] == ids, "out of order"
        assert repeated["id"] not in seen
        return p99([taken for times, _ in followed for taken in times])

    measured(False)  # the first of everything takes longer
    rounds = by_turns(lambda: [measured(True)], lambda: [measured(False)], least=ROUNDS, most=3 * ROUNDS)
    assert hub.metric("hub_events_total", outcome="duplicate") > known
    assert hub.journaled().count(repeated["id"]) == 1
    print(f"p99 of {rounds}")


@pytest.mark.parametrize("slower, holds", [(1, True), (1.05, True), (1.6, False), (4, False)])
def test_rounds_that_are_slower_are_found(slower, holds):
    """What the comparison above is worth: with rounds that differ by a tenth either way."""
    rounds = Rounds()
    for number in range(8):
        rounds.calm.append(0.020 + 0.002 * (number % 3 - 1))
        rounds.disturbed.append(slower * (0.020 + 0.002 * ((number + 1) % 3 - 1)))
    assert rounds.hold() == holds, rounds
