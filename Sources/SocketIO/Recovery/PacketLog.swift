/// What was sent to one namespace of late, in order, for clients that come back and say which packet they got last. Bounded by
/// number, size and age; what it no longer holds entirely it does not give at all.
///
/// Source: the reference's `SessionAwareAdapter`. There offsets are made up; here the caller gives them.
public struct PacketLog<Packet> {
  /// How much is kept.
  public struct Limits: Sendable, Hashable {
    /// Packets.
    public var packets: Int
    /// Bytes of all packets.
    public var bytes: Int
    /// Milliseconds since a packet was sent.
    public var age: Int64

    /// Limits.
    public init(packets: Int, bytes: Int, age: Int64) {
      self.packets = packets
      self.bytes = bytes
      self.age = age
    }
  }

  /// Whom a packet was sent to.
  public struct Audience: Sendable, Hashable {
    /// The rooms; none means the whole namespace.
    public var rooms: [String]
    /// Rooms whose sockets were left out.
    public var except: [String]

    /// An audience.
    public init(rooms: [String] = [], except: [String] = []) {
      self.rooms = rooms
      self.except = except
    }

    func includes(_ session: LostSession) -> Bool {
      except.contains(where: session.isIn) == false && (rooms.isEmpty || rooms.contains(where: session.isIn))
    }
  }

  private struct Entry {
    let offset: String
    let audience: Audience
    let size: Int
    let sent: Int64
    let packet: Packet
  }

  private let limits: Limits
  private let origin: String
  /// The first `gone` have been dropped.
  private var entries: [Entry?] = []
  private var gone = 0
  /// The place of the first of ``entries``.
  private var base = 0
  private var places: [String: Int] = [:]
  /// Bytes of all packets.
  public private(set) var bytes = 0
  /// How many packets were dropped before they were too old.
  public private(set) var dropped = 0

  /// Nothing was sent; `origin` is the offset before the first packet.
  public init(limits: Limits, origin: String) {
    self.limits = limits
    self.origin = origin
    places[origin] = -1
  }

  /// How many packets there are.
  public var count: Int { entries.count - gone }

  /// The place that the next packet will have.
  public var nextPlace: Int { base + entries.count }

  /// A packet is being sent. Gives its place.
  @discardableResult
  public mutating func append(_ packet: Packet, offset: String, to audience: Audience, size: Int, now: Int64) -> Int {
    expire(now: now)
    let place = nextPlace
    entries.append(Entry(offset: offset, audience: audience, size: size, sent: now, packet: packet))
    bytes += size
    // Of equal offsets the first counts: what lies between them is then sent once more, and not left out.
    if places[offset] == nil { places[offset] = place }
    while count > 0, count > limits.packets || bytes > limits.bytes {
      removeFirst()
      dropped += 1
    }
    return place
  }

  /// Lets go of what is too old.
  public mutating func expire(now: Int64) {
    while gone < entries.count, let first = entries[gone], now - first.sent > limits.age { removeFirst() }
  }

  /// Whether everything after this offset is still there.
  public mutating func holds(_ offset: String, now: Int64) -> Bool {
    expire(now: now)
    return places[offset] != nil
  }

  /// What a session has missed after an offset, of the packets before `end`, in order. Nil when the offset is not known (any more):
  /// something may be missing.
  public func missed(after offset: String, before end: Int = .max, by session: LostSession) -> [Packet]? {
    guard let place = places[offset] else { return nil }
    let first = place - base + 1
    let last = min(entries.count, end - base)
    guard first < last else { return [] }
    return entries[first..<last].compactMap { entry in
      guard let entry, entry.audience.includes(session) else { return nil }
      return entry.packet
    }
  }

  private mutating func removeFirst() {
    guard let first = entries[gone] else { return }
    entries[gone] = nil
    places[origin] = nil
    if places[first.offset] == base + gone { places[first.offset] = nil }
    bytes -= first.size
    gone += 1
    // Moved together when half is empty, so that each packet is moved once on average.
    guard gone > 32, gone > entries.count / 2 else { return }
    entries.removeFirst(gone)
    base += gone
    gone = 0
  }
}
