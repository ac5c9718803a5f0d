import Glibc
import Synchronization

/// Values of secrets for those who ask with every request: read when the file is another, or was changed, since it was read last.
public final class SecretCache: Sendable {
  private struct Known {
    let reference: SecretReference
    let place: SecretPlace
    let value: [UInt8]?
    let stamp: SecretStamp?
    let readNs: Int64
  }

  private let secrets: SecretResolver
  private let onNew: @Sendable (_ value: [UInt8]) -> Void
  private let values = Mutex<[String: Known]>([:])

  /// Nothing was read yet.
  ///
  /// - Parameter onNew: is told of every value before it is given out the first time.
  public init(_ secrets: SecretResolver, onNew: @escaping @Sendable (_ value: [UInt8]) -> Void = { _ in }) {
    (self.secrets, self.onNew) = (secrets, onNew)
  }

  /// The value behind a reference, as it is now; nil when there is none that may be used.
  public func value(of handle: String) -> [UInt8]? {
    let known = values.withLock { $0[handle] }
    guard let reference = known?.reference ?? SecretReference(handle) else { return nil }
    let place = known?.place ?? secrets.place(of: reference)
    // Before the value: what is changed between the two is read again the next time.
    let (stamp, now) = (place.stamp, Self.wallNs())
    if let known, let stamp, known.stamp == stamp, stamp.isSettled(at: known.readNs) { return known.value }
    var value: [UInt8]?
    do throws(SecretError) { value = try secrets.resolve(reference)?.exposed } catch {
      // Want of descriptors says nothing about the secret; any other failure says that it is not to be used any more.
      if error.code == .unavailable { return known?.value }
    }
    if let value, value != known?.value { onNew(value) }
    values.withLock { $0[handle] = Known(reference: reference, place: place, value: value, stamp: stamp, readNs: now) }
    return value
  }

  private static func wallNs() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
