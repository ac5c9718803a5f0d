internal import Crypto
internal import Dispatch
internal import Glibc
internal import HubModel
public import HubStore
internal import OrderedJSON
internal import Synchronization

/// Files that wait to be sent: each with a description beside it, in a folder of their own.
public final class UploadStore: Sendable {
  /// An upload that is complete.
  public struct Upload: Sendable, Hashable {
    /// `med_…`, which nobody guesses.
    public let id: String
    /// Whose it is.
    public let tenant: String
    /// The file.
    public let path: String
    /// Bytes.
    public let size: Int
    /// Lower-case hexadecimal.
    public let sha256: String
    /// As its sender said.
    public let mimeType: String
    /// Unix milliseconds after which it is gone.
    public let expiresMs: Int64

    var json: JSONObject {
      [
        "id": .string(id), "size": .number(JSONNumber(Int64(size))), "sha256": .string(sha256), "mimeType": .string(mimeType),
        "expiresAt": .string(Timestamp(milliseconds: expiresMs).iso8601),
      ]
    }
  }

  /// How long an upload that is over is kept all the same: a message that names it may be on its way into the outbox.
  static let graceMs: Int64 = 60_000
  /// How long after a sweep the next one may be, and where there is no room.
  private static let (sweptMs, fullMs): (Int64, Int64) = (3_600_000, 10_000)

  let folder: String
  private let lifetime: Int64
  private let room: Mutex<UploadRoom>
  /// Sweeps, one after the other: each reads every description and asks the journal.
  private let sweeper = DispatchQueue(label: "uploads")
  private let swept = Mutex<Int64>(0)
  private let now: @Sendable () -> Int64
  private let awaited: @Sendable () -> Set<String>?

  /// Makes the folder, mode 0700, and removes what is over or was never completed.
  ///
  /// - Parameters:
  ///   - lifetime: milliseconds.
  ///   - room: bytes of all uploads together; one tenant's take at most half.
  ///   - awaited: the uploads that messages name which may still be sent: they stay. Nil: nobody knows for now.
  public init(
    folder: String, lifetime: Int64, room: Int, now: @escaping @Sendable () -> Int64 = SystemClock.now,
    awaited: @escaping @Sendable () -> Set<String>? = { [] }
  ) throws {
    self.folder = folder
    self.lifetime = lifetime
    self.room = Mutex(UploadRoom(limit: room))
    self.now = now
    self.awaited = awaited
    try MediaFolder.make(folder)
    takeUp()
    sweepNow()
  }

  /// The upload of an id, until its time is over: for whoever was told the id, or for one tenant.
  public func find(_ id: String, tenant: String? = nil) -> Upload? {
    guard let upload = kept(id), upload.expiresMs > now() else { return nil }
    return tenant == nil || tenant == upload.tenant ? upload : nil
  }

  /// The upload of an id while it is there, for a message that was accepted when its time was not over.
  public func kept(_ id: String) -> Upload? {
    guard id.hasPrefix("med_"), id.utf8.count == 30, id.utf8.dropFirst(4).allSatisfy({ (0x30...0x5A).contains($0) }) else { return nil }
    return MediaFolder.read(description(of: id)).flatMap { upload(id, described: $0) }
  }

  /// Removes what is over and no message names that may still be sent. Blocks.
  public func sweep() { sweeper.sync { sweepNow() } }

  /// To be called on the sweeper's queue.
  private func sweepNow() {
    swept.withLock { $0 = now() }
    let over = ids().compactMap(kept).filter { $0.expiresMs + Self.graceMs <= now() }
    guard !over.isEmpty, let awaited = awaited() else { return }
    for upload in over where !awaited.contains(upload.id) && remove(upload.id) {
      room.withLock { $0.giveBack(upload.size, of: upload.tenant) }
    }
  }

  private func isDue(after wait: Int64) -> Bool { now() - swept.withLock { $0 } >= wait }

  /// Begins an upload. Waits for no sweep: where only one can make room, the first piece does.
  func begin(tenant: String, mimeType: String) throws(MediaFolder.Failure) -> Receiving {
    if let refusal = room.withLock({ $0.refusal(of: tenant, more: 1) }) {
      guard isDue(after: Self.fullMs) else { throw refusal }
    } else if isDue(after: Self.sweptMs) {
      sweeper.async { [weak self] in
        // Of several that found it due one does it.
        if let self, isDue(after: Self.sweptMs) { sweepNow() }
      }
    }
    guard room.withLock({ $0.enter(tenant) }) else { throw .crowded }
    let id = "med_\(ULID(milliseconds: now()))"
    do throws(MediaFolder.Failure) {
      return try Receiving(id: id, tenant: tenant, mimeType: mimeType, path: "\(folder)/\(id)", store: self)
    } catch {
      room.withLock { $0.leave(tenant) }
      throw error
    }
  }

  /// Completes an upload: from here on it is found. Blocks.
  func complete(_ receiving: Receiving) throws(MediaFolder.Failure) -> Upload {
    defer { room.withLock { $0.leave(receiving.tenant) } }
    let (size, digest) = try receiving.close()
    let upload = Upload(
      id: receiving.id, tenant: receiving.tenant, path: receiving.path, size: size, sha256: digest, mimeType: receiving.mimeType,
      expiresMs: now() + lifetime)
    var description = upload.json
    description["tenant"] = .string(upload.tenant)
    description["expiresMs"] = .number(JSONNumber(upload.expiresMs))
    do throws(MediaFolder.Failure) {
      try MediaFolder.write(JSONValue.object(description).serialized(), to: self.description(of: upload.id))
    } catch {
      remove(upload.id)
      giveBack(size, of: upload.tenant)
      throw error
    }
    return upload
  }

  /// Takes room for what arrives, what is over making some. Blocks.
  fileprivate func take(_ count: Int, of tenant: String) throws(MediaFolder.Failure) {
    guard tryToTake(count, of: tenant) != nil else { return }
    // Whoever comes meanwhile waits, and sweeps no more.
    sweeper.sync { if isDue(after: Self.fullMs) { sweepNow() } }
    if let refusal = tryToTake(count, of: tenant) { throw refusal }
  }

  /// Takes room; why there is none, else.
  private func tryToTake(_ count: Int, of tenant: String) -> MediaFolder.Failure? {
    room.withLock { room in
      let refusal = room.refusal(of: tenant, more: count)
      if refusal == nil { room.take(count, of: tenant) }
      return refusal
    }
  }

  fileprivate func giveBack(_ count: Int, of tenant: String) { room.withLock { $0.giveBack(count, of: tenant) } }

  fileprivate func giveUp(_ count: Int, of tenant: String) {
    room.withLock { room in
      room.giveBack(count, of: tenant)
      room.leave(tenant)
    }
  }

  /// Takes up what an earlier hub left: uploads that are whole. What it was ended in the middle of goes.
  private func takeUp() {
    let names = Set(MediaFolder.names(folder))
    for name in names where name.hasSuffix(".part") { unlink("\(folder)/\(name)") }
    for name in names where name.hasPrefix("med_") && !name.contains(".") && !names.contains(name + ".json") { remove(name) }
    for id in ids() {
      // What can't be read now may be whole all the same.
      guard let bytes = MediaFolder.read(description(of: id)) else { continue }
      if names.contains(id), let upload = upload(id, described: bytes) {
        room.withLock { $0.take(upload.size, of: upload.tenant) }
      } else {
        remove(id)
      }
    }
  }

  private func ids() -> [String] {
    MediaFolder.names(folder).filter { $0.hasPrefix("med_") && $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
  }

  private func description(of id: String) -> String { "\(folder)/\(id).json" }

  /// The description first: without one nobody finds the file, and the next hub removes it.
  @discardableResult
  private func remove(_ id: String) -> Bool {
    let isFirst = unlink(description(of: id)) == 0
    unlink("\(folder)/\(id)")
    return isFirst
  }

  private func upload(_ id: String, described bytes: [UInt8]) -> Upload? {
    guard let description = (try? JSONValue(parsing: bytes))?.object,
      let tenant = description["tenant"]?.string, let size = description["size"]?.int64, let digest = description["sha256"]?.string,
      let mimeType = description["mimeType"]?.string, let expires = description["expiresMs"]?.int64
    else { return nil }
    return Upload(
      id: id, tenant: tenant, path: "\(folder)/\(id)", size: Int(size), sha256: digest, mimeType: mimeType, expiresMs: expires)
  }

  /// An upload that arrives. Used by one call at a time.
  final class Receiving: Sendable {
    let id, tenant, mimeType, path: String
    private let store: UploadStore
    private let state: Mutex<State>

    // @unchecked: confined by the lock it lies in.
    private struct State: @unchecked Sendable {
      var descriptor: Int32
      var size = 0
      var digest = SHA256()
    }

    fileprivate init(id: String, tenant: String, mimeType: String, path: String, store: UploadStore) throws(MediaFolder.Failure) {
      (self.id, self.tenant, self.mimeType, self.path, self.store) = (id, tenant, mimeType, path, store)
      let descriptor = open("\(path).part", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw MediaFolder.Failure(errno) }
      state = Mutex(State(descriptor: descriptor))
    }

    deinit {
      let (descriptor, size) = state.withLock { ($0.descriptor, $0.size) }
      guard descriptor >= 0 else { return }
      Glibc.close(descriptor)
      unlink("\(path).part")
      store.giveUp(size, of: tenant)
    }

    /// Blocks.
    func write(_ bytes: UnsafeRawBufferPointer) throws(MediaFolder.Failure) {
      try store.take(bytes.count, of: tenant)
      let failure = state.withLock { state -> MediaFolder.Failure? in
        state.digest.update(bufferPointer: bytes)
        state.size += bytes.count
        return MediaFolder.write(all: bytes, to: state.descriptor)
      }
      if let failure { throw failure }
    }

    /// Syncs the file and gives it its name. Blocks.
    fileprivate func close() throws(MediaFolder.Failure) -> (size: Int, sha256: String) {
      let (descriptor, size, digest) = state.withLock { state in
        defer { state.descriptor = -1 }
        return (state.descriptor, state.size, state.digest.finalize())
      }
      defer { Glibc.close(descriptor) }
      guard fsync(descriptor) == 0, rename("\(path).part", path) == 0 else {
        let failure = MediaFolder.Failure(errno)
        unlink("\(path).part")
        store.giveBack(size, of: tenant)
        throw failure
      }
      return (size, digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
    }
  }
}
