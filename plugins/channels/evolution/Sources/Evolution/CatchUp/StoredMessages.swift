import HubModel
import OrderedJSON

/// Messages out of the server's database as the events they were: what is known already is dropped by its key.
enum StoredMessages {
  /// - Parameter records: oldest first.
  static func parse(_ records: [JSONObject], of instance: String, receivedMs: Int64) -> ParsedEnvelope {
    let parser = EnvelopeParser(instances: [instance], receivedMs: receivedMs)
    var parsed = parser.parse([
      "event": "messages.upsert", "instance": .string(instance), "data": .array(records.map { .object(plain($0)) }),
    ])
    // How far one of ours came meanwhile: its message may be known from before.
    let receipts = records.compactMap { receipt($0) }
    guard receipts.isEmpty == false else { return parsed }
    let statuses = parser.parse(["event": "messages.update", "instance": .string(instance), "data": .array(receipts)])
    parsed.events += statuses.events
    for (reason, count) in statuses.drops { parsed.drop(reason, count) }
    return parsed
  }

  /// Without what the row has for the database alone: `id` is a row's, `MessageUpdate` was read.
  private static func plain(_ record: JSONObject) -> JSONObject {
    JSONObject(record.lazy.filter { $0.key != "id" }.map { ($0.key, $0.value) })
  }

  private static func receipt(_ record: JSONObject) -> JSONValue? {
    guard let key = record.object("key"), key.flag("fromMe"), let id = key.identifier("id"),
      let word = record.objects("MessageUpdate").last?.identifier("status"), let status = StatusWord(word)?.status, status != .pending
    else { return nil }
    var receipt: JSONObject = ["keyId": .string(id), "fromMe": true, "status": .string(word)]
    for member in ["remoteJid", "remoteJidAlt"] { receipt.add(member, key[member]) }
    return .object(receipt)
  }
}
