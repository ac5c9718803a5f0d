import Glibc
import HubConfig
import Testing

@Suite struct SecretTests {
  @Test("a reference is the text it was written as")
  func references() {
    for text in ["secret://file/data/secrets/jwt", "secret://file//etc/key", "secret://env/TOKEN?", "secret://credential/tls-key"] {
      #expect(SecretReference(text)?.description == text)
    }
    #expect(SecretReference("secret://env/TOKEN?")?.isOptional == true)
    for text in [
      "secret://", "secret://file/", "secret://env/", "secret://vault/x", "secret://credential/a/b", "plain", "secret://env/A=B",
    ] {
      #expect(SecretReference(text) == nil, "\(text)")
    }
  }

  @Test("a value prints as stars however it is printed")
  func prints() throws {
    let scratch = try Scratch()
    try scratch.write("key", "top-secret \n")
    let resolver = SecretResolver(folder: scratch.path, environment: [:])
    let value = try #require(try resolver.resolve(SecretReference(.file("key"))))
    #expect(value.exposed == Array("top-secret".utf8))
    var dumped = ""
    dump(value, to: &dumped)
    for text in ["\(value)", String(reflecting: value), dumped, String(describing: [value])] { #expect(!text.contains("top")) }
  }

  @Test("a changed secret is seen at the next use")
  func rotates() throws {
    let scratch = try Scratch()
    let resolver = SecretResolver(folder: scratch.path, environment: [:])
    for text in ["one", "two"] {
      try scratch.write("key", text)
      #expect(try resolver.resolve(SecretReference(.file("key")))?.exposed == Array(text.utf8))
    }
  }

  @Test("who asks with every request has the value of this moment: written over in place, replaced, gone, open to others")
  func cached() throws {
    let scratch = try Scratch()
    let cache = SecretCache(SecretResolver(folder: scratch.path, environment: ["TOKEN": "t"]))
    let handle = "secret://file/key"
    #expect(cache.value(of: handle) == nil)
    // As long, one after the other, within one step of the file system's clock.
    for text in ["one", "two", "six", "ten"] {
      try scratch.write("key", text)
      #expect(cache.value(of: handle) == Array(text.utf8) && cache.value(of: handle) == Array(text.utf8))
    }
    try scratch.write("next", "new")
    #expect(rename(scratch.file("next"), scratch.file("key")) == 0)
    #expect(cache.value(of: handle) == Array("new".utf8))
    #expect(chmod(scratch.file("key"), 0o640) == 0)
    #expect(cache.value(of: handle) == nil, "others may read it")
    #expect(chmod(scratch.file("key"), 0o600) == 0)
    #expect(cache.value(of: handle) == Array("new".utf8))
    #expect(unlink(scratch.file("key")) == 0)
    #expect(cache.value(of: handle) == nil && cache.value(of: "no handle") == nil)
    #expect(cache.value(of: "secret://env/TOKEN") == Array("t".utf8) && cache.value(of: "secret://env/TOKEN") == Array("t".utf8))
  }

  @Test("a secret of the hub's own is made once, for its owner alone, and not made up again when it is damaged or open to others")
  func own() throws {
    let scratch = try Scratch()
    let path = scratch.file("data/secrets/own")
    let made = try OwnSecret.kept(at: path)
    #expect(try made.count == 64 && OwnSecret.kept(at: path) == made && OwnSecret.kept(at: scratch.file("other")) != made)
    #expect(chmod(path, 0o644) == 0)
    #expect(throws: SecretMakerError.self) { try OwnSecret.kept(at: path) }
    try scratch.write("data/secrets/own", "short")
    #expect(throws: SecretMakerError.self) { try OwnSecret.kept(at: path) }
    try scratch.write("data/secrets/own", "")
    #expect(throws: SecretMakerError.self) { try OwnSecret.kept(at: path) }
  }

  @Test("an optional secret may be absent, but not readable by others")
  func optional() throws {
    let scratch = try Scratch()
    let resolver = SecretResolver(folder: scratch.path, environment: [:])
    let reference = SecretReference(.file("key"), isOptional: true)
    #expect(try resolver.resolve(reference) == nil)
    try scratch.write("key", "x", mode: 0o640)
    let error = #expect(throws: SecretError.self) { try resolver.resolve(reference) }
    #expect(error?.code == .permissions)
    #expect(error?.hint == "chmod 600 \(scratch.file("key"))")
  }

  @Test("credentials come from the folder that systemd names")
  func credentials() throws {
    let scratch = try Scratch()
    try scratch.write("creds/tls", "pem", mode: 0o440)
    let resolver = SecretResolver(folder: "/", environment: ["CREDENTIALS_DIRECTORY": scratch.file("creds")])
    #expect(try resolver.resolve(SecretReference(.credential("tls")))?.exposed == Array("pem".utf8))
  }

  @Test("a secret larger than any secret is refused")
  func large() throws {
    let scratch = try Scratch()
    try scratch.write("key", [UInt8](repeating: 65, count: 70_000))
    let error = #expect(throws: SecretError.self) {
      try SecretResolver(folder: scratch.path, environment: [:]).resolve(SecretReference(.file("key")))
    }
    #expect(error?.code == .unreadable)
  }
}
