"""POST /api/v1/messages and `hub send`: who may send what from where, and what a mistake is answered with."""

import concurrent.futures
import json
import time

import pytest
import requests

from harness import TIMEOUT, courier
from harness.courier import Provider

KEYS = {"crm": ("send-key-0123456789abcdef01234567", ["send"]), "reader": ("read-key-0123456789abcdef01234567", ["read"])}


@pytest.fixture(scope="module")
def provider():
    made = Provider()
    made.behave = lambda attempt: attempt.answer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def hub(provider):
    from harness.hub import Hub

    hub = Hub()
    courier.install(hub, provider, desk="acme", other="globex")
    for name, (key, roles) in KEYS.items():
        (hub.folder / f"data/secrets/{name}").write_text(key)
        (hub.folder / f"data/secrets/{name}").chmod(0o600)
        hub.config["auth"]["api_keys"][name] = {"key": f"secret://file/data/secrets/{name}", "tenant": "acme", "roles": roles}
    try:
        yield hub.start()
    finally:
        hub.close()


def post(hub, body, key=None, token=None, **headers):
    who = {"X-API-Key": key} if key else {"Authorization": f"Bearer {token or hub.token()}"}
    data = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return requests.post(f"{hub.url}/api/v1/messages", data=data, headers={"Content-Type": "application/json", **who, **headers}, timeout=TIMEOUT)


TEXT = {"channel": "courier", "to": "5511991230001", "type": "text", "text": "oi"}


def test_users_and_keys_with_the_role_send_and_nobody_else_does(hub):
    assert post(hub, TEXT).status_code == 202
    assert post(hub, TEXT, key=KEYS["crm"][0]).status_code == 202
    for answer, status, code in [
        (post(hub, TEXT, key=KEYS["reader"][0]), 403, "forbidden"), (post(hub, TEXT, key="wrong"), 401, "auth_invalid"),
        (requests.post(f"{hub.url}/api/v1/messages", json=TEXT, timeout=TIMEOUT), 401, "auth_missing"),
        (requests.get(f"{hub.url}/api/v1/messages", timeout=TIMEOUT), 405, "method_not_allowed"),
    ]:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_an_account_is_its_tenants_alone(hub):
    other = post(hub, {**TEXT, "account": "other"})
    assert other.status_code == 422 and other.json()["errors"][0]["member"] == "account"
    assert "desk" in other.json()["errors"][0]["reason"] and post(hub, {**TEXT, "account": "other"}, token=hub.token("globex")).status_code == 202
    nobody = post(hub, TEXT, token=hub.token("nobody"))
    assert nobody.status_code == 422 and nobody.json()["errors"][0]["member"] == "channel"
    mine = post(hub, TEXT).json()["conversation"]
    assert post(hub, {**TEXT, "to": mine}).status_code == 202
    theirs = post(hub, {**TEXT, "to": mine}, token=hub.token("globex"))
    assert (theirs.status_code, theirs.json()["code"]) == (404, "not_found")


def test_the_channel_and_the_account_may_be_left_out_where_there_is_one(hub):
    conversation = post(hub, TEXT).json()["conversation"]
    answer = post(hub, {"to": conversation, "type": "text", "text": "oi"})
    assert answer.status_code == 202 and answer.json()["channel"] == "courier" and answer.json()["account"] == "desk"
    several = post(hub, {"to": "5511991230001", "type": "text", "text": "oi"})
    assert several.status_code == 422 and several.json()["errors"][0]["member"] == "channel", "meta-main is there too"
    wrong = post(hub, {"channel": "meta-main", "to": conversation, "type": "text", "text": "oi"})
    assert wrong.status_code == 422 and "courier" in wrong.json()["errors"][0]["reason"]


def test_one_phone_is_one_conversation_however_it_is_spelled(hub):
    spellings = ["5511991230042", "+55 (11) 99123-0042", "0055 11 991230042", "55.11.99123.0042", "551191230042"]
    assert len({post(hub, {**TEXT, "to": to}).json()["conversation"] for to in spellings}) == 1


@pytest.mark.parametrize("change, members", [
    ({"to": None}, {"to"}), ({"to": "Marina"}, {"to"}), ({"to": "12"}, {"to"}), ({"to": "1" * 16}, {"to"}), ({"type": None}, {"type"}),
    ({"type": "dance"}, {"type"}), ({"text": ""}, {"text"}), ({"text": 7, "caption": "x"}, {"text", "caption"}), ({"txt": "x"}, {"txt"}),
    ({"channel": "nope"}, {"channel"}), ({"replyTo": "msg_none"}, {"replyTo"}),
    ({"type": "image", "text": None}, {"media"}), ({"type": "image", "text": None, "media": {"url": "x", "id": "y"}}, {"media"}),
    ({"type": "image", "text": None, "media": {"url": "ftp://x"}}, {"media.url"}),
    ({"type": "location", "text": None, "location": {"latitude": 91, "longitude": 0}}, {"location.latitude"}),
    ({"type": "contacts", "text": None, "contacts": [{"name": "x"}]}, {"contacts[0].phones"}),
    ({"type": "reaction", "text": None, "reaction": {"target": "w", "emoji": ""}}, {"reaction.emoji"}),
    ({"type": "interactive", "text": None, "interactive": {"kind": "buttons", "text": "t", "buttons": [{"id": "1"}]}}, {"interactive.buttons[0].title"}),
    ({"type": "template", "text": None, "template": {"name": "x"}}, {"template.language"}),
    ({"type": "poll", "text": "?", "poll": {"options": ["a"]}}, {"poll.options"}),
])
def test_every_mistake_is_named_by_its_member(hub, change, members):
    body = {key: value for key, value in {**TEXT, **change}.items() if value is not None}
    answer = post(hub, body)
    problem = answer.json()
    assert answer.status_code == 422 and problem["code"] == "invalid_message" and answer.headers["Content-Type"] == "application/problem+json"
    assert {error["member"] for error in problem["errors"]} == members and all(member in problem["detail"] for member in members)


@pytest.mark.parametrize("body, member", [
    ('{"channel": "courier", "to": "5511991230001", "type": "text", "text": "a", "text": "b"}', "text"),
    ('{"channel": "courier", "to": "5511991230001", "type": "image", "media": {"id": "1", "id": "2"}}', "media.id"),
])
def test_a_member_that_is_there_twice_is_refused(hub, body, member):
    answer = post(hub, body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["errors"]) == (400, "bad_request", [{"member": member, "reason": "is there twice"}])


@pytest.mark.parametrize("act, body, status, member", [
    ("typing", '{"on": true}', 202, None), ("typing", '{"on": true, "isTyping": true}', 400, "isTyping"), ("typing", '{"on": 1}', 400, "on"),
    ("typing", '{"on": true, "on": false}', 400, "on"), ("typing", "{}", 400, "on"), ("typing", "", 400, None),
    ("read", "", 200, None), ("read", "{}", 200, None), ("read", '{"upTo": "msg_1"}', 400, "upTo"), ("read", "[]", 400, None),
])
def test_small_requests_take_what_they_know_and_nothing_else(hub, act, body, status, member):
    conversation = post(hub, TEXT).json()["conversation"]
    answer = requests.post(
        f"{hub.url}/api/v1/conversations/{conversation}/{act}", data=body, headers={"Authorization": f"Bearer {hub.token()}"}, timeout=TIMEOUT)
    assert answer.status_code == status, answer.text
    assert [error["member"] for error in answer.json().get("errors", [])] == ([member] if member else [])


def test_an_upload_that_is_not_there_is_no_medium(hub):
    answer = post(hub, {"channel": "courier", "to": "5511991230077", "type": "image", "media": {"upload": "med_00000000000000000000000000"}})
    assert answer.status_code == 422 and {error["member"] for error in answer.json()["errors"]} == {"media.upload"}


def test_what_is_no_message_at_all_is_a_bad_request(hub):
    for body in ["", "nope", "[]", '"text"', '{"to": ']:
        assert (post(hub, body).status_code, post(hub, body).json()["code"]) == (400, "bad_request")
    assert post(hub, json.dumps({**TEXT, "text": "x" * 300_000})).status_code == 413


def upload(hub, content):
    """The media object that names an upload, and the one that reaches the channel."""
    answer = requests.post(
        f"{hub.url}/api/v1/media", data=content, headers={"Content-Type": "image/png", "Authorization": f"Bearer {hub.token()}"}, timeout=TIMEOUT)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return {"upload": made["id"]}, {"upload": made["id"], **{name: made[name] for name in ("mimeType", "size", "sha256")}}


def test_every_type_reaches_the_channel_as_it_was_given(hub, provider):
    named, described = upload(hub, b"a picture")
    contents = [
        {"type": "text", "text": "oi", "previewUrl": True}, {"type": "image", "media": named, "caption": "c"},
        {"type": "audio", "media": {"url": "https://cdn.example/a.ogg", "mimeType": "audio/ogg"}, "voice": True},
        {"type": "document", "media": {"id": "99", "fileName": "a.pdf"}}, {"type": "sticker", "media": named},
        {"type": "video", "media": named}, {"type": "location", "location": {"latitude": -23.5, "longitude": -46.6, "name": "Sé"}},
        {"type": "contacts", "contacts": [{"name": "Ana", "phones": ["+55 11 4002-8922"]}]},
        {"type": "interactive", "interactive": {"kind": "list", "text": "t", "button": "b", "sections": [{"title": "s", "rows": [{"id": "1", "title": "um"}]}]}},
        {"type": "template", "template": {"name": "hello", "language": "pt_BR", "components": []}},
        {"type": "poll", "text": "?", "poll": {"options": ["a", "b"], "selectable": 1}},
    ]
    got, wanted = {}, {}
    done = concurrent.futures.Future()

    def behave(attempt):
        got[attempt.reference] = {key: value for key, value in attempt.body["message"].items() if key != "id"}
        attempt.answer()
        if len(got) == len(contents):
            done.set_result(None)

    provider.behave = behave
    for content in contents:
        wanted[post(hub, {"channel": "courier", "to": "5511991230077", **content}).json()["message"]["id"]] = {**content, "media": described} if content.get("media") is named else content
    done.result(TIMEOUT)
    provider.behave = lambda attempt: attempt.answer()
    assert got == wanted and list(got) == list(wanted)


def test_a_key_gives_the_same_message_back_under_parallel_requests(hub, provider):
    before = len(provider.seen)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(hub, TEXT, **{"Idempotency-Key": '"k-1"'}), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["message"]["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    other = post(hub, {**TEXT, "text": "another"}, **{"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert post(hub, {**TEXT, "account": "other"}, token=hub.token("globex"), **{"Idempotency-Key": "k-1"}).status_code == 202
    assert post(hub, TEXT, **{"Idempotency-Key": "x" * 256}).status_code == 422
    post(hub, {**TEXT, "text": "last"})
    deadline = time.monotonic() + TIMEOUT
    while provider.seen[-1].text != "last" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [attempt.text for attempt in provider.seen[before:] if attempt.account == "desk"] == ["oi", "last"]


def test_a_key_gives_the_same_answer_back_when_its_upload_is_over(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.start()
    named, _ = upload(hub, b"a picture")
    body = {"channel": "courier", "to": "5511991230077", "type": "image", "media": named}
    first = post(hub, body, **{"Idempotency-Key": "k-1"})
    assert first.status_code == 202, first.text
    description = hub.folder / f"data/media/uploads/{named['upload']}.json"
    description.write_text(json.dumps({**json.loads(description.read_text()), "expiresMs": 1}))
    other = post(hub, body, **{"Idempotency-Key": "k-2"})
    assert other.status_code == 422 and {error["member"] for error in other.json()["errors"]} == {"media.upload"}
    again = post(hub, body, **{"Idempotency-Key": "k-1"})
    assert again.status_code == 202 and again.headers["Idempotent-Replayed"] == "true", again.text
    assert again.json()["message"]["id"] == first.json()["message"]["id"]


def test_the_limits_of_sends_answer_429_with_the_wait(hubs, provider):
    hub = hubs()
    courier.install(hub, provider)
    hub.config["limits"]["per_user"]["sends"], hub.config["limits"]["per_tenant"]["sends"] = 2, 3
    hub.start()
    by_user = [post(hub, TEXT) for _ in range(8)]
    assert [answer.status_code for answer in by_user[:4]] == [202] * 4, "a burst of two seconds' worth"
    refused = [answer for answer in by_user if answer.status_code == 429]
    assert refused and refused[0].json()["code"] == "rate_limited" and 1 <= int(refused[0].headers["Retry-After"]) <= 2
    by_others = [post(hub, TEXT, token=hub.token(user=f"u{n}")).status_code for n in range(2, 9)]
    assert 429 in by_others, "the tenant's limit"
    for act, body in [("read", None), ("typing", {"on": True})]:
        url, who = f"{hub.url}/api/v1/conversations/{by_user[0].json()['conversation']}/{act}", {"Authorization": f"Bearer {hub.token(user=act)}"}
        told = [requests.post(url, json=body, headers=who, timeout=TIMEOUT) for _ in range(8)]
        assert {answer.status_code for answer in told if answer.status_code != 429} <= {200, 202} and told[-1].json()["code"] == "rate_limited", act
    assert hub.metric("hub_drops_total", stage="send", reason="user_sends") >= 1
    assert hub.metric("hub_drops_total", stage="send", reason="tenant_sends") >= 1


def test_reading_and_typing_are_told_to_the_provider(hubs):
    provider, hub = Provider(), hubs()
    courier.install(hub, provider)
    hub.start()
    for n in range(3):
        body = {"contact": {"phone": "5511991230001"}, "message": {"providerMessageId": f"in.{n}", "direction": "inbound", "type": "text", "text": "oi"}}
        assert courier.emit(hub, "message.created", f"in.{n}", body, "5511991230001").json()["stored"] == 1
    conversation = hub.sync()[0][-1]["conversation"]["id"]
    url, who = f"{hub.url}/api/v1/conversations/{conversation}/read", {"Authorization": f"Bearer {hub.token()}"}
    assert requests.get(url, headers=who, timeout=TIMEOUT).status_code == 405
    assert requests.post(url, headers={"Authorization": f"Bearer {hub.token('globex')}"}, timeout=TIMEOUT).status_code == 404
    answer = requests.post(url, headers=who, timeout=TIMEOUT)
    assert (answer.status_code, answer.json()) == (200, {"conversation": conversation, "unreadCount": 0})
    attempt = provider.next()
    assert attempt.kind == "read" and attempt.conversation == "5511991230001"
    assert [message["providerMessageId"] for message in attempt.body["messages"]] == ["in.0", "in.1", "in.2"], "the newest last"
    assert requests.post(url, headers=who, timeout=TIMEOUT).status_code == 200, "there is nothing left to read"
    sent = requests.post(f"{hub.url}/api/v1/messages", json={"to": conversation, "type": "text", "text": "after"}, headers=who, timeout=TIMEOUT)
    assert sent.status_code == 202
    attempt.answer("rejected", code="unsupported")
    assert provider.next().text == "after" and json.loads(hub.command("outbox", "list", "--dead", "--json").stdout)["items"] == []
    assert len(hub.journaled("conversation.read")) == 1
    typing = requests.post(url.replace("/read", "/typing"), json={"on": True}, headers=who, timeout=TIMEOUT)
    assert (typing.status_code, typing.json()) == (202, {"conversation": conversation})
    told = provider.next()
    assert (told.kind, told.body) == ("typing", {"v": 1, "on": True, "lastInbound": "in.2"})
    assert requests.post(url.replace("/read", "/typing"), json={"on": 1}, headers=who, timeout=TIMEOUT).status_code == 400
    provider.close()


def test_hub_send_puts_a_message_into_the_outbox_and_says_what_is_missing(hub, provider):
    sent = hub.command("send", "--to", "+55 11 99123-0001", "--text", "from the shell", "--channel", "courier", "--tenant", "acme")
    assert sent.returncode == 0, sent.stderr
    id, status = sent.stdout.split()
    assert id.startswith("msg_") and status == "pending"
    whole = json.loads(hub.command("send", "--to", "5511991230001", "--text", "x", "--account", "desk", "--json").stdout)
    assert whole["message"]["status"] == "pending" and whole["channel"] == "courier"
    conversation = whole["conversation"]
    assert hub.command("send", "--to", conversation, "--text", "x").returncode == 0, "a conversation says where it is"
    for arguments, words in [
        (["--to", "Marina", "--text", "x"], "to: is neither a phone"), (["--to", "5511991230001", "--text", "x"], "say which channel: courier, meta-main"),
        (["--to", "5511991230001", "--text", "x", "--channel", "courier"], "account"), (["--to", "cnv_none", "--text", "x"], "no such conversation"),
        (["--to", "5511991230001", "--text", ""], "text: is empty"),
    ]:
        failed = hub.command("send", *arguments)
        assert failed.returncode == 1 and words in failed.stderr and failed.stdout == "", failed.stderr
    assert hub.command("send", "--to", "5511991230001").returncode == 2


def test_hub_send_without_a_hub_says_so(hubs):
    hub = hubs()
    failed = hub.command("send", "--to", "5511991230001", "--text", "x")
    assert failed.returncode == 1 and "no hub" in failed.stderr


def test_the_outbox_is_not_for_every_user_of_the_machine(hub):
    for method, path in [("GET", "/admin/v1/outbox"), ("POST", "/admin/v1/outbox/retry"), ("POST", "/admin/v1/send")]:
        assert requests.request(method, hub.admin + path, json={}, timeout=TIMEOUT).status_code == 403
