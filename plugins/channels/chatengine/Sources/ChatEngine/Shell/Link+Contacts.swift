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
    await readContacts()
    let evicted = state.withLock { state in state.workspace.contacts.conversations.count { state.name($0) != nil } }
    counters.drop(.evictedSubscription, evicted)
  }

  private func readContacts() async {
    for part in 0..<KnownContacts.parts {
      do {
        guard let value = try await services.values.get(key(part)) else { continue }
        state.withLock { $0.workspace.contacts.restore(value) }
      } catch {
        return services.log(
          .warning, "who the conversations are with can't be read",
          ["workspace": .string(account.workspace), "reason": .string("\(error)")])
      }
    }
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

  /// Writes what changed, and waits for it.
  func keepContacts() async {
    for (part, value) in takeContacts() {
      do throws(HubError) {
        try await services.values.put(value, for: key(part), lifetime: Self.lifetime)
        kept(part, .success(()))
      } catch {
        kept(part, .failure(error))
      }
    }
  }

  private func takeContacts() -> [(part: Int, value: [UInt8])] {
    state.withLock { state in
      state.isGathering = false
      return state.workspace.contacts.takeChanged()
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
