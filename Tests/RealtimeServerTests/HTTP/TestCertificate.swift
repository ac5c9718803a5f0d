@testable import RealtimeServer

/// A certificate of no authority for `localhost`, and its key; good for tests only.
enum TestCertificate {
  static let options = TLSOptions(certificate: .pem(Array(certificate.utf8)), key: .pem(Array(key.utf8)))

  private static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBfjCCASWgAwIBAgIUShzJsm6cgnoejDTkQCScsvP/ORcwCgYIKoZIzj0EAwIw
    FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTE0MTYyMVoYDzIxMjYxMDI4
    MTQxNjIxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
    PQMBBwNCAAS+CClfZUZmV5w9HNB7Tj79qKEwqA75Xdq4aiyNNERQMRBSWtjg/1fD
    9tlba6bAmKiQ/aNRDphsWYIDOqbwenvKo1MwUTAdBgNVHQ4EFgQU4ZpvTK5XlzNF
    SRtE4vOpPRnurG4wHwYDVR0jBBgwFoAU4ZpvTK5XlzNFSRtE4vOpPRnurG4wDwYD
    VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiB76RJVJEKzPNENmqCBVLLT
    yyi9jDxRuYo5aL5ffaEkGAIgYeJ0FORo0mekuH6l9yhEmfH9lB3oP4aRlcDMyzm+
    dRw=
    -----END CERTIFICATE-----
    """

  private static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrT4F0lJBWkUtSc+x
    BDvSgNwgQTzo4fvRiZ/Vy/foj9uhRANCAAS+CClfZUZmV5w9HNB7Tj79qKEwqA75
    Xdq4aiyNNERQMRBSWtjg/1fD9tlba6bAmKiQ/aNRDphsWYIDOqbwenvK
    -----END PRIVATE KEY-----
    """
}
