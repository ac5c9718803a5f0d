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


def crash(hub, **environment):
    # Without Swift's own report of the crash, which takes seconds.
    done = hub.command("serve", env={**os.environ, "SWIFT_BACKTRACE": "enable=no", **environment})
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
    crashing.stop()
    assert not [line for line in crashing.log if "the last start ended" in line]


SLOW_END = """
#include <signal.h>
#include <unistd.h>
static void end(int number) { for (unsigned left = 8; left > 0;) left = sleep(left); signal(number, SIG_DFL); raise(number); }
__attribute__((constructor)) static void install(void) { signal(SIGABRT, end); }
"""


def test_an_end_that_takes_longer_than_the_plugin_may_is_the_plugins_too(crashing):
    """As Swift's report of a crash can. Other threads go on meanwhile and give the plugin up, as if it had just been slow."""
    crashing.config["channels"]["two"].update(config={"mode": "create-crashes"}, on_start_error="disable")
    slow = crashing.folder / "slow.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", slow], input=SLOW_END, text=True, check=True)
    crash(crashing, LD_PRELOAD=str(slow))
    assert (crashing.folder / "data/quarantine/loading-two-two").read_text().split()[1] == "1"


def test_a_start_that_goes_well_says_it_once(crashing):
    crashing.config["channels"]["two"]["config"]["mode"] = "create-crashes"
    crash(crashing)
    crashing.config["channels"]["two"]["config"]["mode"] = "plain"
    crashing.start()
    crashing.stop()  # the log is read to its end then
    assert "the last start ended" in crashing.log[0]
    crashing.log.clear()
    crashing.start()
    crashing.stop()
    assert crashing.log[0] == f"hub: {crashing.url}"
