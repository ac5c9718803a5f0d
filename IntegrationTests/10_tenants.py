"""Two tenants: neither sees anything of the other, on either namespace, in rooms, acknowledgements or stats."""

from harness import meta

BOTH = ("/", "/whatsapp")


def test_events_stay_with_their_tenant(hub, connect):
    acme, globex = connect("acme", namespaces=BOTH), connect("globex", namespaces=BOTH)
    for account in (meta.ACME, meta.GLOBEX):
        hub.deliver(meta.text(f"segredo de {account}"), account=account)
    (last_acme,), (last_globex,) = hub.deliver(meta.text()), hub.deliver(meta.text(), account=meta.GLOBEX)
    for namespace in BOTH:
        acme.wait_message(last_acme["id"], namespace)
        globex.wait_message(last_globex["id"], namespace)
    assert meta.GLOBEX not in str(acme.events)
    assert meta.ACME not in str(globex.events)


def test_a_user_called_like_a_tenant_is_alone(hub, connect):
    acme, stranger = connect("acme"), connect(None, user="acme")
    (message,) = hub.deliver(meta.text("segredo"))
    conversation = acme.wait_message(message["id"])["conversationId"]
    assert stranger.call("conversation:join", conversation) == {"ok": False, "error": "forbidden"}
    assert meta.ACME not in str(stranger.events)
    token = hub.token(None, user="acme")
    assert hub.sync_as(token)[0] == []
    assert hub.stats(token).json() == {"totalConnections": 1, "connectionsByTenant": {"user:acme": 1}}
    assert hub.stats(hub.token("user:acme", user="mallory")).status_code == 401


def test_one_webhook_for_both_is_taken_apart(hub, connect):
    acme, globex = connect("acme"), connect("globex")
    ours, theirs = meta.text("nosso"), meta.text("deles")
    assert hub.post(meta.envelope(meta.value(meta.ACME, [ours]), meta.value(meta.GLOBEX, [theirs]))).status_code == 200
    acme.wait_message(ours["id"])
    globex.wait_message(theirs["id"])
    assert theirs["id"] not in str(acme.events)
    assert ours["id"] not in str(globex.events)


def test_a_foreign_room_is_refused_like_one_that_does_not_exist(hub, connect):
    acme, globex = connect("acme", namespaces=BOTH), connect("globex", namespaces=BOTH)
    (message,) = hub.deliver(meta.text())
    conversation = acme.wait_message(message["id"])["conversationId"]
    for namespace in BOTH:
        for name, argument in (("conversation:join", conversation), ("typing", {"conversationId": conversation, "isTyping": True})):
            foreign = globex.call(name, argument, namespace=namespace)
            absent = globex.call(name, str(argument).replace(conversation, "cnv_0") if name != "typing" else {**argument, "conversationId": "cnv_0"}, namespace=namespace)
            assert foreign == absent == {"ok": False, "error": "forbidden"}
    assert acme.call("conversation:join", conversation) == {"ok": True}
    globex.call("typing_start", conversation)
    acme.call("ping", None)
    assert acme.all("typing") == []


def test_the_same_phone_is_two_people(hub, connect):
    acme, globex, phone = connect("acme"), connect("globex"), meta.new_phone()
    (ours,) = hub.deliver(meta.text(sender=phone))
    (theirs,) = hub.deliver(meta.text(sender=phone), account=meta.GLOBEX)
    a, g = acme.wait_message(ours["id"]), globex.wait_message(theirs["id"])
    assert a["conversationId"] != g["conversationId"]
    assert a["message"]["contact"]["id"] != g["message"]["contact"]["id"]


def test_rooms_are_local_even_under_the_same_name(hub, connect):
    acme, globex = connect("acme", user="same"), connect("globex", user="same")
    (message,) = hub.deliver(meta.text(), account=meta.GLOBEX)
    globex.wait_message(message["id"])
    acme.call("ping", None)
    assert acme.names() == ["pong"]


def test_stats_show_a_token_its_own_tenant(hub, connect):
    connect("acme", user="a"), connect("acme", user="b"), connect("globex", user="c")
    hub.await_stats(hub.token("acme"), {"totalConnections": 2, "connectionsByTenant": {"acme": 2}})
    hub.await_stats(hub.token("globex"), {"totalConnections": 1, "connectionsByTenant": {"globex": 1}})
    hub.await_stats(hub.api_key, {"totalConnections": 3, "connectionsByTenant": {"acme": 2, "globex": 1}})


def test_an_account_nobody_configured_is_not_stored(hub, connect):
    client, stranger = connect("acme"), meta.text()
    hub.deliver(stranger, account="999999999999999")
    (after,) = hub.deliver(meta.text())
    client.wait_message(after["id"])
    assert stranger["id"] not in hub.journaled()
