"""A plugin that takes the hub down while it starts is named by the very next start, before it is loaded again."""

import os
import signal
import subprocess

import pytest

from harness.hub import ROOT


@pytest.fixture
def crashing(hubs):
    """A hub with two channels whose plugin does not crash, crashes, as `mode` says."""
    hub = hubs()
    folder = hub.folder / "plugins"
    folder.mkdir()
    for name in ("one", "two"):
        subprocess.run(
            ["gcc", "-std=c11", "-shared", "-fPIC", "-fvisibility=hidden", "-pthread", f"-I{ROOT}/Sources/CHubPlugin/include",
             f'-DNAME="{name}"', f"{ROOT}/Tests/HubHostPlugins/scripted.c", "-o", f"{folder}/lib{name}.so"], check=True)
        hub.config["channels"][name] = {"plugin": name, "accounts": {"desk": {"tenant": "acme"}}, "config": {"mode": "plain"}}
    hub.config["plugins"]["path"].append(str(folder))
    return hub


def crash(hub):
    # Without Swift's own report of the crash, which takes seconds while the other threads go on.
    done = hub.command("serve", env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
    assert done.returncode == -signal.SIGABRT, done.stderr
    return done.stderr


def test_each_start_names_what_the_last_one_ended_with(crashing):
    crashing.config["channels"]["two"]["config"]["mode"] = "create-crashes"
    assert "the last start ended" not in crash(crashing)
    # Others may have been on their way at the same time; from now on they are loaded one after the other.
    second = crash(crashing).splitlines()[0]
    assert second.startswith("hub: warning: the last start ended while plugin") and "two (adapter two)" in second
    assert ("one is loaded after the other" in second) == (second.count("(adapter ") > 1)
    third = crash(crashing).splitlines()[0]
    assert third == "hub: warning: the last start ended while plugin two (adapter two) was being loaded; after 3 in a row it is kept out"
    done = crashing.command("serve")
    assert done.returncode == 1 and "3 times in a row" in done.stderr and "the last start ended" not in done.stderr
    # Mended and let in again.
    crashing.config["channels"]["two"]["config"]["mode"] = "plain"
    (crashing.folder / "data/quarantine/loading-two-two").unlink()
    crashing.start()
    assert not [line for line in crashing.log if "the last start ended" in line]


def test_a_start_that_goes_well_says_it_once(crashing):
    crashing.config["channels"]["two"]["config"]["mode"] = "create-crashes"
    crash(crashing)
    crashing.config["channels"]["two"]["config"]["mode"] = "plain"
    crashing.start()
    assert "the last start ended" in crashing.log[0]
    crashing.kill()
    crashing.log.clear()
    crashing.start()
    assert crashing.log[0] == f"hub: {crashing.url}"
