import Dispatch
import Foundation
import HubAuth
import HubTesting
import NIOCore
import OrderedJSON
import Synchronization
import Testing

@testable import HubServer
@testable import HubStore

/// What a cache had fetched.
private final class Fetched: Sendable {
  let files = Mailbox<MediaFile>()
  let count = Mutex(0)
}

@Suite("Parts of media")
struct MediaPartsTests {
  @Test(
    "a range is what RFC 9110 says, and what isn't understood is the whole",
    arguments: [
      (nil, ByteRange.whole), ("bytes=0-4", .part(0..<5)), ("bytes=5-", .part(5..<10)), ("bytes=-3", .part(7..<10)),
      ("bytes=-30", .part(0..<10)),
      ("bytes=9-20", .part(9..<10)), ("bytes=10-", .unsatisfiable), ("bytes=10-11", .unsatisfiable), ("bytes=-0", .unsatisfiable),
      ("bytes=4-2", .whole), ("bytes=0-1,3-4", .whole), ("lines=0-1", .whole), ("bytes=a-b", .whole), ("bytes=-", .whole),
      ("bytes=+1-2", .whole),
      ("bytes=99999999999999999999-", .whole),
    ])
  func ranges(field: String?, expected: ByteRange) { #expect(ByteRange(field, size: 10) == expected) }

  @Test("what a browser could run is offered for download, under its name")
  func fields() {
    func field(_ name: String, _ mimeType: String?, _ fileName: String? = nil) -> String? {
      MediaFields.fields(mimeType: mimeType, fileName: fileName).first { $0.0 == name }?.1
    }
    #expect(field("Content-Type", "image/jpeg") == "image/jpeg" && field("Content-Disposition", "image/jpeg") == "inline")
    #expect(field("Content-Type", "Audio/OGG; codecs=opus") == "audio/ogg")
    for type in ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript", "", "image/jpeg\r\nX: y"] {
      #expect(field("Content-Type", type) == "application/octet-stream" && field("Content-Disposition", type) == "attachment", "\(type)")
    }
    #expect(field("Content-Type", nil) == "application/octet-stream")
    #expect(field("Content-Disposition", "application/pdf", "nota \"ç\".pdf") == "inline; filename*=UTF-8''nota%20%22%C3%A7%22.pdf")
    #expect(field("X-Content-Type-Options", "image/png") == "nosniff")
    #expect(field("Content-Security-Policy", "image/png") == "default-src 'none'; sandbox")
  }

  private func event(_ body: String, sequence: UInt64 = 7) -> StoredEvent {
    StoredEvent(
      sequence: sequence, tenant: "t", channel: "c", provider: "p", account: "a", kind: "message.created", id: "e", providerID: "x",
      conversation: "cnv_1", cause: "", timeMs: 1, receivedMs: 2_000_000, journaledMs: 3, body: Array(body.utf8))
  }

  @Test("an event's media get the hub's link, always the same one, and the provider's goes")
  func links() throws {
    let signer = LinkSigner(secret: [UInt8](repeating: 1, count: 32))
    let links = MediaLinks(signer: signer, base: "https://hub.example/", lifetime: 100)
    let body =
      #"{"v":1,"message":{"id":"msg_1","text":"say \"media\":{","media":{"id":"9","url":"https://provider.example/?token=x","size":5}},"conversation":{"id":"cnv_1","lastMessage":{"id":"msg_0","media":{"id":"8","url":"https://provider.example/2"}}}}"#
    let linked = links.linked(event(body))
    let value = try JSONValue(parsing: linked.body)
    #expect(!String(decoding: linked.body, as: UTF8.self).contains("provider.example"))
    let url = try #require(value["message"]?["media"]?["url"]?.string)
    #expect(url.hasPrefix("https://hub.example/api/v1/media/msg_1?sig="))
    let signature = try #require(url.split(separator: "=").last.map(String.init))
    #expect(try signer.grant(signature, for: "msg_1", now: 2099) == LinkSigner.Grant(id: "msg_1", sequence: 7, expires: 2100))
    #expect(value["conversation"]?["lastMessage"]?["media"]?["url"]?.string?.contains("/msg_0?sig=") == true)
    #expect(links.linked(event(body)).body == linked.body && linked.sequence == 7)
    let plain = event(#"{"message":{"id":"msg_1","text":"\"media\":{","media":null}}"#)
    #expect(links.linked(plain).body == plain.body)
    let without = MediaLinks(signer: nil, lifetime: 100).linked(event(body))
    #expect(try JSONValue(parsing: without.body)["message"]?["media"] == ["id": "9", "size": 5])
  }

  @Test("links that are made anew have nine tenths of their life at the least", arguments: [60, 3600, 7 * 86_400])
  func beginning(lifetime: Int64) {
    let links = MediaLinks(signer: nil, lifetime: lifetime)
    for now in [1_767_614_400_000, 1_767_617_999_999] as [Int64] {
      let begun = links.beginning(at: now)
      #expect(begun <= now && now - begun <= min(lifetime * 100, 3_600_000) && begun == links.beginning(at: begun))
    }
  }

  /// Of "abc".
  private static let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  private func folder() -> String { FileManager.default.temporaryDirectory.appending(path: "media-\(UUID().uuidString)").path }

  private func write(_ text: String, to receiving: UploadStore.Receiving) {
    Array(text.utf8).withUnsafeBytes { bytes in
      do { try receiving.write(bytes) } catch { Issue.record("\(error)") }
    }
  }

  @Test("an upload is found by its id and tenant until its time is over, also by the next hub")
  func uploads() throws {
    let path = folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let time = Mutex<Int64>(1_000_000)
    let store = try UploadStore(folder: path, lifetime: 1000, room: 1 << 20) { time.withLock { $0 } }
    let receiving = try store.begin(tenant: "acme", mimeType: "image/png")
    write("abc", to: receiving)
    #expect(store.find(receiving.id) == nil, "not complete yet")
    let upload = try store.complete(receiving)
    #expect(upload.size == 3 && upload.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(store.find(upload.id) == upload && store.find(upload.id, tenant: "acme") == upload)
    #expect(store.find(upload.id, tenant: "globex") == nil && store.find("med_../../../../etc/passwd_____") == nil)
    #expect(try String(contentsOfFile: upload.path, encoding: .utf8) == "abc")
    _ = try store.begin(tenant: "acme", mimeType: "image/png")
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".part") }.isEmpty, "given up")
    let again = try UploadStore(folder: path, lifetime: 1000, room: 1 << 20) { time.withLock { $0 } }
    #expect(again.find(upload.id) == upload)
    time.withLock { $0 += 1000 }
    #expect(again.find(upload.id) == nil && again.kept(upload.id) == upload)
    time.withLock { $0 += UploadStore.graceMs }
    again.sweep()
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
  }

  @Test("an upload that is over stays for as long as a message names it that may still be sent")
  func awaitedUploads() throws {
    let path = folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let time = Mutex<Int64>(1_000_000)
    let awaited = Mutex<Set<String>?>([])
    let store = try UploadStore(folder: path, lifetime: 1000, room: 1 << 20) {
      time.withLock { $0 }
    } awaited: {
      awaited.withLock { $0 }
    }
    let receiving = try store.begin(tenant: "acme", mimeType: "image/png")
    write("abc", to: receiving)
    let upload = try store.complete(receiving)
    time.withLock { $0 += 86_400_000 }
    for names in [[upload.id], nil] as [Set<String>?] {
      awaited.withLock { $0 = names }
      store.sweep()
      #expect(store.kept(upload.id) == upload && store.find(upload.id) == nil)
    }
    awaited.withLock { $0 = [] }
    store.sweep()
    #expect(try store.kept(upload.id) == nil && FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
  }

  @Test("what a crash left of an upload goes at the next start; what is whole stays, and what cannot be read")
  func orphans() throws {
    let path = folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    var store = try UploadStore(folder: path, lifetime: 1000, room: 1 << 20)
    let receiving = try store.begin(tenant: "acme", mimeType: "image/png")
    write("abc", to: receiving)
    let upload = try store.complete(receiving)
    for name in ["med_1", "med_2.part", "med_3.json", "med_3.json.part", "med_4", "notes"] {
      try Data("x".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }
    try FileManager.default.createDirectory(atPath: path + "/med_4.json", withIntermediateDirectories: false)
    store = try UploadStore(folder: path, lifetime: 1000, room: 1 << 20)
    let kept = try Set(FileManager.default.contentsOfDirectory(atPath: path))
    #expect(kept == [upload.id, upload.id + ".json", "med_4", "med_4.json", "notes"])
    #expect(store.find(upload.id)?.sha256 == upload.sha256)
  }

  @Test("uploads take no more room than there is for them, one tenant's half of it, and what is over makes room")
  func room() throws {
    let path = folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let time = Mutex<Int64>(1_000_000)
    let store = try UploadStore(folder: path, lifetime: 1000, room: 8) { time.withLock { $0 } }
    func upload(_ text: String, of tenant: String) throws -> MediaFolder.Failure? {
      do throws(MediaFolder.Failure) {
        let receiving = try store.begin(tenant: tenant, mimeType: "image/png")
        let result = Array(text.utf8).withUnsafeBytes { bytes -> Result<Void, MediaFolder.Failure> in
          do throws(MediaFolder.Failure) { return .success(try receiving.write(bytes)) } catch { return .failure(error) }
        }
        try result.get()
        _ = try store.complete(receiving)
        return nil
      } catch {
        return error
      }
    }
    #expect(try upload("abcde", of: "acme") == .tenantRoom, "more than half")
    #expect(try upload("abcd", of: "acme") == nil, "what was given up takes no room")
    #expect(try upload("a", of: "acme") == .tenantRoom)
    let next = try UploadStore(folder: path, lifetime: 1000, room: 8) { time.withLock { $0 } }
    #expect(throws: MediaFolder.Failure.tenantRoom) { try next.begin(tenant: "acme", mimeType: "image/png") }
    #expect(try upload("abcd", of: "globex") == nil)
    #expect(try upload("a", of: "initech") == MediaFolder.Failure(ENOSPC))
    time.withLock { $0 += 1000 + UploadStore.graceMs }
    #expect(try upload("abc", of: "acme") == nil)
  }

  @Test("whoever begins an upload waits for no sweep; where only a sweep makes room, the first piece waits for it")
  func sweeping() async throws {
    let path = folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let time = Mutex<Int64>(1_000_000)
    let gate = DispatchSemaphore(value: 0)
    let store = try UploadStore(folder: path, lifetime: 1000, room: 8) {
      time.withLock { $0 }
    } awaited: {
      gate.wait()
      return []
    }
    func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }
    for tenant in ["acme", "globex"] {
      let receiving = try store.begin(tenant: tenant, mimeType: "image/png")
      write("abcd", to: receiving)
      _ = try store.complete(receiving)
    }
    time.withLock { $0 += 1000 + UploadStore.graceMs }
    let receiving = try store.begin(tenant: "acme", mimeType: "image/png")
    #expect(try files().count == 5, "nothing was removed yet")
    async let written: Void = onOwnThread { write("abcd", to: receiving) }
    gate.signal()
    try await written
    let upload = try store.complete(receiving)
    #expect(try Set(files()) == [upload.id, upload.id + ".json"])
    time.withLock { $0 += 3_600_000 }
    _ = try store.begin(tenant: "acme", mimeType: "image/png")
    #expect(store.kept(upload.id) == upload, "there is room: nobody waits for the sweep that is due")
    gate.signal()
    store.sweep()
    #expect(try files().isEmpty)
  }

  @Test("so many uploads arrive at once, half of them of one tenant; one that ends, however it does, makes place for another")
  func places() throws {
    let path = folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let store = try UploadStore(folder: path, lifetime: 1000, room: 1 << 20)
    func begin(_ tenant: String) throws -> UploadStore.Receiving { try store.begin(tenant: tenant, mimeType: "image/png") }
    var ofAcme = try (0..<UploadRoom.places / 2).map { _ in try begin("acme") }
    #expect(throws: MediaFolder.Failure.crowded) { try begin("acme") }
    let others = try (0..<UploadRoom.places / 2).map { try begin("tenant-\($0 % 2)") }
    #expect(throws: MediaFolder.Failure.crowded) { try begin("initech") }
    _ = try store.complete(ofAcme[0])
    let one = try begin("initech")
    #expect(throws: MediaFolder.Failure.crowded, "complete, though somebody still holds it") { try begin("globex") }
    ofAcme.removeLast()
    let two = try begin("globex")
    withExtendedLifetime((ofAcme, others, one, two)) {}
  }

  @Test("no more wait for media than may; the others are told to come again, and room is made by each answer")
  func asking() async throws {
    let path = folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let cache = try MediaCache(folder: path, limit: 100, maximumAsking: 2)
    let (files, sizes) = (Mailbox<MediaFile>(), Mailbox<Result<Int, MediaTrouble>>())
    func ask(_ key: String) { cache.get(key, fetch: { files.put($0) }, answer: { sizes.put($0.map { $0.size }) }) }
    for key in ["a", "a"] { ask(key) }
    for key in ["a", "b"] {
      ask(key)
      #expect(await sizes.next() == .failure(.busy))
    }
    let file = await files.next()
    file.write(ByteBuffer(string: "123"))
    file.finish()
    for _ in 1...2 { #expect(await sizes.next() == .success(3)) }
    ask("b")
    await files.next().fail(.failed)
    #expect(await sizes.next() == .failure(.failed))
    #expect(files.count == 0)
  }

  @Test("a medium is fetched once for all who ask, kept, and gives way to newer ones")
  func cache() async throws {
    let path = folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let cache = try MediaCache(folder: path, limit: 10)
    let fetched = Fetched()
    @Sendable func get(_ key: String, _ text: String? = nil) async -> Result<String, MediaTrouble> {
      await withCheckedContinuation { done in
        cache.get(key) { file in
          fetched.count.withLock { $0 += 1 }
          guard let text else { return fetched.files.put(file) }
          file.write(ByteBuffer(string: text))
          file.finish()
        } answer: { result in
          done.resume(returning: result.map { (try? String(contentsOfFile: $0.path, encoding: .utf8)) ?? "unreadable" })
        }
      }
    }
    async let first = get("a")
    let file = await fetched.files.next()
    async let second = get("a")
    file.write(ByteBuffer(string: "12345"))
    file.finish()
    #expect(try await (first.get(), second.get()) == ("12345", "12345"))
    #expect(await get("a") == .success("12345") && fetched.count.withLock { $0 } == 1)
    #expect(await get("b", "12345") == .success("12345"))
    #expect(await get("a") == .success("12345"))
    #expect(await get("c", "123") == .success("123"))
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: path)) == ["a", "c"], "b was not looked at for longest")
    let failing = await withCheckedContinuation { done in
      cache.get("d", fetch: { $0.fail(.notFound) }, answer: { done.resume(returning: $0.map { _ in }) })
    }
    #expect(throws: MediaTrouble.notFound) { try failing.get() }
    for (size, digest) in [(3, nil), (nil, Self.digest), (3, Self.digest)] as [(Int?, String?)] {
      for text in ["abd", "ab", "abcd"] where text != "abd" || digest != nil {
        let altered = await withCheckedContinuation { done in
          cache.get("d") { file in
            file.expect(size: size, sha256: digest)
            file.write(ByteBuffer(string: text))
            file.finish()
          } answer: {
            done.resume(returning: $0.map { _ in })
          }
        }
        #expect(throws: MediaTrouble.altered) { try altered.get() }
      }
    }
    let dropped = await withCheckedContinuation { done in
      cache.get("e", fetch: { _ in }, answer: { done.resume(returning: $0.map { _ in }) })
    }
    #expect(throws: MediaTrouble.failed) { try dropped.get() }
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: path)) == ["a", "c"])
    let next = try MediaCache(folder: path, limit: 4)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["c"], "a makes room for it")
    let kept = await withCheckedContinuation { done in
      next.get("c", fetch: { _ in }, answer: { done.resume(returning: (try? $0.get())?.size) })
    }
    #expect(kept == 3)
    let exact = await withCheckedContinuation { done in
      next.get("d") { file in
        file.expect(size: 3, sha256: Self.digest)
        file.write(ByteBuffer(string: "a"))
        file.write(ByteBuffer(string: "bc"))
        file.finish()
      } answer: {
        done.resume(returning: (try? $0.get())?.size)
      }
    }
    #expect(exact == 3)
  }
}
