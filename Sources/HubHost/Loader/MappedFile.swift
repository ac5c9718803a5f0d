internal import Glibc

/// Device and inode of a mapped file as the kernel shows them in /proc/self/maps. Both sides of a comparison are taken from
/// there, because on stacked file systems they differ from what `stat` says.
struct MappedFile: Equatable {
  let device: String
  let inode: String

  /// The file that is mapped at an address.
  init?(address: UnsafeRawPointer) {
    guard let maps = Self.maps() else { return nil }
    let wanted = UInt(bitPattern: address)
    for line in maps.split(separator: "\n") {
      // 7f0c…-7f0c… r-xp 00001000 08:01 131090    /path
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      guard fields.count >= 5 else { continue }
      let range = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard range.count == 2, range[0] <= wanted, wanted < range[1], fields[4] != "0" else { continue }
      device = String(fields[3])
      inode = String(fields[4])
      return
    }
    return nil
  }

  /// The file behind an open descriptor; one page of it is mapped for the moment.
  init?(checkedFile descriptor: Int32) {
    guard let page = mmap(nil, 1, PROT_READ, MAP_PRIVATE, descriptor, 0), page != MAP_FAILED else { return nil }
    defer { munmap(page, 1) }
    self.init(address: page)
  }

  private static func maps() -> String? {
    let descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = read(descriptor, &chunk, chunk.count)
      if got <= 0 { break }
      text.append(contentsOf: chunk[..<got])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
