"""Sending through Meta: each message once, in order per recipient, and what an answer that never came means."""

import base64
import hashlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import graph, meta
from harness.graph import error, send, status_of, told
from harness.rounds import by_turns, p99

PROVIDER = graph.Graph()
ROUNDS = int(os.environ.get("HUB_CASE12", "8")) // 2 or 1


def configure(hub):
    PROVIDER.enable(hub)


@pytest.fixture(autouse=True)
def calm():
    """Every test begins with a provider that takes everything."""
    PROVIDER.answer = lambda message: None
    PROVIDER.token = graph.TOKEN
    yield


@pytest.fixture(scope="module", autouse=True)
def end():
    yield
    PROVIDER.close()


def accepted(answer):
    assert answer.status_code == 202, answer.text
    return answer.json()["message"]["id"]


def test_a_message_reaches_meta_once_and_its_client(hub, connect):
    client, phone = connect(), meta.new_phone()
    id = accepted(send(hub, phone, "Seu pedido saiu"))
    PROVIDER.wait(lambda: PROVIDER.to(phone))
    status_of(hub, id, "sent")
    (message,) = PROVIDER.to(phone)
    assert message == {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": phone, "type": "text", "text": {"body": "Seu pedido saiu"},
        "biz_opaque_callback_data": f"hub:{id}",
    }
    assert PROVIDER.tokens[-1] == f"Bearer {graph.TOKEN}"
    new = client.wait("message:new")
    assert (new["message"]["direction"], new["message"]["content"]) == ("OUTBOUND", "Seu pedido saiu")


def test_an_uploaded_file_arrives_byte_for_byte_and_once_for_two_messages(hub):
    phones, raw = [meta.new_phone(), meta.new_phone()], bytes(range(256)) * 700
    headers = {"X-API-Key": graph.KEY, "Content-Type": "image/png"}
    answer = hub.http.post(f"{hub.url}/api/v1/media", data=raw, headers=headers, timeout=20)
    assert answer.status_code == 201, answer.text
    media = {"upload": answer.json()["id"], "mimeType": "image/png", "fileName": 'praia "sul".png'}
    for phone in phones:
        id = accepted(send(hub, phone, type="image", text=None, media=media, caption="foto"))
        status_of(hub, id, "sent")
        (message,) = PROVIDER.to(phone)
        assert message["image"] == {"id": list(PROVIDER.uploads)[-1], "caption": "foto"}
    assert list(PROVIDER.uploads.values()) == [("image/png", "praia %22sul%22.png", raw)]


def test_a_file_that_came_is_fetched_with_the_token_behind_the_hubs_link(hub):
    raw, id, phone = bytes(range(256)) * 300, "771029384756001", meta.new_phone()
    PROVIDER.files[id] = ("image/png", raw)
    image = {"mime_type": "image/png", "sha256": base64.b64encode(hashlib.sha256(raw).digest()).decode(), "id": id}
    (message,) = hub.deliver({"from": phone, "id": meta.new_id(), "timestamp": str(int(time.time())), "type": "image", "image": image})
    event = next(event for event in hub.sync()[0] if (event.get("message") or {}).get("providerMessageId") == message["id"])
    link = event["message"]["media"]["url"]
    answer = hub.http.get(link if link.startswith("http") else hub.url + link, timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png"), answer.text[:200]
    assert answer.content == raw
    assert graph.TOKEN not in str(event)


def test_statuses_before_the_answer_of_the_send(hub):
    """Delivered and read come while the answer is on its way; sent comes after. Read stays."""
    phone, held = meta.new_phone(), graph.Held()
    PROVIDER.answer = lambda message: held
    id = accepted(send(hub, phone))
    assert held.arrived.wait(20)
    (wamid,) = [wamid for wamid, message in PROVIDER.taken if message.get("to") == phone]
    for word in ("read", "delivered"):
        hub.deliver(statuses=[{**meta.status(wamid, word, phone), "biz_opaque_callback_data": f"hub:{id}"}])
    held.release()
    hub.deliver(statuses=[meta.status(wamid, "sent", phone)])
    status_of(hub, id, "read")


def test_a_failed_status_and_a_late_sent_after_it(hub):
    phone = meta.new_phone()
    id = accepted(send(hub, phone))
    status_of(hub, id, "sent")
    ((wamid, _),) = [pair for pair in PROVIDER.taken if pair[1].get("to") == phone]
    failed = {**meta.status(wamid, "failed", phone), "errors": [{"code": 131026, "title": "Message undeliverable"}]}
    hub.deliver(statuses=[failed])
    hub.deliver(statuses=[meta.status(wamid, "sent", phone)])
    status_of(hub, id, "failed")


def test_a_status_of_a_message_nobody_here_sent(hub, connect):
    """Another app on the same business account sends too: its statuses are taken, change nothing and are told to nobody."""
    client, phone, strange = connect(), meta.new_phone(), meta.new_id("X")
    hub.deliver(statuses=[meta.status(strange, "delivered", phone)])
    own = accepted(send(hub, phone))
    client.wait("message:status-update", lambda payload: (payload["messageId"], payload["status"]) == (own, "SENT"))
    told = [event for event in hub.sync()[0] if event["kind"] == "message.status" and event["status"]["target"] == strange]
    assert [(event["status"]["status"], event["status"]["applied"], event.get("message")) for event in told] == [("delivered", False, None)]
    assert {payload["messageId"] for payload in client.all("message:status-update")} == {own}
    assert strange not in str(client.events)


def test_outside_the_window_it_fails_with_metas_text(hub):
    text = "More than 24 hours have passed since the customer last replied to this number."
    PROVIDER.answer = lambda message: error(131047, text=text)
    phone = meta.new_phone()
    id = accepted(send(hub, phone))
    status_of(hub, id, "failed")
    failure = json.dumps(told(hub, id, "failed"))
    assert "131047" in failure and text in failure
    assert len(PROVIDER.asked(phone)) == 1


def test_limits_are_told_before_anything_is_sent(hub):
    phone = meta.new_phone()
    id = accepted(send(hub, phone, "x" * 4097))
    status_of(hub, id, "failed")
    assert "message.text is longer than 4096 characters" in json.dumps(told(hub, id, "failed"))
    assert PROVIDER.asked(phone) == []


def test_the_pair_limit_holds_one_recipient_in_order_and_nobody_else(hub):
    slow, quick = meta.new_phone(), meta.new_phone()
    refused = []

    def answer(message):
        if message.get("to") == slow and len(refused) < 2:
            refused.append(message)
            return error(131056, text="Too many messages to the same recipient", error_subcode=2494055)

    PROVIDER.answer = answer
    ids = [accepted(send(hub, slow, str(number))) for number in range(4)]
    others = [accepted(send(hub, quick, str(number))) for number in range(4)]
    for id in others:
        status_of(hub, id, "sent")
    assert len(PROVIDER.to(slow)) == 0, "the others waited"
    for id in ids:
        status_of(hub, id, "sent")
    for phone in (slow, quick):
        assert [message["text"]["body"] for message in PROVIDER.to(phone)] == ["0", "1", "2", "3"]
    first, second, third = PROVIDER.asked(slow)[:3]
    assert second - first >= 0.9 and third - second >= 3.6, "1 s and 4 s"


def test_case12_one_retrying_conversation_and_eight_others(hub):
    """Order per conversation is exact, and the others are as fast as without it."""
    def run():
        phones = [meta.new_phone() for _ in range(8)]

        def feed(phone):
            times = []
            for number in range(10):
                begin = time.monotonic()
                accepted(send(hub, phone, str(number)))
                PROVIDER.wait(lambda: len(PROVIDER.to(phone)) > number)
                times.append(time.monotonic() - begin)
            return times

        with ThreadPoolExecutor(8) as pool:
            times = sum(pool.map(feed, phones), [])
        for phone in phones:
            assert [message["text"]["body"] for message in PROVIDER.to(phone)] == [str(number) for number in range(10)]
        return p99(times)

    def run_beside(stuck):
        PROVIDER.answer = lambda message: error(131056) if message.get("to") == stuck else None
        for number in range(10):
            accepted(send(hub, stuck, str(number)))
        PROVIDER.wait(lambda: PROVIDER.asked(stuck))
        taken = run()
        assert PROVIDER.to(stuck) == []
        PROVIDER.answer = lambda message: None
        PROVIDER.wait(lambda: len(PROVIDER.to(stuck)) == 10, timeout=60)
        assert [message["text"]["body"] for message in PROVIDER.to(stuck)] == [str(number) for number in range(10)]
        return taken

    run()  # the first of everything takes longer
    # Two rounds in calm for each: what they differ by says what a difference means.
    print(f"p99 of {by_turns(lambda: [run_beside(meta.new_phone())], lambda: [run(), run()], least=ROUNDS, most=3 * ROUNDS)}")


def test_a_number_sends_no_faster_than_its_rate_and_another_does_not_wait_for_it(hubs):
    """Twenty a minute: of four messages the last goes nine seconds after the first."""
    hub, second = hubs(), "300000000000003"
    PROVIDER.enable(hub)
    channel = hub.config["channels"]["meta-main"]
    channel["rate"] = "20/m"
    channel["accounts"][second] = {"tenant": "acme"}
    hub.start()
    begin, phones, other = time.monotonic(), [meta.new_phone() for _ in range(4)], meta.new_phone()
    for phone in phones:
        accepted(send(hub, phone))
    accepted(send(hub, other, account=second))
    PROVIDER.wait(lambda: all(PROVIDER.to(phone) for phone in [*phones, other]), timeout=60)
    times = sorted(PROVIDER.asked(phone)[0] for phone in phones)
    assert all(at >= begin + 3 * count for count, at in enumerate(times)), [at - begin for at in times]
    assert PROVIDER.asked(other)[0] < times[-1]
    assert {account for _, account, message in PROVIDER.requests if message.get("to") == other} == {second}


def test_no_more_waits_to_be_sent_than_may(hubs):
    hub, held = hubs(), graph.Held()
    PROVIDER.enable(hub)
    hub.config["limits"]["per_channel"] = {"unsent": 2}
    hub.start()
    PROVIDER.answer = lambda message: held
    answers = [send(hub, meta.new_phone())]
    while answers[-1].status_code == 202 and len(answers) < 50:  # what comes at the same moment may be more than two
        answers.append(send(hub, meta.new_phone()))
    refused = answers.pop()
    assert len(answers) >= 2 and refused.status_code == 503, refused.text
    assert refused.json()["code"] == "overloaded" and "limits.per_channel.unsent" in refused.json()["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    assert hub.metric("hub_drops_total", stage="outbox", reason="full") == 1
    held.release()
    for answer in answers:
        status_of(hub, accepted(answer), "sent")
    status_of(hub, accepted(send(hub, meta.new_phone())), "sent")


def test_reading_is_told_to_meta(hub):
    """The newest message alone: Meta takes all before it as read."""
    phone = meta.new_phone()
    hub.deliver(meta.text(sender=phone))
    (newest,) = hub.deliver(meta.text(sender=phone))
    conversation = next(
        event["conversation"]["id"] for event in hub.sync()[0] if (event.get("message") or {}).get("providerMessageId") == newest["id"])
    answer = hub.http.post(
        f"{hub.url}/api/v1/conversations/{conversation}/read", headers={"Authorization": f"Bearer {hub.token()}"}, timeout=20)
    assert answer.status_code == 200, answer.text
    PROVIDER.wait(lambda: PROVIDER.reads)
    assert PROVIDER.reads[-1] == {"messaging_product": "whatsapp", "status": "read", "message_id": newest["id"]}


# Fault case 16


def test_case16_429_with_retry_after(hub):
    phone, answers = meta.new_phone(), [error(130429, 429, headers={"Retry-After": "2"})]
    PROVIDER.answer = lambda message: answers.pop() if answers else None
    status_of(hub, accepted(send(hub, phone)), "sent")
    first, second = PROVIDER.asked(phone)
    assert second - first >= 2, "sooner than asked for"


@pytest.mark.parametrize("fault", ["reset", "500"])
def test_case16_a_lost_answer_is_unknown_and_never_repeated_by_itself(hub, fault):
    phone = meta.new_phone()
    PROVIDER.answer = lambda message: graph.Lost if fault == "reset" else (500, {}, b"<html>")
    id = accepted(send(hub, phone))
    status_of(hub, id, "unknown")
    PROVIDER.answer = lambda message: None
    status_of(hub, accepted(send(hub, phone, "depois")), "sent")
    assert [message["text"]["body"] for _, _, message in PROVIDER.requests if message.get("to") == phone] == ["oi", "depois"]
    listed = hub.command("outbox", "list", "--dead", "--json")
    assert listed.returncode == 0 and id in listed.stdout, listed.stderr + listed.stdout


def test_case16_a_status_settles_what_was_unknown(hub):
    phone = meta.new_phone()
    PROVIDER.answer = lambda message: graph.Lost
    id = accepted(send(hub, phone))
    status_of(hub, id, "unknown")
    ((wamid, _),) = [pair for pair in PROVIDER.taken if pair[1].get("to") == phone]
    hub.deliver(statuses=[{**meta.status(wamid, "delivered", phone), "biz_opaque_callback_data": f"hub:{id}"}])
    status_of(hub, id, "delivered")


def test_case16_a_dead_letter_is_repeated_on_request(hub):
    phone = meta.new_phone()
    PROVIDER.answer = lambda message: (502, {}, b"")
    id = accepted(send(hub, phone))
    status_of(hub, id, "unknown")
    PROVIDER.answer = lambda message: None
    again = hub.command("outbox", "retry", id)
    assert again.returncode == 0, again.stderr
    PROVIDER.wait(lambda: PROVIDER.to(phone))
    status_of(hub, id, "sent")
    assert len(PROVIDER.to(phone)) == 1


def test_case16_killed_in_the_middle_of_a_send(hub):
    """The request is out, the hub dies: after the restart its fate is unknown, and it is not sent a second time."""
    phone, held = meta.new_phone(), graph.Held()
    PROVIDER.answer = lambda message: held
    id = accepted(send(hub, phone))
    behind = accepted(send(hub, phone, "depois"))
    assert held.arrived.wait(20)
    hub.kill()
    PROVIDER.answer = lambda message: None
    held.release()
    hub.start()
    status_of(hub, id, "unknown")
    status_of(hub, behind, "sent")
    assert [message["text"]["body"] for message in PROVIDER.to(phone)] == ["oi", "depois"]


# The token: last, because the hub has another one afterwards


def test_a_refused_token_stops_the_channel_without_hammering_and_a_new_one_starts_it(hub):
    PROVIDER.token = "EAAG-another"
    before = len(PROVIDER.tokens)
    phones = [meta.new_phone() for _ in range(10)]
    ids = [accepted(send(hub, phone)) for phone in phones]
    PROVIDER.wait(lambda: len(PROVIDER.tokens) > before)
    time.sleep(2)  # in which somebody who hammers would
    assert len(PROVIDER.tokens) - before <= 3
    lines = [line for line in hub.log if "nothing is sent until it is replaced" in line]
    assert len(lines) == 1 and graph.TOKEN not in "".join(hub.log)
    PROVIDER.write_token(hub, "EAAG-another")
    for id in ids:
        status_of(hub, id, "sent", timeout=40)
    assert all(len(PROVIDER.to(phone)) == 1 for phone in phones)
