import CLibCurl
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// One exchange with a mail server under way: libcurl's easy handle and everything the library points into.
///
/// On the transport's loop only; alive until the handle has left the multi handle.
final class CurlMailTransfer: CurlExchange {
    let easy: UnsafeMutableRawPointer
    private let request: MailTransferRequest
    private let continuation: CheckedContinuation<MailTransferResponse, any Error>
    private var source: BodySource?
    private var given = 0
    private var lines: [UInt8] = []
    private var replies = SubmissionReplies()
    private var isTooLong = false
    private var receivers: UnsafeMutablePointer<curl_slist>?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init(
        _ request: MailTransferRequest,
        settings: CurlSettings,
        continuation: CheckedContinuation<MailTransferResponse, any Error>
    ) throws(HTTPClientError) {
        guard let easy = curl_easy_init() else {
            throw HTTPClientError(code: .invalidRequest, message: "libcurl has no memory for another exchange")
        }
        self.easy = easy
        self.request = request
        self.continuation = continuation
        errorText.pointee = 0
        try configure(settings)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(receivers)
        errorText.deallocate()
    }

    // MARK: Set-up

    private func configure(_ settings: CurlSettings) throws(HTTPClientError) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        try check(cpa_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
        try set(CURLOPT_URL, request.url)
        // `..` is a folder's name like any other.
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_PROTOCOLS_STR, "smtp,smtps,imap,imaps")
        try set(CURLOPT_NOSIGNAL, 1)
        // As for requests: nobody waits for a resolver that does not answer.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, 10_000)
        try set(CURLOPT_TIMEOUT_MS, request.timeout.milliseconds)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // A line of an answer, such as a list of thousands of messages, must fit.
        try set(CURLOPT_BUFFERSIZE, 512 << 10)
        try set(CURLOPT_PROXY, settings.proxy ?? "")
        if settings.proxy == nil { try set(CURLOPT_NOPROXY, "*") }
        if request.requiresTLS { try set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let path = request.certificateAuthorities ?? settings.certificateAuthorities {
            try set(CURLOPT_CAINFO, path)
        }
        try configureProof()
        try configureOperation(me)
        try check(cpa_curl_set_data_callback(easy, CURLOPT_HEADERFUNCTION, curlMailLine))
        try check(cpa_curl_set_pointer(easy, CURLOPT_HEADERDATA, me))
        try check(cpa_curl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, curlMailBody))
        try check(cpa_curl_set_pointer(easy, CURLOPT_WRITEDATA, me))
        try check(cpa_curl_set_pointer(easy, CURLOPT_PRIVATE, me))
    }

    private func configureProof() throws(HTTPClientError) {
        switch request.proof {
        case .none: break
        case .password(let user, let password):
            try set(CURLOPT_USERNAME, user)
            try set(CURLOPT_PASSWORD, password)
        case .bearer(let user, let token):
            try set(CURLOPT_USERNAME, user)
            try set(CURLOPT_XOAUTH2_BEARER, token)
        }
    }

    private func configureOperation(_ me: UnsafeMutableRawPointer) throws(HTTPClientError) {
        switch request.operation {
        case .submit(let from, let addresses, let path):
            try set(CURLOPT_MAIL_FROM, "<\(from)>")
            for address in addresses { receivers = curl_slist_append(receivers, "<\(address)>") }
            try check(cpa_curl_set_list(easy, CURLOPT_MAIL_RCPT, receivers))
            // A second try over another connection must never happen by itself.
            try set(CURLOPT_FRESH_CONNECT, 1)
            // Nobody would take it up again, and the server counts it.
            try set(CURLOPT_FORBID_REUSE, 1)
            try upload(path, me)
        case .logIn:
            // Of a connection that is kept the log-in was long ago.
            try set(CURLOPT_CUSTOMREQUEST, "NOOP")
            try set(CURLOPT_FRESH_CONNECT, 1)
            try set(CURLOPT_FORBID_REUSE, 1)
        case .append(let path):
            // The library repeats no upload by itself, and a connection of its own would be one more than the mailbox may have.
            try upload(path, me)
        case .command(let text):
            guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
                throw HTTPClientError(code: .invalidRequest, message: "An IMAP command is one line of ASCII")
            }
            try set(CURLOPT_CUSTOMREQUEST, text)
        }
    }

    private func upload(_ path: String, _ me: UnsafeMutableRawPointer) throws(HTTPClientError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw HTTPClientError(code: .file, message: "Cannot read \(path): \(String(cString: strerror(errno)))")
        }
        source = try BodySource(.file(path: path, range: 0..<Int(status.st_size)))
        try set(CURLOPT_UPLOAD, 1)
        try check(cpa_curl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(status.st_size)))
        try check(cpa_curl_set_data_callback(easy, CURLOPT_READFUNCTION, curlMailRead))
        try check(cpa_curl_set_pointer(easy, CURLOPT_READDATA, me))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
        try check(cpa_curl_set_string(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
        try check(cpa_curl_set_long(easy, option, value))
    }

    private func check(_ code: CURLcode) throws(HTTPClientError) {
        guard code != CURLE_OK else { return }
        throw HTTPClientError(code: .invalidRequest, message: "libcurl: \(String(cString: curl_easy_strerror(code)))")
    }

    // MARK: End

    func fail(_ error: any Error) { continuation.resume(throwing: error) }

    func finish(_ code: CURLcode) {
        var reply = 0
        cpa_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &reply)
        guard code != CURLE_OK else {
            continuation.resume(returning: MailTransferResponse(code: reply, lines: lines))
            return
        }
        let detail = errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        var words = isTooLong ? "the answer is longer than \(request.limit) bytes" : detail
        if let receiver = refusedReceiver { words += " for \(receiver)" }
        let said = said
        if !said.isEmpty { words += "; the server said '\(said)'" } else if reply > 0 { words += " (\(reply))" }
        continuation.resume(
            throwing: MailTransferError(
                outcome(code, reply),
                code: reply,
                words: said,
                message: "\(place): \(words)"
            )
        )
    }

    /// The server's last words.
    private var said: String {
        isSMTP ? replies.said : ServerWords.lastLine(of: lines)
    }

    private var isSMTP: Bool {
        switch request.operation {
        case .submit, .logIn: true
        case .append, .command: false
        }
    }

    private var refusedReceiver: String? {
        guard case .submit(_, let receivers, _) = request.operation, let index = replies.refusedReceiver,
            receivers.indices.contains(index)
        else { return nil }
        return receivers[index]
    }

    private func outcome(_ code: CURLcode, _ reply: Int) -> MailTransferError.Outcome {
        switch code {
        // The library has no other code for a SELECT that is refused.
        case CURLE_LOGIN_DENIED where String(cString: errorText).hasPrefix("Select failed"): return .noFolder
        case CURLE_LOGIN_DENIED: return .loginDenied
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_USE_SSL_FAILED,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
            return .tls
        default: break
        }
        if case .command = request.operation { return code == CURLE_QUOTE_ERROR ? .refused : .nothing }
        // 354 asks for the message: whatever goes wrong behind its last byte leaves it open.
        if (400...599).contains(reply) { return .refused }
        return source.map { given >= $0.count } == true ? .unknown : .nothing
    }

    /// URL without folder, for messages.
    private var place: String {
        request.url.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
    }

    // MARK: Callbacks

    fileprivate func line(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard isSMTP else {
            guard lines.count + bytes.count <= request.limit else {
                isTooLong = true
                return 0
            }
            lines.append(contentsOf: bytes)
            return bytes.count
        }
        replies.take(bytes)
        return bytes.count
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let count = source?.read(into: buffer) else { return Int(CURL_READFUNC_ABORT) }
        given += count
        return count
    }
}

// Called by libcurl on the loop's thread inside `curl_multi_socket_action`, any number of times while the transfer is in the
// multi handle; the bytes are the library's and last for the call.

private func transfer(_ user: UnsafeMutableRawPointer?) -> CurlMailTransfer? {
    user.map { Unmanaged<CurlMailTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private func curlMailLine(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ user: UnsafeMutableRawPointer?
) -> Int {
    transfer(user)?.line(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
}

/// What it gets was among the lines already.
private func curlMailBody(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ user: UnsafeMutableRawPointer?
) -> Int { size * count }

private func curlMailRead(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ user: UnsafeMutableRawPointer?
) -> Int {
    transfer(user)?.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count)) ?? 0
}
