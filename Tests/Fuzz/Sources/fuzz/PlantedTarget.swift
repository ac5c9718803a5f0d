/// A crash behind four bytes, which only a run that is guided by coverage finds. It proves that the others would be found.
enum PlantedTarget: FuzzTarget {
  static func run(_ input: UnsafeRawBufferPointer) {
    guard input.count > 3, input[0] == UInt8(ascii: "c"), input[1] == UInt8(ascii: "r") else { return }
    guard input[2] == UInt8(ascii: "s"), input[3] == UInt8(ascii: "h") else { return }
    fatalError("the planted crash")
  }
}
