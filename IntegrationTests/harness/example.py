"""The example plugins, built as an outsider would and enabled by configuration."""

import json

from . import TIMEOUT, meta


def enable(hub, name, folder):
    """Adds a channel with the example plugin that lies in `folder`."""
    hub.config["plugins"]["path"].append(str(folder))
    hub.config["channels"]["echo"] = {"plugin": name, "accounts": {"desk": {"tenant": "acme"}}, "config": {"path": "/echo", "account": "desk"}}
    # An account that `accounts` does not list: nothing of it may be acknowledged.
    hub.config["channels"]["stray"] = {"plugin": name, "accounts": {"desk": {"tenant": "acme"}}, "config": {"path": "/stray", "account": "other"}}


def post(hub, path="/echo", **body):
    return hub.http.post(f"{hub.url}{path}", data=json.dumps(body), timeout=TIMEOUT)


def from_webhook_to_browser(hub, browser):
    """The way of one message through the example, and of the same once more."""
    browser.connect("a", hub.url, "/", {"auth": {"token": hub.token()}, "forceNew": True})
    first, last, text = meta.new_id("X"), meta.new_id("X"), 'Olá, "mundo"\n\\ação 😀'
    for id, says in ((first, text), (first, text), (last, "depois")):
        answer = post(hub, **{"from": "5511991239999", "text": says, "id": id})
        assert answer.status_code == 200, answer.text
    browser.next("a", "message:new", last)
    got = browser.run("hub.got.a.filter(e => e[0] === 'message:new').map(e => [e[1].message.whatsappMessageId, e[1].message.content])")
    assert got == [[first, text], [last, "depois"]]
    assert post(hub, text="de ninguém").status_code == 400
    assert hub.journaled().count(first) == 1
    stray = meta.new_id("X")
    answer = post(hub, "/stray", **{"from": "5511991239999", "text": "para ninguém", "id": stray})
    assert answer.status_code == 422 and answer.json()["counts"]["unknownAccount"] == 1
    assert stray not in hub.journaled()
