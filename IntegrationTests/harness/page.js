// What the tests call in the browser and under Node: sockets by name, and everything they got.
globalThis.hub = {
  sockets: {},
  got: {},
  limit: 20000,

  // Connects and answers {id, opened, transport}, `opened` being the transport before any upgrade, or {refused: {message, data}}.
  connect(name, url, namespace, options) {
    const socket = io(url + namespace, options);
    let opened;
    socket.io.once("open", () => (opened = socket.io.engine.transport.name));
    this.got[name] = [];
    this.sockets[name] = socket;
    socket.onAny((event, ...args) => this.add(name, event, args));
    socket.on("disconnect", (reason) => this.add(name, "<disconnect>", [reason]));
    socket.on("connect", () => this.add(name, "<connect>", [socket.id]));
    socket.io.on("reconnect", () => this.add(name, "<reconnect>", []));
    return this.within(`connect ${name}`, new Promise((resolve) => {
      socket.once("connect", () => resolve({ id: socket.id, opened, transport: socket.io.engine.transport.name }));
      socket.once("connect_error", (error) => {
        // Without data it is the transport: the client tries again by itself.
        if (error.data || !options.reconnection) resolve({ refused: { message: error.message, data: error.data } });
      });
    }));
  },

  waiting: [],
  add(name, event, args) {
    this.got[name].push([event, ...args]);
    this.waiting = this.waiting.filter((check) => !check());
  },

  // The n-th event of that name whose text holds `part`.
  next(name, event, part = "", n = 1) {
    return this.within(`${event} at ${name}`, new Promise((resolve) => {
      const check = () => {
        const found = this.got[name].filter((e) => e[0] === event && JSON.stringify(e).includes(part));
        if (found.length >= n) resolve(found[n - 1][1] ?? null);
        return found.length >= n;
      };
      if (!check()) this.waiting.push(check);
    }));
  },

  ask(name, event, ...args) {
    return this.sockets[name].timeout(this.limit).emitWithAck(event, ...args);
  },

  upgraded(name) {
    const engine = this.sockets[name].io.engine;
    return this.within(`upgrade of ${name}`, new Promise((resolve) => {
      if (engine.transport.name === "websocket") resolve("websocket");
      else engine.once("upgrade", (transport) => resolve(transport.name));
    }));
  },

  within(what, promise) {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`${what}: nothing in ${this.limit} ms`)), this.limit));
    return Promise.race([promise, late]);
  },

  closeAll() {
    for (const name in this.sockets) this.sockets[name].disconnect();
    this.sockets = {};
    this.got = {};
    this.waiting = [];
  },
};
