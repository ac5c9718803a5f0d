"""Lost connections with the official clients, against a realtime server that gives sockets back."""

import json

import pytest
import socketio

from harness import TIMEOUT, node
from harness.fixture import Fixture


@pytest.fixture(scope="module")
def realtime():
    fixture = Fixture("--recovery").start()
    yield fixture
    fixture.stop()


@pytest.fixture
def script(realtime):
    prelude = """
      const connect = (name) => hub.connect(name, URL, "/", { transports: ["websocket"], forceNew: true, reconnectionDelay: 200 });
      const ask = (name, ...args) => hub.within(`answer to ${args[0]}`, new Promise((resolve) => hub.sockets[name].emit(...args, resolve)));
      const expect = (what, got, wanted) => {
        const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
        if (a !== b) throw new Error(`${what}: got ${a}, wanted ${b}`);
      };
      const events = (name, event) => hub.got[name].filter((e) => e[0] === event);
      const lose = async (name) => {
        const losses = events(name, "<disconnect>").length;
        hub.sockets[name].io.engine.close();
        await hub.next(name, "<disconnect>", "", losses + 1);
      };
    """
    return lambda body: node.run(f"const URL = {json.dumps(realtime.url)};{prelude}{body}")


def test_a_lost_socket_comes_back_with_its_id_its_rooms_and_what_it_missed(script):
    script("""
      const { id } = await connect("a");
      await connect("b");
      expect("new", hub.sockets.a.recovered, false);
      await ask("a", "join", "r");
      await ask("b", "to-room", "r", "n", 0);
      await hub.next("a", "n");
      for (let round = 1; round < 6; round++) {
        await lose("a");
        for (let i = 0; i < 10; i++) await ask("b", "to-room", "r", "n", round * 10 + i);
        await ask("b", "to-room", "other", "n", -1);
        await hub.next("a", "n", `"n",${round * 10 + 9},`);
        expect("recovered", [hub.sockets.a.recovered, hub.sockets.a.id], [true, id]);
      }
      const wanted = [0];
      for (let round = 1; round < 6; round++) for (let i = 0; i < 10; i++) wanted.push(round * 10 + i);
      expect("once, in order", events("a", "n").map((e) => e[1]), wanted);
      if (!events("a", "n").every((e) => typeof e[2] === "string")) throw new Error("no offset");
      expect("whoami", (await ask("a", "whoami")).sid, id);
    """)


def test_binary_events_come_back_too(script):
    script("""
      await connect("a");
      await connect("b");
      await ask("a", "join", "bytes");
      await ask("b", "to-room", "bytes", "first", 1);
      await hub.next("a", "first");
      await lose("a");
      await ask("b", "to-room", "bytes", "second", Uint8Array.from([1, 2, 3]));
      expect("bytes", Array.from(new Uint8Array(await hub.next("a", "second"))), [1, 2, 3]);
      expect("recovered", hub.sockets.a.recovered, true);
    """)


@pytest.mark.parametrize("how", ['hub.sockets.a.emit("bye")', 'hub.sockets.a.emit("bye-all")', "hub.sockets.a.disconnect()"])
def test_who_left_starts_anew(script, how):
    script(f"""
      const {{ id }} = await connect("a");
      await ask("a", "join", "left");
      await ask("a", "to-room", "left", "n", 1);
      await hub.next("a", "n");
      {how};
      await hub.next("a", "<disconnect>");
      hub.sockets.a.connect();
      await hub.next("a", "<connect>", "", 2);
      expect("recovered", hub.sockets.a.recovered, false);
      if (hub.sockets.a.id === id) throw new Error("the old id");
      await ask("a", "to-room", "left", "n", 2);
      await ask("a", "echo", 1);
      expect("not in the room", events("a", "n").length, 1);
    """)


def test_python_clients_get_one_more_argument_and_are_not_hindered(realtime):
    got = []
    client = socketio.Client()
    client.on("n", lambda *arguments: got.append(arguments))
    client.connect(realtime.url, transports=["websocket"], wait_timeout=TIMEOUT)
    assert client.call("join", "python", timeout=TIMEOUT) == "ok"
    assert client.call("to-room", ("python", "n", {"x": 1}), timeout=TIMEOUT) == "ok"
    assert client.call("echo", 1, timeout=TIMEOUT) == 1
    assert [arguments[0] for arguments in got] == [{"x": 1}]
    assert isinstance(got[0][1], str) and len(got[0]) == 2
    client.disconnect()
