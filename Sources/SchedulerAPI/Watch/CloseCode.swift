/// Why the server closes a watching WebSocket (docs/api.md): 40xx may come back at once, 45xx must not.
enum CloseCode: UInt16 {
    /// The job has ended and everything was sent.
    case ended = 4000
    /// The connection is old; come back with the position.
    case maximumAge = 4001
    /// The server shuts down; come back with the position.
    case shutdown = 4002
    /// The watcher reads too slowly; come back with the position.
    case slow = 4008
    /// No sign of life.
    case noPong = 4012
    /// The key is no longer valid.
    case keyInvalid = 4500
    /// The job is not there any more.
    case notFound = 4504
    /// Too many watchers.
    case overloaded = 4505
    /// The server failed.
    case failed = 4511
}
