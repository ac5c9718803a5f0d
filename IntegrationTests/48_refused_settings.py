"""What a plugin would refuse at its start is found by `hub check`, at its place; the rest ends the start as a mistake of the configuration."""

import subprocess

import pytest

from harness.hub import ROOT

SECRET = "secret://file/data/secrets/app"


def channel(plugin, account, **config):
    settings = {"tenant": "demo", "token": SECRET} if plugin == "chatengine" else {"tenant": "demo"}
    return {"plugin": plugin, "accounts": {account: settings}, "config": config}


def evolution(**config):
    return channel("evolution", "loja", **config)


def chatengine(**config):
    return channel("chatengine", "ws", **{"url": "https://chat.example", **config})


def send(**more):
    return {"url": "https://chat.example/{{conversationId}}", "body": {"content": "{{content}}"}, **more}


CASES = {
    "no address for a socket": (evolution(mode="instance"), "needs the key \"url\""),
    "no address for the global socket": (evolution(mode="global", webhook_secret=SECRET), "needs the key \"url\""),
    "a mistyped scheme": (evolution(mode="global", url="htp://x"), "config.url: \"htp://x\""),
    "an address with a query": (evolution(mode="global", url="http://h/?a=b"), "config.url: "),
    "a webhook without its secret": (evolution(mode="webhook"), "needs the key \"webhook_secret\""),
    "no mode": (evolution(url="http://h"), "needs the key \"mode\""),
    "a webhook without its signature": (
        channel("meta-cloud", "1", path="/m", verify_token=SECRET), "needs the key \"app_secret\""),
    "a websocket's address": (chatengine(url="wss://chat.example"), "config.url: \"wss://chat.example\""),
    "an address with a path": (chatengine(url="https://chat.example/api"), "config.url: "),
    "an unknown place in the body": (chatengine(send=send(body={"a": [{"b": "{{foo}}"}]})), "config.send.body.a.0.b: \"{{foo}}\""),
    "an unknown place in a body of text": (chatengine(send=send(body='{"a": "{{foo}}"}')), "config.send.body: "),
    "a place without end": (chatengine(send=send(body={"a": "{{content"})), "config.send.body.a: "),
    "an unknown place in the address": (chatengine(send=send(url="https://chat.example/{{foo}}")), "config.send.url: "),
    "bytes in the address": (chatengine(send=send(url="https://chat.example/{{mediaBase64}}")), "config.send.url: "),
    "a place for the host": (chatengine(send=send(url="https://{{workspaceId}}/x")), "config.send.url: "),
    "an unknown place in a header": (chatengine(send=send(headers={"A": "Bearer {{content}}"})), "config.send.headers.A "),
}


@pytest.mark.parametrize("case", CASES)
def test_found_by_the_check(hubs, case):
    hub = hubs()
    hub.config["channels"]["extra"], words = CASES[case]
    done = hub.command("check", "-c", "hub.yaml")
    assert done.returncode == 3 and words in done.stdout and "hub.yaml:" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count(" error[") == 1, done.stdout


def test_what_is_right_passes(hubs):
    hub = hubs()
    headers = {"Authorization": "Bearer {{token}}", "X-Key": SECRET, "X-Plain": "a {b} c"}
    body = {"type": "{{type}}", "n": 5, "on": True, "none": None, "list": ["{{ content }}", {"x": "}} {"}], "file": "{{mediaBase64}}"}
    hub.config["channels"]["a"] = chatengine(send=send(headers=headers, body=body, url="https://chat.example:8443/a/{{ workspaceId }}?c={{size}}"))
    hub.config["channels"]["b"] = chatengine(url="HTTP://127.0.0.1:9000/", send=send(body='{"a": {"b": "{{content}}", "c": {}}}'))
    hub.config["channels"]["c"] = evolution(mode="instance", url="https://[::1]:8080/wa/")
    hub.config["channels"]["d"] = evolution(mode="webhook", signature="off")
    done = hub.command("check", "-c", "hub.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_only_the_plugin_can_tell_ends_the_start_as_a_mistake_of_the_configuration(hubs):
    hub = hubs()
    hub.config["channels"]["extra"] = chatengine(send=send(body="{{content}}"))
    assert hub.command("check", "-c", "hub.yaml").returncode == 0
    done = hub.command("serve", "-c", "hub.yaml")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "extra: refused its config: config.send.body is no JSON" in done.stderr, done.stderr


@pytest.mark.parametrize("mode, code, words", [
    ("create-refuses", 3, "odd: refused its config: url is missing"), ("start-refuses", 3, "odd: refused its config: url has no host"),
    ("start-fails", 1, "odd: start: the port is taken"), ("validate-fails", 1, "odd: validate: the provider is unknown"),
])
def test_only_a_refused_config_ends_a_start_as_a_mistake_of_the_configuration(hubs, mode, code, words):
    hub = hubs()
    folder = hub.folder / "plugins"
    folder.mkdir()
    subprocess.run(
        ["gcc", "-std=c11", "-shared", "-fPIC", "-fvisibility=hidden", "-pthread", f"-I{ROOT}/Sources/CHubPlugin/include",
         '-DNAME="odd"', f"{ROOT}/Tests/HubHostPlugins/scripted.c", "-o", f"{folder}/libodd.so"], check=True)
    hub.config["channels"]["odd"] = {"plugin": "odd", "accounts": {"desk": {"tenant": "acme"}}, "config": {"mode": mode}}
    hub.config["plugins"]["path"].append(str(folder))
    done = hub.command("serve", "-c", "hub.yaml")
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
