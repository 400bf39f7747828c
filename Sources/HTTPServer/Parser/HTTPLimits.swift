/// How much of a request is accepted before it is refused.
package struct HTTPLimits: Sendable {
    /// Bytes of request line and header block together; more is 414 or 431.
    package var head = 16384
    /// Number of header lines; more is 431.
    package var headerCount = 100
    /// Bytes of a method; more is 400.
    package var method = 32

    /// The limits of docs/api.md.
    package init() {}
}
