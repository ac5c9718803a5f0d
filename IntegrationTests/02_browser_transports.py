"""The official client in Chromium: both transports, the upgrade, two namespaces over one connection, acks, reconnection."""

import pytest

from harness import meta

BROWSER = True


def options(hub, **more):
    return {"auth": {"token": hub.token()}, "forceNew": True, **more}


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_one_transport_alone_carries_a_message(hub, browser, transport):
    connected = browser.connect("a", hub.url, "/", options(hub, transports=[transport]))
    assert connected["transport"] == transport
    (message,) = hub.deliver(meta.text())
    assert browser.next("a", "message:new", message["id"])["message"]["whatsappMessageId"] == message["id"]
    assert browser.errors == []


def test_polling_is_upgraded_to_websocket_without_losing_or_doubling(hub, browser):
    assert browser.connect("a", hub.url, "/", options(hub))["opened"] == "polling"
    during = [hub.deliver(meta.text())[0]["id"] for _ in range(5)]
    assert browser.upgraded("a") == "websocket"
    after = [hub.deliver(meta.text())[0]["id"] for _ in range(5)]
    browser.next("a", "message:new", after[-1])
    got = browser.run("hub.got.a.filter(e => e[0] === 'message:new').map(e => e[1].message.whatsappMessageId)")
    assert got == during + after
    assert browser.errors == []


def test_two_namespaces_share_one_connection(hub, browser):
    auth = {"auth": {"token": hub.token()}, "transports": ["websocket"]}
    browser.connect("root", hub.url, "/", auth)
    browser.connect("whatsapp", hub.url, "/whatsapp", auth)
    assert browser.run("hub.sockets.root.io === hub.sockets.whatsapp.io")
    (message,) = hub.deliver(meta.text())
    for name in ("root", "whatsapp"):
        browser.next(name, "message:new", message["id"])
    hub.await_stats(hub.token(), {"totalConnections": 1, "connectionsByTenant": {"acme": 1}})


def test_join_is_acknowledged(hub, browser):
    browser.connect("a", hub.url, "/", options(hub))
    (message,) = hub.deliver(meta.text())
    conversation = browser.next("a", "message:new", message["id"])["conversationId"]
    assert browser.ask("a", "conversation:join", conversation) == {"ok": True}
    assert browser.ask("a", "conversation:join", {"conversationId": conversation}) == {"ok": True}
    assert browser.ask("a", "conversation:join", "cnv_00000000000000000000000000") == {"ok": False, "error": "forbidden"}


@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]], ids="+".join)
def test_reconnects_after_the_hub_restarted(hub, browser, transports):
    browser.connect("a", hub.url, "/", options(hub, transports=transports, reconnection=True, reconnectionDelay=100, reconnectionDelayMax=500))
    assert hub.stop() == 0
    # Not "io server disconnect": after that the stock client stays away.
    assert browser.next("a", "<disconnect>") in ("transport close", "transport error")
    hub.start()
    browser.next("a", "<connect>", "", 2)
    (message,) = hub.deliver(meta.text())
    browser.next("a", "message:new", message["id"])
