"""Conversation rooms: who may enter, what is acknowledged, and who sees whom typing."""

import pytest

from harness import meta

FORMS = [lambda id: id, lambda id: {"conversationId": id}, lambda id: {"conversation_id": id}, lambda id: {"id": id}]


@pytest.fixture
def conversation(hub, connect):
    watcher = connect(user="watcher")
    (message,) = hub.deliver(meta.text())
    return watcher.wait_message(message["id"])["conversationId"]


@pytest.mark.parametrize("form", range(len(FORMS)))
@pytest.mark.parametrize("name", ["conversation:join", "join_conversation", "subscribe:conversation"])
def test_every_join_is_accepted(conversation, connect, name, form):
    assert connect().call(name, FORMS[form](conversation)) == {"ok": True}


def test_bad_arguments_are_refused_and_harm_nobody(conversation, connect):
    client = connect()
    for argument in (None, [], {}, 1.5, True, {"conversationId": ["x"]}, "x" * 500):
        assert client.call("conversation:join", argument) == {"ok": False, "error": "bad_request"}, argument
    assert client.call("conversation:join", conversation) == {"ok": True}


def test_typing_reaches_the_others_in_the_room_once(conversation, connect):
    typist, reader, outsider = connect(user="typist"), connect(user="reader"), connect(user="outsider")
    for client in (typist, reader):
        assert client.call("conversation:join", conversation) == {"ok": True}
    for _ in range(5):
        assert typist.call("typing", {"conversationId": conversation, "isTyping": True}) == {"ok": True}
    assert typist.call("typing_stop", conversation) == {"ok": True}
    reader.wait("typing", lambda p: not p["isTyping"])
    assert reader.all("typing") == [
        {"conversationId": conversation, "isTyping": True, "userId": "typist"},
        {"conversationId": conversation, "isTyping": False, "userId": "typist"},
    ]
    for client in (typist, outsider):  # an answered call means that what came before has been handled
        client.call("ping", None)
        assert client.all("typing") == []


def test_who_left_no_longer_sees_typing(conversation, connect):
    typist, reader = connect(user="typist"), connect(user="reader")
    for client in (typist, reader):
        client.call("conversation:join", conversation)
    assert reader.call("conversation:leave", conversation) == {"ok": True}
    typist.call("typing_start", conversation)
    reader.call("ping", None)
    assert reader.all("typing") == []


def test_a_leave_sent_right_after_a_join_wins(conversation, connect):
    typist, reader = connect(user="typist"), connect(user="reader")
    typist.call("conversation:join", conversation)
    for _ in range(20):
        reader.emit("conversation:join", conversation)
        assert reader.call("conversation:leave", conversation) == {"ok": True}
    typist.call("typing_start", conversation)
    reader.call("ping", None)
    assert reader.all("typing") == []


def test_a_client_that_drops_stops_typing(conversation, connect):
    typist, reader = connect(user="typist"), connect(user="reader")
    for client in (typist, reader):
        client.call("conversation:join", conversation)
    typist.call("typing_start", conversation)
    reader.wait("typing", lambda p: p["isTyping"])
    typist.close()
    reader.wait("typing", lambda p: not p["isTyping"])


def test_register_must_name_the_tokens_user(connect):
    client = connect(user="u7")
    answer = client.call("register", {"userId": "u7"})
    assert (answer["ok"], answer["userId"]) == (True, "u7")
    assert client.call("register_user", "u8") == {"ok": False, "error": "forbidden"}


def test_health_events_are_answered(connect):
    client = connect()
    client.emit("ping", None)
    assert client.wait("pong")["timestamp"].endswith("Z")
    client.emit("heartbeat", {"ts": 17})
    assert client.wait("heartbeat_ack") == {"ts": 17}


def test_a_narrowed_token_sees_its_conversations_only(hub, conversation, connect):
    narrowed = connect(token=hub.token(user="narrow", conversations=[conversation]))
    wide = connect(user="wide")
    (other,) = hub.deliver(meta.text())
    foreign = wide.wait_message(other["id"])["conversationId"]
    assert narrowed.call("conversation:join", foreign) == {"ok": False, "error": "forbidden"}
    assert narrowed.call("conversation:join", conversation) == {"ok": True}
    assert narrowed.all("message:new") == []
