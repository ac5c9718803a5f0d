import OrderedJSON

/// Files at Meta: uploaded ones live for 30 days, those of customers for 7, and an address of one for 5 minutes.
struct GraphMedia: Sendable {
  struct File: Sendable {
    let type: String
    let bytes: [UInt8]
    let expires: Moment
  }

  private var files: [String: File] = [:]
  /// Addresses by their secret part.
  private var addresses: [String: (id: String, expires: Moment)] = [:]

  static let day: Int64 = 86_400_000

  func file(_ id: String, now: Moment) -> File? { files[id].flatMap { $0.expires > now ? $0 : nil } }

  /// Keeps a file; gives its id.
  mutating func add(_ bytes: [UInt8], type: String, isInbound: Bool, now: Moment, random: inout FakeRandom) -> String {
    let id = random.digits(15)
    files[id] = File(type: type, bytes: bytes, expires: now + (isInbound ? 7 : 30) * Self.day)
    return id
  }

  mutating func remove(_ id: String) -> Bool { files.removeValue(forKey: id) != nil }

  /// What is known of a file, with a new address for it.
  mutating func description(of id: String, base: String, now: Moment, random: inout FakeRandom) -> JSONValue? {
    guard let file = file(id, now: now) else { return nil }
    let secret = random.hex(24)
    addresses[secret] = (id, now + 300_000)
    return [
      "messaging_product": "whatsapp", "url": .string("\(base)/_cdn/\(secret)"), "mime_type": .string(file.type),
      "sha256": .string(Encodings.hex(Encodings.sha256(file.bytes))), "file_size": .string(String(file.bytes.count)), "id": .string(id),
    ]
  }

  /// The file behind an address that is not too old.
  func file(at secret: String, now: Moment) -> File? {
    guard let address = addresses[secret], address.expires > now else { return nil }
    return file(address.id, now: now)
  }

  mutating func removeAll() { self = GraphMedia() }
}
