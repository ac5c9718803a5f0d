"""The example in C, built from its own directory with gcc and the header: webhook in, event out, browser."""

import json
import subprocess

from harness import example, samples
from harness.hub import ROOT

BROWSER = True


SOURCE = ROOT / "plugins/examples/c-echo"


def build(hub):
    folder = hub.folder / "plugins"
    folder.mkdir()
    subprocess.run(["make", "-C", str(SOURCE), "--silent", "CC=gcc", f"OUT={folder}/libc-echo.so"], check=True)
    return folder


def configure(hub):
    example.enable(hub, "c-echo", build(hub))


def test_a_posted_text_reaches_the_browser_once(hub, browser):
    example.from_webhook_to_browser(hub, browser)


def test_it_is_listed_as_what_it_is(hub):
    done = hub.command("plugin", "inspect", "c-echo", "-c", "hub.yaml")
    assert done.returncode == 0, done.stderr
    assert "c-echo" in done.stdout and "1.0.0" in done.stdout
    assert '\n             "type": "object",\n' in done.stdout, "the schema is there to be read"
    raw = json.loads(hub.command("plugin", "inspect", "c-echo", "-c", "hub.yaml", "--json").stdout)
    assert json.dumps(raw).count("additionalProperties") == done.stdout.count("additionalProperties") > 0


def test_its_sample_is_accepted(hubs):
    hub = hubs()
    hub.config["plugins"]["path"].append(str(build(hub)))
    done = samples.check(hub, SOURCE / "sample.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hub.yaml: ok\n", "")


def test_what_is_sent_through_it_is_accepted(hub, connect):
    client = connect()
    sent = hub.command("send", "--channel", "echo", "--to", "5511991239998", "--text", "oi")
    assert sent.returncode == 0, sent.stderr
    (id, status) = sent.stdout.split()
    assert status == "pending"
    update = client.wait("message:status-update", lambda payload: payload["messageId"] == id)
    assert update["status"] == "SENT"
