/// What a fake Evolution API server is to be.
package struct EvolutionOptions: Sendable {
  /// How values of WhatsApp that JSON lacks are written.
  package enum Release: String, Sendable, CaseIterable {
    /// Bytes are base64, long numbers are strings, enumerations are names.
    case v235 = "2.3.5"
    /// Bytes are attachments on sockets and objects in webhooks, long numbers have two halves.
    case v236 = "2.3.6"
  }

  /// The instances that are there and open from the beginning.
  package var instances: [String]
  /// The server's key.
  package var apiKey: String
  /// The tokens of instances, by name; where there is none, it is `token-` and the name.
  package var tokens: [String: String] = [:]
  package var release = Release.v236
  /// Whether every event also goes to the namespace `/`.
  package var isGlobal = false
  /// Whether there is a Socket.IO server.
  package var hasSockets = true
  /// Whether sockets from loopback need no key, as is the server's default.
  package var trustsLoopback = false
  /// Where webhooks of every instance go; nil sends none.
  package var webhook: String?
  /// Fields of webhooks. `jwt_key` is no field, but what a token is signed with.
  package var webhookHeaders: [(String, String)] = []
  package var webhookByEvents = false
  /// Whether media go along with their message.
  package var webhookBase64 = false
  /// How far the server's wall clock is from UTC, in milliseconds: `date_time` is that clock with a false `Z`.
  package var clockOffset: Int64 = -3 * 3_600_000
  /// Whether the instance's token is in every envelope.
  package var exposesKeys = false
  /// Whether messages are kept in a database.
  package var storesMessages = true
  /// How long a message is not in the database yet, in milliseconds.
  package var storeDelay: Int64 = 0
  /// Milliseconds between the states of a message that was sent.
  package var statusDelay: Int64 = 200
  /// How long a socket may be without a namespace, in milliseconds.
  package var connectTimeout: Int64 = 45_000
  /// Where ids begin; nil takes the system's random numbers.
  package var seed: UInt64?

  package init(instances: [String], apiKey: String) {
    self.instances = instances
    self.apiKey = apiKey
  }
}
