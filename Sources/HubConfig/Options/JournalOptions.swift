/// Where plugins are found.
public struct PluginOptions: Sendable {
  /// Folders, searched in this order.
  public var path = ["/usr/lib/hub/plugins"]

  /// The defaults.
  public init() {}
}

extension PluginOptions: ConfigSection {
  static var keys: [Key<Self>] { [Key("path", \.path, .list(of: .path, orOne: true), "Folders, searched in this order.")] }
}

/// How long something is kept.
public enum Retention: Sendable, Hashable {
  /// For ever.
  case keep
  /// This long.
  case limited(Duration)

  /// The limit; nil for ever.
  public var duration: Duration? {
    if case .limited(let duration) = self { duration } else { nil }
  }
}

/// When the journal counts as written.
public enum JournalSync: String, Sendable, Hashable, CaseIterable {
  /// When the disk has it.
  case full
}

/// The journal of events.
public struct JournalOptions: Sendable {
  /// Its file; nil is hub.sqlite in the data folder.
  public var path: String?
  /// When it counts as written.
  public var sync = JournalSync.full
  /// How long event bodies and media are kept.
  public var retention = Retention.limited(.seconds(90 * 86_400))
  /// How long conversations and messages are kept.
  public var history = Retention.keep

  /// The defaults.
  public init() {}
}

extension JournalOptions: ConfigSection {
  static var keys: [Key<Self>] {
    let why = "an acknowledged event must be on disk"
    let retention = ValueType<Retention>.word(
      "keep", .keep, or: .duration(.seconds(3600) ... .seconds(36_500 * 86_400)), wrap: Retention.limited, unwrap: \.duration)
    return [
      Key("path", \.path, .path, "The file; hub.sqlite in the data folder when absent."),
      Key("sync", \.sync, .word(why: ["normal": why, "off": why, "no": why]), "When an event counts as written."),
      Key("retention", \.retention, retention, "How long event bodies and media are kept; keep is for ever."),
      Key(
        "history", \.history, retention, "How long conversations and messages are kept; keep is for ever.", support: .ignored),
    ]
  }
}

/// How contacts are told apart.
public struct ContactOptions: Sendable {
  /// Whether Brazilian mobile numbers with and without the ninth digit are one contact.
  public var brazilNinthDigit = true

  /// The defaults.
  public init() {}
}

extension ContactOptions: ConfigSection {
  static var keys: [Key<Self>] {
    [
      Key(
        "brazil_ninth_digit", \.brazilNinthDigit, .bool,
        "Whether Brazilian mobile numbers with and without the ninth digit are one contact.")
    ]
  }
}
