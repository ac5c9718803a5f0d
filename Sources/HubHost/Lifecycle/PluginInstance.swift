internal import CHubPlugin
internal import Dispatch
internal import Logging

/// The plugin's side of one adapter, between create and destroy. Every call but the lifecycle's goes through `call`.
final class PluginInstance: @unchecked Sendable {  // its pointers are constant; the gate keeps calls out once destroy is near
  typealias Call = @Sendable (hub_instance_api, OpaquePointer) -> Void

  let api: hub_instance_api
  let pointer: OpaquePointer
  let gate = CallGate()
  private let lane: DispatchQueue?
  private let logger: Logger
  private let slowCall: Duration

  init(
    api: hub_instance_api, pointer: OpaquePointer, isSerial: Bool, lane: DispatchQueue, logger: Logger,
    slowCall: Duration = .milliseconds(50)
  ) {
    self.api = api
    self.pointer = pointer
    // A serial instance shares the queue of the lifecycle: one call at a time, of any sort.
    self.lane = isSerial ? lane : nil
    self.logger = logger
    self.slowCall = slowCall
  }

  /// Whether calls run on the caller's thread.
  var isInline: Bool { lane == nil }

  /// Calls into the plugin: on the caller's thread, or in turn when the instance is serial.
  /// - Returns: false when the instance is closed and nothing will be called.
  @discardableResult
  func call(_ name: StaticString, _ body: @escaping Call) -> Bool {
    guard gate.enter() else { return false }
    if let lane {
      lane.async { [self] in
        watched(name, body)
        gate.leave()
      }
    } else {
      watched(name, body)
      gate.leave()
    }
    return true
  }

  /// Calls into the plugin on the caller's thread, where calls are made there.
  /// - Returns: false when the instance is closed; nil when calls have to wait for their turn, and nothing was called.
  func callInline(_ name: StaticString, _ body: (hub_instance_api, OpaquePointer) -> Void) -> Bool? {
    guard isInline else { return nil }
    guard gate.enter() else { return false }
    watched(name, body)
    gate.leave()
    return true
  }

  /// Makes a lifecycle call, which the caller has put in order.
  func watched(_ name: StaticString, _ body: (hub_instance_api, OpaquePointer) -> Void) {
    let begin = ContinuousClock.now
    body(api, pointer)
    let took = ContinuousClock.now - begin
    if took > slowCall {
      logger.warning("a plugin kept a call", metadata: ["call": "\(name)", "ms": "\(took.milliseconds)"])
    }
  }
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
