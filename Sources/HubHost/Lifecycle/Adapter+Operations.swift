internal import CHubPlugin
internal import HubTelemetry
internal import Synchronization

extension Adapter {
  /// Waits for an answer to `operation`; its token, 0 when the instance is closed already.
  func expect(_ operation: Operation, within limit: Duration) -> UInt64 {
    let deadline = services.clock.monotonic() + limit
    return operations.withLock { $0.add(operation, deadline: deadline) }
  }

  /// An answer that found nothing to answer.
  func countStray(_ token: UInt64) {
    guard token != 0 else { return }
    let kind = operations.withLock { $0.stray(token) }
    services.metrics.adapterStrayAnswers.with(spec.id, kind.rawValue).increment()
  }

  /// The plugin's table of an extension; nil when it has none.
  func instanceExtension<Table>(_ id: String) -> Table? {
    guard let instance, instance.gate.enter() else { return nil }
    defer { instance.gate.leave() }
    return instance.api.extension?(instance.pointer, id)?.assumingMemoryBound(to: Table.self).pointee
  }
}
