internal import Glibc
internal import Synchronization

/// Media that were fetched, kept on disk up to a number of bytes; the one that was not looked at for longest goes first. Each is fetched
/// once, however many ask for it meanwhile.
final class MediaCache: Sendable {
  /// How a medium was had: the path and size of its file.
  typealias Answer = @Sendable (Result<(path: String, size: Int), MediaTrouble>) -> Void

  private struct Entry {
    var size: Int
    var used: UInt64
  }

  private struct State {
    var entries: [String: Entry] = [:]
    var bytes = 0
    var uses: UInt64 = 0
    var waiting: [String: [Answer]] = [:]
    /// How many answers those are.
    var asking = 0

    mutating func use(_ key: String) -> Int? {
      uses += 1
      entries[key]?.used = uses
      return entries[key]?.size
    }
  }

  /// How many media are fetched at once.
  static let maximumFetches = 32

  private let folder: String
  private let limit: Int
  private let maximumAsking: Int
  private let state: Mutex<State>

  /// Makes the folder, mode 0700, and takes up what is there.
  ///
  /// - Parameters:
  ///   - limit: bytes.
  ///   - maximumAsking: how many may wait at once for media that are fetched.
  init(folder: String, limit: Int, maximumAsking: Int = 1024) throws(MediaFolder.Failure) {
    self.folder = folder
    self.limit = limit
    self.maximumAsking = maximumAsking
    try MediaFolder.make(folder)
    // In which order they were looked at is not known any more. Any will do, as long as it is the same each time.
    var state = State()
    for name in MediaFolder.names(folder).sorted() {
      if name.hasSuffix(".part") {
        unlink("\(folder)/\(name)")
      } else if let size = MediaFolder.size("\(folder)/\(name)") {
        state.uses += 1
        state.entries[name] = Entry(size: size, used: state.uses)
        state.bytes += size
      }
    }
    self.state = Mutex(state)
    shrink()
  }

  /// Gives a medium, from disk or by way of `fetch`, which is given where to put it and ends the file.
  func get(_ key: String, fetch: (MediaFile) -> Void, answer: @escaping Answer) {
    enum Step {
      case found(Int)
      case wait
      case fetch
      case refuse
    }
    let step = state.withLock { state -> Step in
      if let size = state.use(key) { return .found(size) }
      guard state.asking < maximumAsking else { return .refuse }
      if state.waiting[key] != nil {
        state.asking += 1
        state.waiting[key]?.append(answer)
        return .wait
      }
      guard state.waiting.count < Self.maximumFetches else { return .refuse }
      state.waiting[key] = [answer]
      state.asking += 1
      return .fetch
    }
    switch step {
    case .found(let size): answer(.success(("\(folder)/\(key)", size)))
    case .wait: break
    case .refuse: answer(.failure(.busy))
    case .fetch:
      do throws(MediaFolder.Failure) {
        fetch(try MediaFile(path: "\(folder)/\(key)") { [self] in ended(key, $0) })
      } catch {
        ended(key, .failure(.storage))
      }
    }
  }

  /// Forgets one that turned out not to be there.
  func forget(_ key: String) {
    state.withLock { state in
      if let entry = state.entries.removeValue(forKey: key) { state.bytes -= entry.size }
    }
  }

  private func ended(_ key: String, _ result: Result<Int, MediaTrouble>) {
    let waiting = state.withLock { state -> [Answer] in
      if case .success(let size) = result {
        state.uses += 1
        state.bytes += size - (state.entries[key]?.size ?? 0)
        state.entries[key] = Entry(size: size, used: state.uses)
      }
      let answers = state.waiting.removeValue(forKey: key) ?? []
      state.asking -= answers.count
      return answers
    }
    shrink(sparing: key)
    for answer in waiting { answer(result.map { ("\(folder)/\(key)", $0) }) }
    // Larger than the cache is itself, it may go after the answers: whoever has the file open keeps it.
    shrink()
  }

  private func shrink(sparing spared: String? = nil) {
    while true {
      let oldest = state.withLock { state -> String? in
        let others = state.entries.lazy.filter { $0.key != spared }
        guard state.bytes > limit, let oldest = others.min(by: { $0.value.used < $1.value.used }) else { return nil }
        state.entries[oldest.key] = nil
        state.bytes -= oldest.value.size
        return oldest.key
      }
      guard let oldest else { return }
      unlink("\(folder)/\(oldest)")
    }
  }
}

/// Why a medium can't be shown.
enum MediaTrouble: String, Error, Sendable {
  /// The channel says there is none.
  case notFound = "not_found"
  /// The channel isn't there, or has no media.
  case unavailable
  /// The channel's request failed.
  case failed
  /// What came is another file than was announced.
  case altered
  /// Larger than a medium may be.
  case tooLarge = "too_large"
  /// Too much is under way.
  case busy
  /// The disk.
  case storage
}
