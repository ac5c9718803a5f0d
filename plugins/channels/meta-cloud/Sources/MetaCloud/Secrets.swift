import HubPluginSDK

/// Reads secrets at the moment they are used; none is kept.
struct Secrets: Sendable {
  private static let scheme = "secret://"

  let services: HubServices

  /// The values that could be read, in order. One that is missing does not hide the others.
  func read(_ references: [String], completion: @escaping @Sendable ([[UInt8]]) -> Void) {
    read(references[...], found: [], completion: completion)
  }

  private func read(_ references: ArraySlice<String>, found: [[UInt8]], completion: @escaping @Sendable ([[UInt8]]) -> Void) {
    guard let reference = references.first else { return completion(found) }
    let rest = references.dropFirst()
    guard reference.hasPrefix(Self.scheme) else {
      return read(rest, found: found + [Array(reference.utf8)], completion: completion)
    }
    services.secret(reference) { result in
      let value = try? result.get()
      read(rest, found: found + (value.map { $0.isEmpty ? [] : [$0] } ?? []), completion: completion)
    }
  }
}
