import CHubPlugin
import Foundation
import HubPluginSDK
import OrderedJSON
import Synchronization
import Testing

/// An adapter whose start waits for as long as it is let.
private final class Patient: HubReceiveOnlyChannel {
  static let descriptor = HubDescriptor(.channel, name: "patient", version: "1.0.0", summary: "Waits.", configSchema: "{}")
  static let services = Mutex<[String: HubServices]>([:])

  init(name: String, config: JSONValue, services: HubServices) throws { Self.services.withLock { $0[name] = services } }

  func start() async throws { try await Task.sleep(for: .seconds(600)) }
}

/// The hub's side of the ABI: takes every emit and completes none.
private final class SilentHost: Sendable {
  private struct State {
    var answers: [hub_token: (hub_status, String)] = [:]
    var waiting: [hub_token: CheckedContinuation<(hub_status, String), Never>] = [:]
  }

  private let state = Mutex(State())
  let instance: Instance

  // Tables and instances of the ABI take calls on any thread.
  struct Instance: @unchecked Sendable {
    let api: UnsafePointer<hub_instance_api>
    let pointer: OpaquePointer
  }

  // Never written again once its address is known.
  private struct Table: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<hub_host_api>
  }

  private static let table: Table = {
    let pointer = UnsafeMutablePointer<hub_host_api>.allocate(capacity: 1)
    pointer.initialize(
      to: hub_host_api(
        struct_size: UInt32(MemoryLayout<hub_host_api>.size), major: UInt16(HUB_ABI_MAJOR), minor: UInt16(HUB_ABI_MINOR),
        log: { _, _, _, _ in }, health: { _, _, _ in }, emit: { _, _, _, _ in hub_status(HUB_OK) },
        complete: { host, token, status, text in
          guard let host else { return }
          let reason = text.ptr.map { String(decoding: UnsafeRawBufferPointer(start: $0, count: text.len), as: UTF8.self) } ?? ""
          Unmanaged<Box>.fromOpaque(UnsafeRawPointer(host)).takeUnretainedValue().complete(token, status, reason)
        },
        extension: { _, _ in nil }))
    return Table(pointer: pointer)
  }()

  final class Box: Sendable {
    private let host = Mutex<Weak>(Weak())

    struct Weak { weak var host: SilentHost? }

    func set(_ silent: SilentHost) { host.withLock { $0.host = silent } }

    func complete(_ token: hub_token, _ status: hub_status, _ reason: String) {
      host.withLock { $0.host }?.completed(token, status, reason)
    }
  }

  init(name: String) throws {
    let box = Box()
    var api: UnsafePointer<hub_instance_api>?
    var pointer: OpaquePointer?
    let handle = OpaquePointer(Unmanaged.passRetained(box).toOpaque())
    let status = name.utf8CString.withUnsafeBufferPointer { text in
      HubPluginExport.create(
        Patient.self, name: hub_str(ptr: text.baseAddress, len: text.count - 1), config: Self.text("{}"),
        api: UnsafePointer(Self.table.pointer),
        host: handle, why: 1, &api, &pointer)
    }
    #expect(status == 0)
    instance = Instance(api: try #require(api), pointer: try #require(pointer))
    box.set(self)
  }

  private static func text(_ text: StaticString) -> hub_str {
    hub_str(ptr: UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self), len: text.utf8CodeUnitCount)
  }

  private func completed(_ token: hub_token, _ status: hub_status, _ reason: String) {
    let waiting = state.withLock { state in
      state.answers[token] = (status, reason)
      return state.waiting.removeValue(forKey: token)
    }
    waiting?.resume(returning: (status, reason))
  }

  /// The adapter's answer to a token, now or once it comes.
  func answer(_ token: hub_token) async -> (hub_status, String) {
    await withCheckedContinuation { continuation in
      let found = state.withLock { state -> (hub_status, String)? in
        if let found = state.answers[token] { return found }
        state.waiting[token] = continuation
        return nil
      }
      if let found { continuation.resume(returning: found) }
    }
  }
}

@Suite("Lifecycle of a Swift adapter")
struct LifecycleTests {
  let event = HubEvent(id: "1", kind: "message.created", account: "a", conversation: "c", cause: "", timeMilliseconds: 1, body: [])

  @Test("the task of a step that the hub waits for no longer is cancelled", .timeLimit(.minutes(1)))
  func cancel() async throws {
    let host = try SilentHost(name: "cancel")
    host.instance.api.pointee.start(host.instance.pointer, 7)
    host.instance.api.pointee.cancel(host.instance.pointer, 8)
    host.instance.api.pointee.cancel(host.instance.pointer, 7)
    let (status, reason) = await host.answer(7)
    #expect(status == HubError.Code.failed.rawValue)
    #expect(reason.contains("Cancellation"))
    host.instance.api.pointee.destroy(host.instance.pointer)
  }

  @Test("destroy cancels a step that still runs", .timeLimit(.minutes(1)))
  func destroyCancels() async throws {
    let host = try SilentHost(name: "destroy")
    host.instance.api.pointee.start(host.instance.pointer, 7)
    host.instance.api.pointee.destroy(host.instance.pointer)
    #expect(await host.answer(7).0 == HubError.Code.failed.rawValue)
  }

  @Test("what waits for the hub when the adapter is destroyed, and what is asked later, ends as closed", .timeLimit(.minutes(1)))
  func pendingIsClosed() async throws {
    let host = try SilentHost(name: "pending")
    let services = try #require(Patient.services.withLock { $0["pending"] })
    async let before = withCheckedContinuation { continuation in
      services.emit([event]) { continuation.resume(returning: $0) }
      host.instance.api.pointee.destroy(host.instance.pointer)
    }
    #expect(await before.failure?.code == .closed)
    let after = await withCheckedContinuation { continuation in services.emit([event]) { continuation.resume(returning: $0) } }
    #expect(after.failure?.code == .closed)
  }
}

extension Result {
  fileprivate var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}
