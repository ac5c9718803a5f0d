"""What a plugin reaches outside through the hub: requests, `egress`, addresses that a stranger's URL must not lead to; and what it keeps."""

import pytest

from harness.hub import free_port
from harness.outbound import Asker, Server


@pytest.fixture
def server():
    with Server() as made:
        yield made


def test_a_request_goes_out_with_its_secret_and_comes_back(hubs, server):
    hub = hubs()
    asker = Asker(hub)
    hub.start()
    assert asker.ask(f"POST {server.url}/v1?x=1", "olá") == "200 POST Bearer the-key olá"
    assert server.seen[0][:2] == ("POST", "/v1?x=1") and server.seen[0][2]["host"] == f"127.0.0.1:{server.port}"
    assert asker.ask(f"GET {server.url}/redirect") == "302 "
    assert [path for _, path, _, _ in server.seen] == ["/v1?x=1", "/redirect"]
    assert asker.ask(f"GET {server.url}/hang-up") == "failed 1 1 the connection broke off"
    assert asker.ask(f"GET http://127.0.0.1:{free_port()}/") == "failed 1 0 connection refused"
    assert asker.ask("GET http://nowhere.invalid/").startswith("failed 1 0 ")
    assert asker.ask("GET ftp://127.0.0.1/") == "refused 2"
    assert hub.metric("hub_outbound_requests_total", adapter="asker", outcome="2xx") == 1
    assert hub.metric("hub_outbound_requests_total", adapter="asker", outcome="3xx") == 1
    assert hub.metric("hub_outbound_requests_total", adapter="asker", outcome="unreachable") == 1
    assert not any("the-key" in line for line in hub.log)
    assert hub.stop() == 0


def test_egress_names_what_may_be_reached(hubs, server):
    hub = hubs()
    asker = Asker(hub, egress=["localhost", "*.example.com"])
    hub.start()
    assert asker.ask(f"GET http://localhost:{server.port}/") == "200 GET Bearer the-key "
    assert asker.ask(f"GET http://LOCALHOST:{server.port}/") == "200 GET Bearer the-key "
    for host in ("127.0.0.1", "example.com", "localhost.example.net", "[::1]", "2130706433"):
        assert asker.ask(f"GET http://{host}:{server.port}/") == "refused 5", host
    assert hub.metric("hub_drops_total", stage="egress", reason="denied") == 5
    assert len(server.seen) == 2
    assert "not-in-effect" not in hub.command("check", "-c", "hub.yaml").stdout


SPELLINGS = [
    "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::1]", "127.0.0.1.",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_case43_a_strangers_url_does_not_lead_to_the_machine_itself(asking, host):
    asker, server = asking
    before = len(server.seen)
    answer = asker.ask(f"GET http://{host}:{server.port}/ foreign")
    assert answer in ("failed 5 0 the host's address is not public", "failed 1 0 the host has no address"), answer
    assert len(server.seen) == before


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "224.0.0.1", "192.0.2.1", "[fe80::1]", "[fd00:ec2::254]", "[ff02::1]"])
def test_case43_nor_to_a_private_net_or_a_metadata_service(asking, host):
    asker, _ = asking
    assert asker.ask(f"GET http://{host}/latest/meta-data/ foreign") == "failed 5 0 the host's address is not public"


@pytest.fixture(scope="module")
def asking(hub):
    with Server() as server:
        yield hub.asker, server


def configure(hub):
    hub.asker = Asker(hub)


def test_case43_a_host_that_egress_names_may_be_at_home(hubs, server):
    hub = hubs()
    asker = Asker(hub, egress=["127.0.0.1", "*.localhost"])
    hub.start()
    assert asker.ask(f"GET {server.url}/ foreign") == "200 GET Bearer the-key "
    # A pattern says what may be reached, not where it may be.
    assert asker.ask(f"GET http://media.localhost:{server.port}/ foreign").startswith("failed")
    assert len(server.seen) == 1


def test_what_a_plugin_keeps_is_there_after_a_crash(hubs):
    hub = hubs()
    asker = Asker(hub)
    hub.config["channels"]["other"] = {**hub.config["channels"]["asker"], "config": {"path": "/ask"}, "enabled": False}
    hub.start()
    assert asker.ask("get place") == "8 no such value"
    assert asker.ask("put place seven") == "0 "
    assert asker.ask("put gone x") == "0 "
    assert asker.ask("remove gone") == "0 "
    hub.kill()
    hub.start()
    assert asker.ask("get place") == "0 seven"
    assert asker.ask("get gone") == "8 no such value"
    assert hub.stop() == 0
