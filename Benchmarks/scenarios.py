"""What is measured: flags for sioload, and what is read from its answer."""

BROADCAST = ["--mode", "broadcast", "--join-event", "join", "--payload-bytes", "256"]
WEBHOOK = ["--payload-bytes", "600", "--hub-secret", "bench-secret"]


REALTIME = ("floor", "fixture", "python")


class Scenario:
    """`unit` names a column of sioload's answer and how it is shown; `goal` is the ratio to the floor that is aimed at; `commits`: what
    was stored is stored again by a C loop, in batches of the same size."""

    def __init__(self, text, flags, unit="server_cpu_us_per_unit", rate=None, latency=None, goal=None, servers=REALTIME, commits=False):
        self.text, self.flags, self.unit, self.rate, self.latency = text, flags, unit, rate, latency
        self.goal, self.servers, self.commits = goal, servers, commits

    @property
    def is_idle(self):
        return self.unit == "server_rss_kib_per_conn"


def idle(count, **options):
    flags = ["--mode", "idle", "--conns", str(count), "--settle", "3", "--duration", "1"]
    return Scenario(f"{count:,} idle sockets, KiB each", flags, "server_rss_kib_per_conn", "connect_per_s", **options)


def broadcast(text, *flags, **options):
    return Scenario(text, BROADCAST + list(flags), rate="delivered_per_s", latency="latency_us", **options)


def webhook(text, *flags, **options):
    return Scenario(text, list(flags) + WEBHOOK, servers=("floor", "hub"), **options)


SCENARIOS = {
    "idle-1000": idle(1000),
    "idle-5000": idle(5000),
    "idle-10000": idle(10000, goal="≤ 5 KiB"),
    "B1k": broadcast("one room of 1000", "--conns", "1000", "--window", "4", goal="≤ 1.2", servers=(*REALTIME, "two-loops")),
    "B5k": broadcast("one room of 5000", "--conns", "5000", "--window", "4", goal="≤ 1.25"),
    "R80": broadcast("one room of 1000, 80 a second", "--conns", "1000", "--rate", "80"),
    "C": broadcast("1000 rooms of 5", "--conns", "5000", "--rooms", "1000", "--emit-conns", "16", "--window", "16", goal="≤ 1.4",
                   servers=(*REALTIME, "two-loops")),
    "U": broadcast("16 triggers at once, one room of 100", "--conns", "100", "--emit-conns", "16", "--window", "16", "--any-order", goal="≤ 0.25"),
    "D": Scenario("echo with ack, 100 sockets", ["--mode", "echo", "--conns", "100", "--payload-bytes", "256"], rate="echoes_per_s", latency="latency_us", goal="≤ 1.5"),
    "E": Scenario("handshake, 200 at a time", ["--mode", "connect", "--conns", "5000", "--concurrency", "200"], "server_cpu_us_per_connect", "connect_per_s", "connect_us", goal="≤ 2.5"),
    "F": Scenario("HTTP POST that emits, 32 connections", ["--mode", "ingest", "--conns", "0", "--emit-conns", "32", "--payload-bytes", "600"], rate="http_per_s", latency="http_us", goal="≤ 2.5"),
    "P": broadcast("one room of 1000, by long-polling", "--transport", "polling", "--conns", "1000", "--window", "4"),
    "W": webhook("signed webhook, 32 connections", "--mode", "ingest", "--conns", "0", "--emit-conns", "32", "--rooms", "200", rate="http_per_s", latency="http_us"),
    "W64": webhook("signed webhook, 64 connections", "--mode", "ingest", "--conns", "0", "--emit-conns", "64", "--rooms", "200", rate="http_per_s", latency="http_us", commits=True),
    "WE": webhook("signed webhook to 200 rooms of 5", "--mode", "broadcast", "--conns", "1000", "--rooms", "200", "--emit-conns", "16", "--window", "16",
                  rate="delivered_per_s", latency="latency_us"),
    "W500": webhook("500 signed webhooks a second to 200 rooms of 5", "--mode", "broadcast", "--conns", "1000", "--rooms", "200", "--emit-conns", "16", "--rate", "500",
                    rate="delivered_per_s", latency="latency_us"),
}
