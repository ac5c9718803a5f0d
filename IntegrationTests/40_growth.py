"""Nothing grows but what must: the cost of a delivery, the memory of a socket, what a connection leaves behind."""

import os
import time

import pytest

from harness.load import Bench

CYCLES = int(os.environ.get("HUB_CYCLES", "5000"))
ROOM_OF_100 = ("--mode", "broadcast", "--conns", 100, "--join-event", "join", "--payload-bytes", 256, "--window", 4, "--warmup", 0.5, "--duration", 1.5)


@pytest.fixture
def bench(request):
    bench = Bench(*getattr(request, "param", ())).start()
    yield bench
    bench.close()


def per_delivery(answer):
    return answer["server_cpu_us_per_unit"]


def test_a_delivery_costs_as_much_in_a_room_of_10000_as_in_one_of_100(bench):
    small = per_delivery(bench.run(*ROOM_OF_100))
    large = per_delivery(bench.run(*ROOM_OF_100, "--conns", 10_000, "--duration", 3))
    # Ten thousand sockets don't fit a cache; what walked them all for each delivery would cost a hundred times as much.
    assert large < small * 2, f"{small:.2f} µs in the small room, {large:.2f} in the large one"


def test_a_delivery_costs_as_much_beside_10000_rooms_as_beside_none(bench):
    alone = per_delivery(bench.run(*ROOM_OF_100))
    bench.hold(9800, "--rooms", 9800, "--join-event", "join", "--room-prefix", "other-")
    among = per_delivery(bench.run(*ROOM_OF_100))
    assert among < alone * 2, f"{alone:.2f} µs alone, {among:.2f} among ten thousand rooms"


def test_the_memory_of_a_socket_is_the_same_for_the_first_and_for_the_last(bench):
    sizes = []
    for _ in range(4):
        bench.hold(2400, "--rooms", 2400, "--join-event", "join", "--room-prefix", f"group-{len(sizes)}-")
        sizes.append(bench.resident())
    first, last = sizes[1] - sizes[0], sizes[3] - sizes[2]
    # Tables grow by doubling, so one step may pay for the next.
    assert last < first * 2 + 4096, f"resident KiB after each 2400 sockets: {sizes}"
    assert (sizes[3] - sizes[0]) / 7200 < 64, f"resident KiB after each 2400 sockets: {sizes}"


# Who breaks off between two polls is missed when it is pinged.
@pytest.mark.parametrize("bench", [("--ping-interval", 2000, "--ping-timeout", 2000)], indirect=True, ids=["pinged"])
@pytest.mark.parametrize("transport, cycles", [("websocket", CYCLES), ("polling", CYCLES // 5)])
def test_connections_that_came_and_went_leave_nothing(bench, transport, cycles):
    """Each connects, joins a room, leaves it, leaves its namespace and closes; the first and the last of each round break off instead."""
    round_of = (
        "--transport", transport, "--mode", "connect", "--conns", 200, "--concurrency", 50, "--rooms", 100, "--join-event", "join",
        "--churn", "--leave-event", "leave", "--settle", 0, "--warmup", 0)
    bench.run(*round_of, "--duration", 1)
    descriptors = bench.descriptors()
    done, sizes, began = 0, [], time.monotonic()
    while done < cycles or len(sizes) < 4:
        done += bench.run(*round_of, "--duration", min(max(2, cycles / 10_000), 30))["left"]
        stats = bench.await_nothing()
        sizes.append(bench.resident())
    print(f"{done} {transport} connections in {time.monotonic() - began:.0f} s; resident KiB after each round: {sizes}; {stats}")
    assert stats["opened"] == stats["closed"] > cycles
    assert bench.descriptors() <= descriptors, "descriptors are left over"
    # Deadlines of the dead are kept until they are due, so the first rounds may add some; afterwards nothing may.
    late = sizes[len(sizes) // 2 :]
    assert late[-1] - late[0] < 4096, f"resident KiB after each round, {done} connections in all: {sizes}"
