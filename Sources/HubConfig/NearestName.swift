/// The known name that a mistyped one most likely stands for; nil when none is near.
func nearestName(to name: String, in known: some Sequence<String>) -> String? {
  let name = Array(name.lowercased())
  guard name.count <= 64 else { return nil }
  var best: (name: String, distance: Int)?
  for candidate in known {
    let distance = editDistance(name, Array(candidate.lowercased()))
    // A third of the letters may be wrong; beyond that the guess confuses more than it helps.
    guard distance <= max(1, max(name.count, candidate.count) / 3) else { continue }
    if distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.name
}

/// "did you mean …?", or the list of what there is when nothing is near and the list is short.
func suggestion(for name: String, in known: [String]) -> String? {
  if let near = nearestName(to: name, in: known) { return "did you mean \"\(near)\"?" }
  guard !known.isEmpty, known.count <= 12 else { return nil }
  return "known: \(known.joined(separator: ", "))"
}

/// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...right.count)
  for i in left.indices {
    var current = [i + 1]
    for j in right.indices {
      var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (left[i] == right[j] ? 0 : 1))
      if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
      current.append(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[right.count]
}
