import Foundation
import Synchronization
import Testing

@testable import HubStore

@Suite("Values that adapters keep")
struct ValueStoreTests {
  private final class Place: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "values-\(UUID().uuidString)").path
    let time = Mutex<Int64>(1000)
    deinit { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }

    func store(_ limits: ValueStore.Limits = .init()) throws -> ValueStore {
      try ValueStore(path: path, limits: limits) { [self] in time.withLock { $0 } }
    }
  }

  private func get(_ key: String, of owner: String = "a", in store: ValueStore) async throws -> String? {
    let result = await withCheckedContinuation { done in store.get(Array(key.utf8), of: owner) { done.resume(returning: $0) } }
    return try result.get().map { String(decoding: $0, as: UTF8.self) }
  }

  private func put(_ value: String, for key: String, of owner: String = "a", lifetime: Int64? = nil, in store: ValueStore) async throws {
    let result = await withCheckedContinuation { done in
      store.put(Array(value.utf8), for: Array(key.utf8), of: owner, lifetime: lifetime) { done.resume(returning: $0) }
    }
    _ = try result.get()
  }

  private func remove(_ key: String, in store: ValueStore) async throws {
    let result = await withCheckedContinuation { done in store.remove(Array(key.utf8), of: "a") { done.resume(returning: $0) } }
    _ = try result.get()
  }

  @Test("a value is its owner's alone, is replaced, forgotten, and there again when the file is opened anew")
  func keeps() async throws {
    let place = Place()
    let store = try place.store()
    #expect(try await get("k", in: store) == nil)
    try await put("one", for: "k", in: store)
    try await put("", for: "empty", in: store)
    try await put("theirs", for: "k", of: "b", in: store)
    #expect(try await get("k", in: store) == "one")
    try await put("two", for: "k", in: store)
    try await put("gone", for: "g", in: store)
    try await remove("g", in: store)
    try await remove("never", in: store)
    store.close()
    let again = try place.store()
    #expect(try await get("k", in: again) == "two")
    #expect(try await get("empty", in: again) == "")
    #expect(try await get("k", of: "b", in: again) == "theirs")
    #expect(try await get("g", in: again) == nil)
    let mode = try FileManager.default.attributesOfItem(atPath: place.path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test("a value ends with its time, and makes room")
  func expires() async throws {
    let place = Place()
    var limits = ValueStore.Limits()
    limits.total = 20
    let store = try place.store(limits)
    try await put("0123456789", for: "k", lifetime: 50, in: store)
    place.time.withLock { $0 = 1049 }
    #expect(try await get("k", in: store) == "0123456789")
    await #expect(throws: ValueStore.Failure.full) { try await put("0123456789", for: "l", in: store) }
    place.time.withLock { $0 = 1050 }
    #expect(try await get("k", in: store) == nil)
    try await put("0123456789", for: "l", in: store)
    #expect(try await get("l", in: store) == "0123456789")
  }

  @Test("what is too long or too much is refused, and what is replaced or removed counts no more")
  func limits() async throws {
    let place = Place()
    var limits = ValueStore.Limits()
    (limits.key, limits.value, limits.total) = (4, 10, 24)
    let store = try place.store(limits)
    await #expect(throws: ValueStore.Failure.invalid) { try await put("x", for: "", in: store) }
    await #expect(throws: ValueStore.Failure.invalid) { try await put("x", for: "12345", in: store) }
    await #expect(throws: ValueStore.Failure.invalid) { try await put("12345678901", for: "k", in: store) }
    try await put("1234567890", for: "k", in: store)
    try await put("1234567890", for: "l", in: store)
    await #expect(throws: ValueStore.Failure.full) { try await put("12", for: "m", in: store) }
    try await put("12", for: "m", of: "b", in: store)
    try await put("1234567899", for: "k", in: store)
    try await remove("l", in: store)
    try await put("1234567890", for: "m", in: store)
    store.close()
    await #expect(throws: ValueStore.Failure.closed) { try await put("x", for: "k", in: store) }
  }

  @Test("a file of a newer hub is refused")
  func newer() throws {
    let place = Place()
    try place.store().close()
    let file = try ValueFile(path: place.path)
    try file.execute("PRAGMA user_version = 99")
    #expect(throws: JournalError.self) { try place.store() }
  }
}
