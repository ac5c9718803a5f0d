extension String {
  /// Without what a terminal takes for an order, or what turns a line around: what a server says may end up before a person.
  package var printable: String {
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: continue
      default: text.append(scalar)
      }
    }
    return String(text)
  }
}
