internal import CHubPlugin
internal import Synchronization

/// What a plugin's `hub_host *` points to. It is never freed, because a plugin may call at any time, even long after its end;
/// after `close` it leads nowhere.
final class HostHandle: Sendable {
  private let target = Mutex<Adapter?>(nil)

  /// The pointer a plugin gets. The reference it holds is never given back.
  static func make() -> (handle: HostHandle, pointer: HostPointer) {
    let handle = HostHandle()
    return (handle, HostPointer(raw: OpaquePointer(Unmanaged.passRetained(handle).toOpaque())))
  }

  /// The adapter a call of a plugin is about; nil once it is over.
  static func adapter(_ pointer: OpaquePointer?) -> Adapter? {
    guard let pointer else { return nil }
    return Unmanaged<HostHandle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue().target.withLock { $0 }
  }

  func open(_ adapter: Adapter) { target.withLock { $0 = adapter } }

  func close() { target.withLock { $0 = nil } }
}

// Names an object that is never freed.
struct HostPointer: @unchecked Sendable {
  let raw: OpaquePointer
}
