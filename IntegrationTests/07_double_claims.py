"""Two adapters that claim one namespace or one path are a configuration error that names both."""

import pytest


def second_namespace(config):
    config["sinks"]["frontend2"] = {"plugin": "socketio", "config": {"namespace": "/", "dialect": "inbox"}}
    return "frontend", "frontend2"


def second_path(config):
    config["sinks"]["stats2"] = {"plugin": "stats", "config": {"path": "/webhooks/whatsapp"}}
    return "meta-main", "stats2"


@pytest.mark.parametrize("claim", [second_namespace, second_path])
@pytest.mark.parametrize("verb", ["check", "serve"])
def test_refused_before_anything_starts(hubs, claim, verb):
    hub = hubs()
    names = claim(hub.config)
    done = hub.command(verb, "-c", "hub.yaml")
    report = done.stdout + done.stderr
    assert done.returncode == 3, report
    assert all(name in report for name in names), report
    assert not (hub.folder / "data/hub.sqlite").exists()


def evolution(**more):
    return {
        "plugin": "evolution", "on_start_error": "retry", "accounts": {"loja": {"tenant": "demo"}},
        "config": {"mode": "global", "url": "http://127.0.0.1:9", **more},
    }


def test_a_path_that_is_not_opened_is_not_claimed(hubs):
    hub = hubs()
    hub.config["channels"]["evo-a"] = evolution()
    hub.config["channels"]["evo-b"] = evolution(signature="on")
    done = hub.command("check", "-c", "hub.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    secret = "secret://file/data/secrets/app"
    hub.config["channels"]["evo-a"] = evolution(webhook_secret=secret)
    done = hub.command("check", "-c", "hub.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    for more in ({"webhook_secret": secret}, {"signature": "off"}, {"mode": "webhook", "webhook_secret": secret}):
        hub.config["channels"]["evo-b"] = evolution(**more)
        done = hub.command("check", "-c", "hub.yaml")
        assert done.returncode == 3 and "double-claim" in done.stdout and "evo-a" in done.stdout, done.stdout + done.stderr


def test_without_the_second_claim_all_is_well(hubs):
    done = hubs().command("check", "-c", "hub.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
