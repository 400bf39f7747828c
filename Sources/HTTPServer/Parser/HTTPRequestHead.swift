/// Request line and header block, checked.
package struct HTTPRequestHead: Sendable {
    /// Upper-case letters.
    package var method: String
    /// Begins with `/`, visible ASCII, percent-encoded as sent.
    package var path: String
    /// What follows the first `?`.
    package var query: String?
    /// Host and port of a target in absolute form; in the place of the `Host` field when the head is whole.
    var authority: String?
    /// 0 or 1, of HTTP/1.x.
    package var minorVersion: Int
    /// In the order sent.
    package var fields: HTTPFields
    /// Declared length; 0 when neither a length nor `chunked` was sent.
    package var contentLength: Int?
    /// Whether the body comes in chunks; then there is no length.
    package var isChunked: Bool
    /// Whether the client waits for `100 Continue` before it sends the body.
    package var expectsContinue: Bool
    /// Whether the client wants to send another request afterwards.
    package var keepsAlive: Bool

    /// Whether a body follows the head.
    package var hasBody: Bool { isChunked || contentLength != 0 }
}
