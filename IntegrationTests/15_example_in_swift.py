"""The example in Swift, a package of its own that takes nothing but the SDK from the hub's: webhook in, event out, browser."""

import os
import shlex
import subprocess

from harness import example, samples
from harness.hub import ROOT

BROWSER = True
SOURCE, SCRATCH = ROOT / "plugins/examples/swift-echo", ROOT / ".cache/swift-echo"


def swift(verb):
    command = [*shlex.split(os.environ.get("HUB_SWIFT", "swift")), verb, "--scratch-path", str(SCRATCH)]
    done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    return done.stdout + done.stderr


def configure(hub):
    swift("build")
    example.enable(hub, "swift-echo", (SCRATCH / "debug").resolve())


def test_a_posted_text_reaches_the_browser_once(hub, browser):
    example.from_webhook_to_browser(hub, browser)


def test_its_sample_is_accepted(hub, hubs):
    other = hubs()
    other.config["plugins"]["path"].append(str((SCRATCH / "debug").resolve()))
    done = samples.check(other, SOURCE / "sample.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hub.yaml: ok\n", "")


def test_its_own_tests_pass_against_the_kit_alone(hub):
    assert "Test run with 3 tests" in swift("test")


def test_only_the_sdk_was_fetched_and_built(hub):
    checkouts = SCRATCH / "checkouts"
    assert not checkouts.exists() or not list(checkouts.iterdir())


def test_it_exports_one_symbol(hub):
    listed = subprocess.run(["nm", "-D", "--defined-only", str(SCRATCH / "debug/libswift-echo.so")], capture_output=True, text=True, check=True).stdout
    assert [line.split()[2] for line in listed.splitlines() if line.split()[1].isupper()] == ["hub_plugin_entry"]
