import ServiceLifecycle

/// Something that already runs and has to be ended in its turn: the group ends its services one after the other, last one first.
struct ShutdownStep: Service, CustomStringConvertible {
  let description: String
  let end: @Sendable () async -> Void

  init(_ description: String, end: @escaping @Sendable () async -> Void) {
    self.description = description
    self.end = end
  }

  func run() async {
    try? await gracefulShutdown()
    await end()
  }
}
