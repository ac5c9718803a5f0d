/// What the hub reads of an ELF file before anything of it runs (System V ABI, chapters 4 and 5; 64 bit, little endian).
///
/// Every offset is checked against the file's size: the dynamic linker is killed by a signal when a program header points
/// past the end.
struct ELFImage {
  /// Why the bytes are no usable shared object.
  enum Fault: Error, Equatable {
    case notShared(String)
    case otherMachine(UInt16)
    case truncated(String)
  }

  /// One entry of a note segment.
  struct Note {
    var name: [UInt8]
    var type: UInt32
    var descriptor: [UInt8]
  }

  private struct Segment {
    var type: UInt32
    var offset, fileSize, alignment: UInt64
  }

  private let bytes: FileBytes
  private let segments: [Segment]
  private let sections: Sections?

  private struct Sections {
    var offset: UInt64
    var count: UInt64
  }

  /// e_machine of the processor this process runs on.
  static var hostMachine: UInt16 {
    #if arch(x86_64)
      62
    #elseif arch(arm64)
      183
    #else
      0
    #endif
  }

  init(_ bytes: FileBytes) throws(Fault) {
    self.bytes = bytes
    guard let magic = bytes.read(0, 4), magic == [0x7F, 0x45, 0x4C, 0x46] else { throw .notShared("not an ELF shared object") }
    guard let class64 = bytes.integer(4, UInt8.self), let order = bytes.integer(5, UInt8.self),
      let type = bytes.integer(16, UInt16.self), let machine = bytes.integer(18, UInt16.self),
      let programOffset = bytes.integer(32, UInt64.self), let sectionOffset = bytes.integer(40, UInt64.self),
      let programSize = bytes.integer(54, UInt16.self), let programCount = bytes.integer(56, UInt16.self),
      let sectionSize = bytes.integer(58, UInt16.self), let sectionCount = bytes.integer(60, UInt16.self), bytes.size >= 64
    else { throw .truncated("truncated: the file ends inside the ELF header") }
    guard class64 == 2, order == 1, machine == Self.hostMachine else { throw .otherMachine(machine) }
    guard type == 3 else { throw .notShared("not an ELF shared object (type \(type))") }
    guard programCount > 0, programSize == 56 else { throw .notShared("not an ELF shared object (no program headers)") }
    guard bytes.holds(programOffset, UInt64(programCount) * 56) else {
      throw .truncated("truncated: the file ends before its program headers")
    }

    var segments: [Segment] = []
    for index in 0..<UInt64(programCount) {
      let at = programOffset + index * 56
      guard let type = bytes.integer(at, UInt32.self), let offset = bytes.integer(at + 8, UInt64.self),
        let fileSize = bytes.integer(at + 32, UInt64.self), let alignment = bytes.integer(at + 48, UInt64.self)
      else { throw .truncated("truncated: the file ends inside its program headers") }
      // An empty one too: what follows it in memory is mapped from its place.
      guard bytes.holds(offset, fileSize) else {
        throw .truncated("truncated: segment \(index), \(fileSize) bytes at \(offset), goes beyond the file's end at \(bytes.size)")
      }
      segments.append(Segment(type: type, offset: offset, fileSize: fileSize, alignment: alignment))
    }
    self.segments = segments

    guard sectionOffset != 0 else {
      sections = nil
      return
    }
    guard sectionSize == 64, bytes.holds(sectionOffset, UInt64(sectionCount) * 64) else {
      throw .truncated("truncated: the file ends before its section headers")
    }
    sections = Sections(offset: sectionOffset, count: UInt64(sectionCount))
  }

  /// The notes of all note segments; a malformed entry ends its segment.
  func notes() -> [Note] {
    var notes: [Note] = []
    for segment in segments where segment.type == 4 {
      let alignment: UInt64 = segment.alignment == 8 ? 8 : 4
      // Sizes are 32 bit, so padding one cannot overflow.
      let padded = { (size: UInt32) in (UInt64(size) + alignment - 1) / alignment * alignment }
      // Counted from the segment's start, which with its size is within the file.
      var at: UInt64 = 0
      while segment.fileSize - at >= 12, let nameSize = bytes.integer(segment.offset + at, UInt32.self),
        let size = bytes.integer(segment.offset + at + 4, UInt32.self), let type = bytes.integer(segment.offset + at + 8, UInt32.self)
      {
        let left = segment.fileSize - at - 12
        guard nameSize <= 256, size <= 64 << 10, padded(nameSize) <= left, UInt64(size) <= left - padded(nameSize),
          let name = bytes.read(segment.offset + at + 12, Int(nameSize)),
          let descriptor = bytes.read(segment.offset + at + 12 + padded(nameSize), Int(size))
        else { break }
        notes.append(Note(name: name, type: type, descriptor: descriptor))
        at = min(at + 12 + padded(nameSize) + padded(size), segment.fileSize)
      }
    }
    return notes
  }

  /// Whether the dynamic symbol table defines `name`; nil when the file carries no section headers to find the table by.
  func defines(_ name: String) -> Bool? {
    guard let sections else { return nil }
    for index in 0..<sections.count {
      let at = sections.offset + index * 64
      guard bytes.integer(at + 4, UInt32.self) == 11, let offset = bytes.integer(at + 24, UInt64.self),
        let size = bytes.integer(at + 32, UInt64.self), let link = bytes.integer(at + 40, UInt32.self), UInt64(link) < sections.count,
        let names = bytes.integer(sections.offset + UInt64(link) * 64 + 24, UInt64.self), bytes.holds(offset, size)
      else { continue }
      let wanted = Array(name.utf8) + [0]
      for symbol in 0..<(size / 24) {
        let entry = offset + symbol * 24
        guard let nameAt = bytes.integer(entry, UInt32.self), let section = bytes.integer(entry + 6, UInt16.self), section != 0 else {
          continue
        }
        let (place, isBeyond) = names.addingReportingOverflow(UInt64(nameAt))
        if !isBeyond, bytes.read(place, wanted.count) == wanted { return true }
      }
      return false
    }
    return nil
  }
}
