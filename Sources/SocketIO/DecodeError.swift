internal import OrderedJSON

/// Why bytes are not a Socket.IO packet. Every one of them ends a server's whole connection, not a namespace.
public enum DecodeError: Error, Sendable, Hashable {
  /// No packet type.
  case unknownType
  /// An attachment count that is no number, or not followed by `-`.
  case badAttachmentCount
  /// A packet id above 2^53 - 1.
  case badID
  /// A payload that is not JSON.
  case badJSON
  /// An event or an answer that is nested more deeply, or has more arguments, values or attachments, than the limits allow. The rest was not
  /// looked at.
  case beyondLimits
  /// A payload that does not fit the type.
  case badPayload
  /// An event name that only the library itself may use.
  case reservedName
  /// A binary message nobody waits for.
  case unexpectedBinary
  /// A text message where an attachment was due.
  case missingAttachment
  /// Attachments of more bytes than allowed.
  case attachmentsTooLarge
  /// A placeholder that names no attachment.
  case badPlaceholder

  init(_ error: JSONError) {
    switch error.code {
    case .tooDeep, .tooMany: self = .beyondLimits
    default: self = .badJSON
    }
  }
}
