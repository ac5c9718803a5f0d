"""What Meta does to a webhook on a bad day: repetitions, batches of everything, and order under parallel deliveries."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests

from harness import TIMEOUT, meta

TIMES, CONNECTIONS = 100, 8


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


def test_case12_order_per_conversation_under_eight_parallel_deliveries(hub, connect):
    """Each conversation is one connection's, posted one after the other. In every second round a message of another conversation comes again
    and again, as Meta repeats what it takes for lost: the median of three rounds says what that costs the others."""
    client, count, ids = connect(), 20, {}
    (repeated,) = hub.deliver(meta.text("de novo"))

    def follow(phone):
        times = []
        with requests.Session() as session:
            for number in range(count):
                message = meta.text(str(number), sender=phone)
                begin = time.monotonic()
                post(hub, session, meta.value(messages=[message]))
                times.append(time.monotonic() - begin)
                ids.setdefault(phone, []).append(message["id"])
        return times

    def repeat(stop):
        with requests.Session() as session:
            while not stop.wait(0.02):
                post(hub, session, meta.value(messages=[repeated]))

    def p99(disturbed):
        stop = threading.Event()
        with ThreadPoolExecutor(CONNECTIONS + 1) as pool:
            repeater = pool.submit(repeat, stop) if disturbed else None
            times = sorted(sum(pool.map(follow, [meta.new_phone() for _ in range(CONNECTIONS)]), []))
            stop.set()
            if repeater:
                repeater.result(TIMEOUT)
        return times[int(len(times) * 0.99)]

    rounds = [(p99(False), p99(True)) for _ in range(3)]
    (last,) = hub.deliver(meta.text("fim"))
    client.wait_message(last["id"])
    seen = [p["message"]["whatsappMessageId"] for p in client.all("message:new")]
    for phone, sent in ids.items():
        wanted = set(sent)
        assert [id for id in seen if id in wanted] == sent, f"the order of {phone}"
    assert seen.count(repeated["id"]) == 1
    calm, busy = (sorted(pair[which] for pair in rounds)[1] for which in (0, 1))
    assert busy <= calm * 1.1 + 0.05, f"p99 {calm * 1000:.0f} ms became {busy * 1000:.0f} ms"
