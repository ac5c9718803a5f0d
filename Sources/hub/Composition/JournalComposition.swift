import HubConfig
import HubStore

/// From `journal:` and `contacts:` of the configuration to the open journal.
enum JournalComposition {
  static func open(_ configuration: HubConfiguration) throws -> Journal {
    var options = HubStore.JournalOptions()
    options.retentionMs = configuration.journal.retention.duration.map { $0.components.seconds * 1000 }
    options.brazilNinthDigit = configuration.contacts.brazilNinthDigit
    // What a channel may take in, the journal has to take too: an event it refuses for its size would be acknowledged and lost. An
    // event may carry the message and the provider's raw form of it.
    let largest = configuration.channels.compactMap { $0.value.maxBody?.bytes }.max() ?? 0
    options.maxBody = max(options.maxBody, 2 * largest)
    options.queueBytes = max(options.queueBytes, 4 * largest)
    do {
      let journal = try Journal(path: configuration.journalFile, options: options)
      // A sink that left the configuration must not hold retention back; one that is only disabled keeps its place.
      for gone in Set(journal.cursors.keys).subtracting(configuration.sinks.names) { try journal.forgetCursor(of: gone) }
      return journal
    } catch let error as JournalError {
      throw CommandFailure(error.code == .alreadyOpen ? .alreadyRunning : .failure, "\(error)")
    }
  }

  /// The values that adapters keep, beside the journal's file in the data folder.
  static func values(_ configuration: HubConfiguration) throws -> ValueStore {
    do { return try ValueStore(path: configuration.dataFolder + "/values.sqlite") } catch { throw CommandFailure(.failure, "\(error)") }
  }
}
