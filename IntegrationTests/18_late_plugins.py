"""`on_start_error: retry`: a plugin that could not be used when the hub started is used, with its true configuration, once it can be."""

import os
import subprocess
import time

import pytest

from harness import TIMEOUT, meta
from harness.hub import ROOT

SETTINGS = {"path": "/echo", "account": "desk"}


def build(folder, name="libc-echo.so"):
    """Puts the plugin into place at once, as an installation does."""
    subprocess.run(["make", "-C", str(ROOT / "plugins/examples/c-echo"), "--silent", "CC=gcc", f"OUT={folder}/.new"], check=True)
    os.rename(folder / ".new", folder / name)


def await_log(hub, *words):
    """The first line of the log with all of these words."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        for line in list(hub.log):
            if all(word in line for word in words):
                return line
        time.sleep(0.05)
    raise AssertionError(f"no line with {words}\n" + hub.tail())


def await_ready(hub):
    deadline = time.monotonic() + TIMEOUT
    while hub.http.get(f"{hub.admin}/readyz", timeout=TIMEOUT).status_code != 200:
        assert time.monotonic() < deadline, hub.tail()
        time.sleep(0.05)


@pytest.fixture
def late(hubs):
    """A hub whose `echo` channel names a plugin that lies in `hub.plugins`, or does not yet."""
    hub = hubs()
    hub.plugins = hub.folder / "plugins"
    hub.plugins.mkdir()
    hub.config["plugins"]["path"].append(str(hub.plugins))
    hub.config["channels"]["echo"] = {
        "plugin": "c-echo", "on_start_error": "retry", "accounts": {"desk": {"tenant": "acme"}}, "config": dict(SETTINGS)}
    return hub


def says(hub, id):
    return hub.http.post(f"{hub.url}/echo", json={"from": "5511991239999", "text": "oi", "id": id}, timeout=TIMEOUT)


@pytest.mark.parametrize("state", ["missing", "corrupt", "open to everybody"])
def test_a_file_that_comes_later_runs_with_its_true_configuration(late, state):
    file = late.plugins / "libc-echo.so"
    if state == "corrupt":
        file.write_bytes(b"\x7fELF and then nothing")
    elif state == "open to everybody":
        build(late.plugins)
        file.chmod(0o666)
    late.start()
    assert late.http.get(f"{late.admin}/readyz", timeout=TIMEOUT).status_code == 503
    assert says(late, "early").status_code == 404
    if state == "open to everybody":
        file.chmod(0o755)
    else:
        build(late.plugins)
    await_ready(late)
    id = meta.new_id("late")
    # The path and the account come from the settings, which could not be checked before.
    assert says(late, id).status_code == 200
    assert late.journaled() == [id]
    # Its neighbours were never disturbed.
    late.deliver(meta.text("oi"))


def test_settings_that_do_not_fit_are_told_with_their_place_and_a_replaced_plugin_gets_another_chance(late):
    late.config["channels"]["echo"]["config"] = {"path": "/echo", "acount": "desk"}
    late.start()
    build(late.plugins)
    line = await_log(late, "adapter not started", "acount")
    assert "hub.yaml:" in line and 'did you mean' in line
    assert says(late, "never").status_code == 404
    # It goes on trying: the next version of the plugin may know the key.
    late.log.clear()
    await_log(late, "adapter not started", "acount")
    assert late.stop() == 0


def test_a_path_that_somebody_else_has_by_then_is_refused_with_both_names(late):
    late.config["channels"]["echo"]["config"]["path"] = "/webhooks/whatsapp"
    late.start()
    build(late.plugins)
    line = await_log(late, "adapter not started", "is claimed by")
    assert "channels.echo" in line and "channels.meta-main" in line
    late.deliver(meta.text("oi"))
