import ArgumentParser

/// The kinds of a provider's samples.
protocol SimulatedKind: RawRepresentable<String>, CaseIterable, ExpressibleByArgument, Equatable {
  static var text: Self { get }
  static var reaction: Self { get }
  static var status: Self { get }
  /// A message of the business.
  static var outbound: Self { get }
}

extension SimulatedKind {
  /// Whether it is about a message that was sent before.
  var needsTarget: Bool { self == .status || self == .reaction }

  /// What is sent first for it to be about: statuses are told of outbound messages only, people react to either.
  var precedent: Self { self == .status ? .outbound : .text }

  /// What it says unless it is told.
  var usualText: String {
    switch self {
    case .status: "delivered"
    case .reaction: "👍"
    default: "Hello from hub simulate"
    }
  }

  /// All of them, for a command's help.
  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
