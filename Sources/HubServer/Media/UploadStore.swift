internal import Crypto
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

  let folder: String
  private let lifetime: Int64
  private let room: Int
  private let held = Mutex<(bytes: Int, sweptMs: Int64)>((0, 0))
  private let now: @Sendable () -> Int64

  /// Makes the folder, mode 0700, and removes what is over or was never completed.
  ///
  /// - Parameters:
  ///   - lifetime: milliseconds.
  ///   - room: bytes of all uploads together.
  public init(folder: String, lifetime: Int64, room: Int, now: @escaping @Sendable () -> Int64 = SystemClock.now) throws {
    self.folder = folder
    self.lifetime = lifetime
    self.room = room
    self.now = now
    try MediaFolder.make(folder)
    for name in MediaFolder.names(folder) where name.hasSuffix(".part") { unlink("\(folder)/\(name)") }
    sweep()
  }

  /// The upload of an id, while there is one: for whoever was told the id, or for one tenant.
  public func find(_ id: String, tenant: String? = nil) -> Upload? {
    guard id.hasPrefix("med_"), id.utf8.count == 30, id.utf8.dropFirst(4).allSatisfy({ (0x30...0x5A).contains($0) }),
      let upload = read(id), upload.expiresMs > now()
    else { return nil }
    return tenant == nil || tenant == upload.tenant ? upload : nil
  }

  /// Removes what is over.
  public func sweep() {
    var bytes = 0
    for name in MediaFolder.names(folder) where name.hasSuffix(".json") {
      let id = String(name.dropLast(5))
      let upload = read(id)
      guard (upload?.expiresMs ?? 0) <= now() else {
        bytes += upload?.size ?? 0
        continue
      }
      unlink("\(folder)/\(id)")
      unlink("\(folder)/\(name)")
    }
    held.withLock { $0 = (bytes, now()) }
  }

  /// Begins an upload.
  func begin(tenant: String, mimeType: String) throws(MediaFolder.Failure) -> Receiving {
    let (bytes, swept) = held.withLock { $0 }
    if now() - swept > 3_600_000 || bytes >= room { sweep() }
    guard held.withLock({ $0.bytes }) < room else { throw MediaFolder.Failure(ENOSPC) }
    let id = "med_\(ULID(milliseconds: now()))"
    return try Receiving(id: id, tenant: tenant, mimeType: mimeType, path: "\(folder)/\(id)")
  }

  /// Completes an upload: from here on it is found. Blocks.
  func complete(_ receiving: Receiving) throws(MediaFolder.Failure) -> Upload {
    let (size, digest) = try receiving.close()
    let upload = Upload(
      id: receiving.id, tenant: receiving.tenant, path: receiving.path, size: size, sha256: digest, mimeType: receiving.mimeType,
      expiresMs: now() + lifetime)
    var description = upload.json
    description["tenant"] = .string(upload.tenant)
    description["expiresMs"] = .number(JSONNumber(upload.expiresMs))
    try MediaFolder.write(JSONValue.object(description).serialized(), to: "\(upload.path).json")
    held.withLock { $0.bytes += size }
    return upload
  }

  private func read(_ id: String) -> Upload? {
    guard let bytes = MediaFolder.read("\(folder)/\(id).json"), let description = (try? JSONValue(parsing: bytes))?.object,
      let tenant = description["tenant"]?.string, let size = description["size"]?.int64, let digest = description["sha256"]?.string,
      let mimeType = description["mimeType"]?.string, let expires = description["expiresMs"]?.int64
    else { return nil }
    return Upload(
      id: id, tenant: tenant, path: "\(folder)/\(id)", size: Int(size), sha256: digest, mimeType: mimeType, expiresMs: expires)
  }

  /// An upload that arrives. Used by one call at a time.
  final class Receiving: Sendable {
    let id, tenant, mimeType, path: String
    private let state: Mutex<State>

    // @unchecked: confined by the lock it lies in.
    private struct State: @unchecked Sendable {
      var descriptor: Int32
      var size = 0
      var digest = SHA256()
    }

    fileprivate init(id: String, tenant: String, mimeType: String, path: String) throws(MediaFolder.Failure) {
      (self.id, self.tenant, self.mimeType, self.path) = (id, tenant, mimeType, path)
      let descriptor = open("\(path).part", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw MediaFolder.Failure(errno) }
      state = Mutex(State(descriptor: descriptor))
    }

    deinit {
      let descriptor = state.withLock { $0.descriptor }
      guard descriptor >= 0 else { return }
      Glibc.close(descriptor)
      unlink("\(path).part")
    }

    /// Blocks.
    func write(_ bytes: UnsafeRawBufferPointer) throws(MediaFolder.Failure) {
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
        throw failure
      }
      return (size, digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
    }
  }
}
