import OrderedJSON

/// What must hold between the listeners and what they expose.
struct ListenerRules {
  let context: ReadContext

  func check(_ configuration: HubConfiguration) {
    let report = context.report
    let (server, admin) = (configuration.server, configuration.admin)
    if !admin.listen.isLocal, admin.token == nil {
      report.error(
        "open-admin", "admin.listen \(admin.listen) can be reached from other machines and admin.token is not set",
        at: context.place(["admin", "listen"]), hint: "listen on 127.0.0.1 or unix:, or set admin.token")
    }
    if !server.listen.isLocal, configuration.auth.jwt == nil, configuration.auth.apiKeys.isEmpty {
      report.error(
        "open-server", "server.listen \(server.listen) can be reached from other machines and auth is not set",
        at: context.place(["server", "listen"]), hint: "set auth.jwt or auth.api_keys")
    }
    if server.listen == admin.listen, !server.listen.takesAnyPort {
      report.error(
        "bad-address", "admin.listen and server.listen are the same address",
        at: context.place(["admin", "listen"]) ?? context.place(["server", "listen"]))
    }
    if server.cors.credentials, server.cors.origins.contains("*") {
      report.error(
        "open-cors", "credentials with the origin * would give every page in the world the user's session",
        at: context.place(["server", "cors", "credentials"]), hint: "list the origins")
    }
    checkSignatures(configuration)
  }

  /// `signature: off` of a channel, in whatever plugin: anyone who can reach the path could write into the journal.
  private func checkSignatures(_ configuration: HubConfiguration) {
    for channel in configuration.channels where channel.value.enabled && channel.value.takesUnsigned {
      let place = context.place(["channels", channel.name, "config", "signature"])
      let message = "channels.\(channel.name) does not check signatures"
      if configuration.server.listen.isLocal {
        context.report.warning("unsigned", "\(message): anyone who reaches the path can write into the journal", at: place)
      } else {
        context.report.error(
          "unsigned", "\(message), and server.listen \(configuration.server.listen) can be reached from other machines", at: place,
          hint: "remove signature: off, or listen on 127.0.0.1")
      }
    }
  }
}

extension ListenAddress {
  /// Two listeners with port 0 get two ports.
  var takesAnyPort: Bool {
    if case .tcp(_, 0) = self { true } else { false }
  }
}

extension AdapterConfiguration {
  /// `signature: off`, also when it was written as the boolean that YAML 1.1 makes of it.
  var takesUnsigned: Bool { config["signature"] == .string("off") || config["signature"] == .bool(false) }
}
