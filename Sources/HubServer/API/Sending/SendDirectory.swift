internal import HubModel

/// The accounts that messages can be sent from.
public struct SendDirectory: Sendable {
  /// An account of a channel.
  public struct Place: Sendable, Hashable {
    /// The adapter's id in hub.yaml.
    public let channel: String
    /// The number or instance at the provider.
    public let account: String
    /// Whose it is.
    public let tenant: String

    /// An account of a channel.
    public init(channel: String, account: String, tenant: String) {
      (self.channel, self.account, self.tenant) = (channel, account, tenant)
    }
  }

  private let places: [Place]

  /// - Parameter places: every account of every enabled channel.
  public init(_ places: [Place]) { self.places = places.sorted { ($0.channel, $0.account) < ($1.channel, $1.account) } }

  /// The tenants there are accounts of.
  var tenants: [String] { Array(Set(places.map(\.tenant))).sorted() }

  /// The one account that fits what was said.
  ///
  /// - Parameters:
  ///   - tenant: whose; nil: anybody's.
  ///   - mayUse: which accounts the caller is narrowed to.
  /// - Throws: the member that has to be said, or said otherwise.
  func place(
    tenant: String?, channel: String?, account: String?, mayUse: (String) -> Bool = { _ in true }
  ) throws(MemberMistake) -> Place {
    let mine = places.filter { (tenant == nil || $0.tenant == tenant) && mayUse($0.account) }
    guard !mine.isEmpty else {
      let whose = tenant.map { " that the tenant \(Self.quoted($0)) can send from" } ?? ""
      throw MemberMistake("channel", "no channel has an account\(whose)")
    }
    let channels = Self.names(mine, \.channel)
    let ofChannel = mine.filter { channel == nil || $0.channel == channel }
    guard !ofChannel.isEmpty else {
      throw MemberMistake("channel", "there is no channel \(Self.quoted(channel)) to send with, but \(channels)")
    }
    let fitting = ofChannel.filter { account == nil || $0.account == account }
    guard let found = fitting.first else {
      throw MemberMistake("account", "there is no account \(Self.quoted(account)), but \(Self.names(ofChannel, \.account))")
    }
    guard fitting.count > 1 else { return found }
    if channel == nil, Set(fitting.map(\.channel)).count > 1 { throw MemberMistake("channel", "say which channel: \(channels)") }
    if Set(fitting.map(\.tenant)).count > 1 {
      throw MemberMistake("account", "say which account, or whose: \(Self.names(fitting, \.account))")
    }
    throw MemberMistake("account", "say which account: \(Self.names(fitting, \.account))")
  }

  private static func names(_ places: [Place], _ name: KeyPath<Place, String>) -> String {
    var names: [String] = []
    for place in places where !names.contains(place[keyPath: name]) { names.append(place[keyPath: name]) }
    return names.joined(separator: ", ")
  }

  private static func quoted(_ text: String?) -> String { "\"\((text ?? "").prefix(100))\"" }
}
