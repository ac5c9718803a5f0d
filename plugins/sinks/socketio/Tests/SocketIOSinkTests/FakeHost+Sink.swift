import HubTesting
import OrderedJSON
import SocketIOSink

extension FakeHost {
  /// A host whose sink is started.
  static func sink(config: JSONValue = ["namespace": "/"]) async throws -> FakeHost {
    let host = FakeHost()
    try host.load(SocketIOSink.self, as: "frontend", config: config)
    try await host.start()
    return host
  }
}
