import Testing

/// The programs as a user types them.
///
/// One test after the other: each looks at what its programs left on the machine, and a killed program of another test
/// leaves its browser's directory until the next browser starts.
@Suite(.serialized) enum EndToEnd {}
