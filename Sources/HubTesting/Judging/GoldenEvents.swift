internal import HubModel
public import HubPluginSDK
public import OrderedJSON

/// What a channel makes of something that arrived, as its golden files show it.
public enum GoldenEvents {
  /// The events, and where there are any: what was dropped, how often for each reason, and what was unknown.
  public static func json<Kind, Reason: RawRepresentable<String>>(
    _ events: [HubChannelEvent<Kind>], drops: [Reason: Int], unfamiliar: [String]
  ) -> JSONObject {
    var json: JSONObject = ["events": .array(events.map { .object(Self.json($0)) })]
    if !drops.isEmpty {
      let counts = drops.sorted { $0.key.rawValue < $1.key.rawValue }.map {
        ($0.key.rawValue, JSONValue.number(JSONNumber(Int64($0.value))))
      }
      json.append("drops", .object(JSONObject(counts)))
    }
    if !unfamiliar.isEmpty { json.append("unfamiliar", .array(unfamiliar.map { .string($0) })) }
    return json
  }

  private static func json<Kind>(_ event: HubChannelEvent<Kind>) -> JSONObject {
    [
      "kind": .string(event.kind.rawValue), "id": .string(event.id), "account": .string(event.account),
      "conversation": .string(event.conversation), "time": .string(Timestamp(milliseconds: event.timeMs).iso8601),
      "body": .object(event.body),
    ]
  }
}
