import OrderedJSON

/// What one client, user, tenant or channel may use. 0 is no limit; rates are per second with a burst of two seconds.
public struct LimitOptions: Sendable {
  /// Connections in total.
  public var connections = 20_000
  /// Of one address.
  public var perIP = AddressLimits()
  /// Of one user.
  public var perUser = UserLimits()
  /// Of one socket.
  public var perSocket = SocketLimits()
  /// Of one tenant.
  public var perTenant = TenantLimits()
  /// Of one channel.
  public var perChannel = ChannelLimits()

  /// The defaults.
  public init() {}
}

extension LimitOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("connections", \.connections, .limit, "Connections in total."),
      Key("per_ip", \.perIP, .section, "Of one address."),
      Key("per_user", \.perUser, .section, "Of one user."),
      Key("per_socket", \.perSocket, .section, "Of one socket."),
      Key("per_tenant", \.perTenant, .section, "Of one tenant."),
      Key("per_channel", \.perChannel, .section, "Of one channel."),
    ]
  }
}

/// Limits of one address.
public struct AddressLimits: Sendable {
  /// Connections at a time.
  public var connections = 500
  /// HTTP requests per second, without those to channels' webhooks.
  public var requests = 200

  /// The defaults.
  public init() {}
}

extension AddressLimits: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("connections", \.connections, .limit, "Connections at a time."),
      Key("requests", \.requests, .limit, "HTTP requests per second; those to channels' webhooks do not count."),
    ]
  }
}

/// Limits of one user.
public struct UserLimits: Sendable {
  /// Connections at a time.
  public var connections = 50
  /// Client events per second.
  public var events = 50
  /// Messages sent per second.
  public var sends = 20

  /// The defaults.
  public init() {}
}

extension UserLimits: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("connections", \.connections, .limit, "Connections at a time."),
      Key("events", \.events, .limit, "Client events per second."),
      Key("sends", \.sends, .limit, "Messages sent per second."),
    ]
  }
}

/// Limits of one socket.
public struct SocketLimits: Sendable {
  /// Client events per second.
  public var events = 50

  /// The defaults.
  public init() {}
}

extension SocketLimits: ConfigSection {
  static var keys: [Key<Self>] { [Key("events", \.events, .limit, "Client events per second.")] }
}

/// Limits of one tenant.
public struct TenantLimits: Sendable {
  /// Connections at a time.
  public var connections = 10_000
  /// Messages sent per second.
  public var sends = 200

  /// The defaults.
  public init() {}
}

extension TenantLimits: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key("connections", \.connections, .limit, "Connections at a time."),
      Key("sends", \.sends, .limit, "Messages sent per second."),
    ]
  }
}

/// Limits of one channel.
public struct ChannelLimits: Sendable {
  /// Messages that were accepted and wait to be sent.
  public var unsent = 100_000

  /// The defaults.
  public init() {}
}

extension ChannelLimits: ConfigSection {
  static var keys: [Key<Self>] {
    [Key("unsent", \.unsent, .limit, "Messages that were accepted and are not sent yet; more are refused.")]
  }
}
