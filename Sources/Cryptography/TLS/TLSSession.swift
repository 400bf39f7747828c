import CCrypto

/// The server's half of one TLS connection, on bytes alone: no socket, no clock.
///
/// What arrives goes in by `receive`; then `handshake` until it is done, `read` until it needs input. Whatever was called,
/// `takeOutput` has the bytes for the peer. Memory: one record (16 KiB) beside what `receive` was given and nobody read yet.
/// Thread: one at a time.
package final class TLSSession {
    /// What `read` found.
    package enum Read: Equatable, Sendable {
        case bytes([UInt8])
        /// Nothing more until `receive`.
        case needsInput
        /// The peer has said that it sends nothing more (close_notify).
        case end
    }

    /// Where the connection stands.
    package enum Phase: Sendable {
        /// Can transition to `open`, `failed`.
        case handshaking
        /// Bytes go both ways. Can transition to `failed`.
        case open
        /// Nothing can be read or written any more; an alert may wait in the output. Terminal.
        case failed
    }

    /// The most plaintext in one record (RFC 8446 §5.1).
    private static let recordLimit = 16384
    private static let readLimit = 65536

    /// Where the connection stands.
    package private(set) var phase = Phase.handshaking
    private let session: OpaquePointer
    // Both belong to the session, which frees them.
    private let input: OpaquePointer
    private let output: OpaquePointer
    private var hasSaidEnd = false

    /// A connection that has not begun.
    ///
    /// - Throws: `CryptographyError` with `libraryFailure`: out of memory.
    package init(_ context: TLSServerContext) throws(CryptographyError) {
        guard let session = SSL_new(context.pointer), let input = BIO_new(BIO_s_mem()),
            let output = BIO_new(BIO_s_mem())
        else { throw CryptographyError(code: .libraryFailure, message: "libssl gives no session: out of memory?") }
        self.session = session
        self.input = input
        self.output = output
        SSL_set_bio(session, input, output)
        SSL_set_accept_state(session)
    }

    deinit { SSL_free(session) }

    /// Takes bytes from the peer.
    package func receive(_ bytes: [UInt8]) {
        var written = 0
        // A memory BIO takes everything or has no memory; the handshake or the next read then fails.
        BIO_write_ex(input, bytes, bytes.count, &written)
    }

    /// Whether bytes wait that were received and not read.
    package var hasInput: Bool { BIO_ctrl_pending(input) > 0 || SSL_has_pending(session) == 1 }

    /// Goes on with the handshake.
    ///
    /// - Returns: whether it is done.
    /// - Throws: `CryptographyError`: `plainHTTP`, `tlsFailure`; an alert for the peer may wait in the output.
    package func handshake() throws(CryptographyError) -> Bool {
        guard phase == .handshaking else { return phase == .open }
        ERR_clear_error()
        let outcome = SSL_do_handshake(session)
        if outcome == 1 {
            phase = .open
            return true
        }
        guard SSL_get_error(session, outcome) == SSL_ERROR_WANT_READ else { throw failure() }
        return false
    }

    /// The next plaintext, at most 64 KiB.
    ///
    /// - Throws: `CryptographyError` with `tlsFailure`.
    package func read() throws(CryptographyError) -> Read {
        guard phase == .open else { return .end }
        var status = SSL_ERROR_NONE
        let session = session
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.readLimit) { buffer, count in
            while count < buffer.count {
                ERR_clear_error()
                var taken = 0
                let outcome = SSL_read_ex(
                    session,
                    buffer.baseAddress?.advanced(by: count),
                    buffer.count - count,
                    &taken
                )
                guard outcome == 1 else {
                    status = SSL_get_error(session, outcome)
                    return
                }
                count += taken
            }
        }
        if !bytes.isEmpty { return .bytes(bytes) }
        switch status {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_ZERO_RETURN: return .end
        default: throw failure()
        }
    }

    /// Encrypts bytes behind all earlier ones.
    ///
    /// - Throws: `CryptographyError` with `tlsFailure`, also before the handshake and after `close`.
    package func write(_ bytes: ArraySlice<UInt8>) throws(CryptographyError) {
        guard phase == .open, !hasSaidEnd else {
            throw CryptographyError(code: .tlsFailure, message: "The TLS connection is not open")
        }
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(Self.recordLimit)
            rest = rest.dropFirst(piece.count)
            ERR_clear_error()
            var written = 0
            let outcome = piece.withUnsafeBytes { SSL_write_ex(session, $0.baseAddress, $0.count, &written) }
            guard outcome == 1, written == piece.count else { throw failure() }
        }
    }

    /// Says that we send nothing more (close_notify); idempotent, and nothing before the handshake is done.
    package func close() {
        guard phase == .open, !hasSaidEnd else { return }
        hasSaidEnd = true
        ERR_clear_error()
        SSL_shutdown(session)
    }

    /// The bytes for the peer, all of them.
    package func takeOutput() -> [UInt8] {
        let waiting = BIO_ctrl_pending(output)
        guard waiting > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: waiting) { buffer, count in
            BIO_read_ex(output, buffer.baseAddress, waiting, &count)
        }
    }

    private func failure() -> CryptographyError {
        phase = .failed
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        let reason = ERR_GET_REASON(code)
        guard reason != SSL_R_HTTP_REQUEST, reason != SSL_R_HTTPS_PROXY_REQUEST else {
            return CryptographyError(code: .plainHTTP, message: "The client speaks HTTP without TLS")
        }
        let text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "the connection broke"
        return CryptographyError(code: .tlsFailure, message: "TLS failed: \(text)")
    }
}
