import HubModel
import OrderedJSON

/// The configured numbers, and which business account each belongs to: what is configured, else what was seen in signed bodies.
public struct AccountDirectory: Sendable, Hashable {
  /// What is known about one number.
  public struct Number: Sendable, Hashable {
    /// The WABA id from the configuration.
    public var waba: String?
    /// The digits of the number from the configuration.
    public var phone: String?
    /// The tenant, when the host says it.
    public var tenant: String?

    /// A number about which nothing is known but its id.
    public init(waba: String? = nil, phone: String? = nil, tenant: String? = nil) {
      self.waba = waba
      self.phone = phone
      self.tenant = tenant
    }
  }

  private var numbers: [String: Number]
  private var seen: [String: NumberSighting] = [:]

  /// - Parameter numbers: by `phone_number_id`.
  public init(_ numbers: [String: Number]) { self.numbers = numbers }

  /// Remembers which business account a configured number belongs to; true when that was news.
  public mutating func learn(_ sighting: NumberSighting) -> Bool {
    guard numbers[sighting.account] != nil, seen[sighting.account] != sighting else { return false }
    seen[sighting.account] = sighting
    return true
  }

  /// Whom an account-level event concerns.
  enum Concerned: Hashable {
    case accounts([String])
    case nobody
    /// No number is known to belong to the business account, and those that could may be of several tenants: telling one
    /// tenant about another's account would be worse than telling nobody.
    case ambiguous
  }

  /// The numbers of a business account; a display number narrows them.
  func concerned(waba: String?, displayPhone: String?) -> Concerned {
    let possible = numbers.keys.sorted().filter { account in
      waba == nil || self.waba(of: account) == nil || self.waba(of: account) == waba
    }
    let digits = displayPhone.flatMap(Person.digits)
    if let digits {
      let exact = possible.filter { phone(of: $0).map { Self.same($0, digits) } ?? false }
      if exact.isEmpty == false { return .accounts(exact) }
    }
    let members = possible.filter { waba != nil && self.waba(of: $0) == waba }
    // Numbers known to be others than the one displayed are not meant.
    let pool = (members.isEmpty ? possible : members).filter { digits == nil || phone(of: $0) == nil }
    if pool.isEmpty { return .nobody }
    return members.isEmpty && isOneTenant(pool) == false ? .ambiguous : .accounts(pool)
  }

  private func isOneTenant(_ accounts: [String]) -> Bool {
    let tenants = Set(accounts.map { numbers[$0]?.tenant })
    return accounts.count == 1 || tenants.count == 1 && tenants.contains(nil) == false
  }

  private func waba(of account: String) -> String? { numbers[account]?.waba ?? seen[account]?.waba }

  private func phone(of account: String) -> String? { numbers[account]?.phone ?? seen[account]?.phone }

  private static func same(_ one: String, _ other: String) -> Bool {
    one == other || PhoneNumber(one)?.variants().contains(other) ?? false
  }
}

extension Change {
  /// The accounts the change concerns: the one it names, else those of its business account. What nobody can be named for is counted.
  func accounts(in directory: AccountDirectory, drops parsed: inout ParsedWebhook) -> [String] {
    if let account { return [account] }
    switch directory.concerned(waba: waba, displayPhone: value.identifier("display_phone_number")) {
    case .accounts(let accounts): return accounts
    case .nobody: parsed.drop(.noAccount)
    case .ambiguous: parsed.drop(.ambiguousAccount)
    }
    return []
  }
}
