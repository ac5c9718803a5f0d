internal import OrderedJSON

extension Journal {
  /// The uploads, by their ids, that messages name which may still be sent: those of the outbox that are not done, dead letters too.
  public func uploadsAwaited() throws -> Set<String> {
    try reading { storage in
      try storage.read { connection in
        let statement = try SQLStatement(connection, "SELECT body FROM outbox WHERE state <> 3 AND instr(body, '\"upload\"') > 0")
        var uploads: Set<String> = []
        while try statement.step() {
          guard let message = try? JSONValue(parsing: statement.blob(0) ?? []) else { continue }
          uploads.formUnion([message["media"], message["interactive"]?["header"]?["media"]].compactMap { $0?["upload"]?.string })
        }
        return uploads
      }
    }
  }
}
