"""A page of another origin is refused, and its operator can find out why."""

from harness import TIMEOUT


def poll(hub, origin):
    return hub.http.get(f"{hub.url}/socket.io/", params={"EIO": "4", "transport": "polling"}, headers={"Origin": origin}, timeout=TIMEOUT)


def test_a_refused_origin_is_counted_and_named_in_the_log(hubs):
    hub = hubs(origins=["https://app.example"])
    hub.start()
    assert poll(hub, "https://app.example").status_code == 200
    for _ in range(5):
        refused = poll(hub, "https://evil.example")
        assert refused.status_code == 403 and refused.json() == {"code": 4, "message": "Forbidden"}  # as the reference has it
    assert hub.metric("hub_realtime_drops_total", reason="origin_refused") == 5
    assert hub.stop() == 0
    lines = [line for line in hub.log if "origin refused" in line]
    assert len(lines) == 1 and "https://evil.example" in lines[0] and "server.cors.origins" in lines[0]
