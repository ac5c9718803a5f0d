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


def test_without_the_second_claim_all_is_well(hubs):
    done = hubs().command("check", "-c", "hub.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
