import HubPluginSDK

/// Reads secrets at the moment they are used; none is kept.
struct Secrets: Sendable {
  let services: HubServices

  /// The values that could be read, in order. One that is missing does not hide the others.
  func read(_ handles: [String], completion: @escaping @Sendable ([[UInt8]]) -> Void) {
    read(handles[...], found: [], completion: completion)
  }

  private func read(_ handles: ArraySlice<String>, found: [[UInt8]], completion: @escaping @Sendable ([[UInt8]]) -> Void) {
    guard let handle = handles.first else { return completion(found) }
    services.secret(handle) { result in
      let value = (try? result.get()) ?? []
      read(handles.dropFirst(), found: value.isEmpty ? found : found + [value], completion: completion)
    }
  }
}
