internal import Synchronization

/// A place for an object that is stored once and read without a lock. As `AtomicLazyReference`, whose reading costs hundreds of
/// instructions because it isn't specialized.
struct WriteOnce<Object: AnyObject & Sendable>: ~Copyable, Sendable {
  /// The object's address, which holds a reference; 0 while there is none.
  private let address = Atomic<UInt>(0)

  deinit { Self.object(at: address.load(ordering: .acquiring))?.release() }

  /// What was stored; nil before.
  @inline(__always)
  func load() -> Object? { Self.object(at: address.load(ordering: .acquiring))?.takeUnretainedValue() }

  /// Stores an object unless there is one; the one that is there then.
  func storeIfNil(_ object: Object) -> Object {
    let stored = Unmanaged.passRetained(object)
    let (isStored, found) = address.compareExchange(
      expected: 0, desired: UInt(bitPattern: stored.toOpaque()), ordering: .acquiringAndReleasing)
    if isStored { return object }
    stored.release()
    return Self.object(at: found)?.takeUnretainedValue() ?? object
  }

  @inline(__always)
  private static func object(at address: UInt) -> Unmanaged<Object>? {
    UnsafeRawPointer(bitPattern: address).map { Unmanaged.fromOpaque($0) }
  }
}
