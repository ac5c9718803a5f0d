import HubPluginSDK
import OrderedJSON
import Synchronization

/// The conversations and who they are with, over restarts.
extension Link {
  /// How long changes gather before they are written.
  private static let gatherMs: UInt64 = 5000
  /// A workspace that nobody spoke of for so long is forgotten.
  private static let lifetime = Duration.seconds(90 * 86_400)

  private func key(_ part: Int) -> String { "contacts/\(part)/\(account.workspace)" }

  /// Reads what an earlier run kept. Without it directions are guessed, and nothing is subscribed that is not looked at, until the server names
  /// the conversations and contacts again.
  func restoreContacts() async {
    let values = await readContacts()
    state.withLock { state in
      state.workspace.contacts.restore(values)
      state.subscriptions.restore(state.workspace.contacts.conversations)
    }
  }

  /// The parts, as far as they can be read.
  private func readContacts() async -> [[UInt8]] {
    var values: [[UInt8]] = []
    for part in 0..<KnownContacts.parts {
      do {
        if let value = try await services.values.get(key(part)) { values.append(value) }
      } catch {
        services.log(
          .warning, "who the conversations are with can't be read",
          ["workspace": .string(account.workspace), "reason": .string("\(error)")])
        break
      }
    }
    return values
  }

  /// Sees to it that what changed is written before long.
  func gatherContacts() {
    let begins = state.withLock { state in
      guard state.workspace.contacts.isChanged, state.isGathering == false else { return false }
      state.isGathering = true
      return true
    }
    // It is refused at the end of the adapter only, which writes what there is.
    if begins { try? services.later(milliseconds: Self.gatherMs) { [weak self] in self?.writeContacts() } }
  }

  private func writeContacts() {
    for (part, value) in takeContacts() {
      services.values.put(value, for: key(part), lifetime: Self.lifetime) { [self] result in
        kept(part, result)
      }
    }
  }

  /// Writes what changed and what was used since, and waits for it.
  func keepContacts() async {
    for (part, value) in takeContacts(withUses: true) {
      do throws(HubError) {
        try await services.values.put(value, for: key(part), lifetime: Self.lifetime)
        kept(part, .success(()))
      } catch {
        kept(part, .failure(error))
      }
    }
  }

  private func takeContacts(withUses: Bool = false) -> [(part: Int, value: [UInt8])] {
    state.withLock { state in
      state.isGathering = false
      return state.workspace.contacts.takeChanged(withUses: withUses)
    }
  }

  /// What could not be written is written with the next change, and told when it could before.
  private func kept(_ part: Int, _ result: Result<Void, HubError>) {
    guard case .failure(let error) = result else { return state.withLock { $0.isForgetful = false } }
    let isNews = state.withLock { state in
      defer { state.isForgetful = true }
      state.workspace.contacts.giveBack(part)
      return state.isForgetful == false
    }
    guard isNews else { return }
    services.log(
      .warning, "who the conversations are with can't be kept", ["workspace": .string(account.workspace), "reason": .string("\(error)")])
  }
}
