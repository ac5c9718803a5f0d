import Synchronization

/// Who is connected at one moment.
public struct RealtimeCounts: Sendable, Hashable {
  /// Transports that have joined at least one namespace.
  public var transports = 0
  /// Transports in all, those that have joined nothing (yet) included.
  public var sessions = 0
  /// Sockets per namespace. A transport in two namespaces is two sockets.
  public var byNamespace: [String: Int] = [:]
  /// ``transports`` by the label given at accept; the numbers add up to it. A transport counts under the label of its oldest socket.
  public var byLabel: [String: Int] = [:]
}

/// What has happened since the start.
public struct RealtimeCounters: Sendable, Hashable {
  /// Engine.IO sessions opened.
  public var sessionsOpened = 0
  /// Engine.IO sessions that ended.
  public var sessionsClosed = 0
  /// Sessions refused because there were too many, in all or from one address.
  public var refusedSessions = 0
  /// Handshakes refused for their origin.
  public var refusedOrigins = 0
  /// Sessions that moved from polling to a WebSocket.
  public var upgrades = 0
  /// Engine.IO packets received.
  public var packetsIn = 0
  /// Engine.IO packets sent.
  public var packetsOut = 0
  /// Bytes of received packets.
  public var bytesIn = 0
  /// Bytes of sent packets, WebSocket framing included, before compression.
  public var bytesOut = 0
  /// Volatile packets dropped for sockets that could not take them at once.
  public var droppedVolatile = 0
  /// Events of clients dropped for their rate.
  public var droppedRateLimited = 0
  /// Sessions closed because they read too slowly.
  public var closedSlow = 0
  /// Sessions closed because they broke the protocol.
  public var protocolErrors = 0
  /// CONNECT packets that were refused.
  public var refusedConnects = 0
  /// Sockets that were lost and given back to their clients.
  public var recovered = 0
  /// Clients that asked for a lost socket and got a new one.
  public var unrecovered = 0
  /// Lost sockets that were dropped for want of room.
  public var droppedRecoverySessions = 0
  /// Packets kept for lost sockets that were dropped for want of room.
  public var droppedRecoveryPackets = 0
}

extension RealtimeCounts {
  mutating func add(_ population: LoopMeters.Population) {
    transports += population.transports
    sessions += population.sessions
    byNamespace.merge(population.byNamespace, uniquingKeysWith: +)
    byLabel.merge(population.byLabel, uniquingKeysWith: +)
  }
}

extension RealtimeCounters {
  mutating func add(_ meters: LoopMeters) {
    sessionsOpened += meters.sessionsOpened.load(ordering: .relaxed)
    sessionsClosed += meters.sessionsClosed.load(ordering: .relaxed)
    refusedSessions += meters.refusedSessions.load(ordering: .relaxed)
    refusedOrigins += meters.refusedOrigins.load(ordering: .relaxed)
    upgrades += meters.upgrades.load(ordering: .relaxed)
    packetsIn += meters.packetsIn.load(ordering: .relaxed)
    packetsOut += meters.packetsOut.load(ordering: .relaxed)
    bytesIn += meters.bytesIn.load(ordering: .relaxed)
    bytesOut += meters.bytesOut.load(ordering: .relaxed)
    droppedVolatile += meters.volatileDrops.load(ordering: .relaxed)
    droppedRateLimited += meters.rateDrops.load(ordering: .relaxed)
    closedSlow += meters.slowCloses.load(ordering: .relaxed)
    protocolErrors += meters.protocolErrors.load(ordering: .relaxed)
    refusedConnects += meters.refusedConnects.load(ordering: .relaxed)
    recovered += meters.recovered.load(ordering: .relaxed)
    unrecovered += meters.unrecovered.load(ordering: .relaxed)
  }
}
