import CLibCurl

#if canImport(Glibc)
    import Glibc
#endif

/// One request under way: libcurl's easy handle and everything the library points into.
///
/// On the transport's loop only; alive until the handle has left the multi handle.
final class CurlTransfer: CurlExchange {
    let easy: UnsafeMutableRawPointer
    private let handles: CurlHandles
    private let continuation: CheckedContinuation<HTTPClientResponse, any Error>
    private let head: RequestHead
    private let source: BodySource?
    private let sink: BodySink
    private var answer = ResponseHead()
    /// What made a callback refuse; says more than libcurl's "callback aborted".
    private var refusal: HTTPClientError?
    private let permits: (@Sendable (_ address: String, _ port: Int) -> Bool)?
    /// Whether an address was left out; of several one that is allowed is enough.
    private var wasRefused = false
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init(
        _ request: HTTPClientRequest,
        settings: CurlSettings,
        handles: CurlHandles,
        continuation: CheckedContinuation<HTTPClientResponse, any Error>
    ) throws(HTTPClientError) {
        head = try RequestHead(request)
        source = try BodySource(request.body)
        sink = BodySink(request.sink)
        permits = request.permits
        self.handles = handles
        easy = try handles.take()
        self.continuation = continuation
        errorText.pointee = 0
        try configure(request, settings)
    }

    deinit {
        handles.give(easy)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    // MARK: Set-up

    private func configure(_ request: HTTPClientRequest, _ settings: CurlSettings) throws(HTTPClientError) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        for line in head.lines { headerList = curl_slist_append(headerList, line) }
        try check(cpa_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_NOSIGNAL, 1)
        // A transfer that ends while its name is looked up would else wait for the resolver's thread, and the loop with it.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_TCP_KEEPIDLE, 30)
        try set(CURLOPT_TCP_KEEPINTVL, 15)
        try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.milliseconds)
        try set(CURLOPT_TIMEOUT_MS, request.timeout.milliseconds)
        if let limit = request.stallLimit {
            try set(CURLOPT_LOW_SPEED_LIMIT, 1)
            try set(CURLOPT_LOW_SPEED_TIME, max(1, Int(limit.components.seconds)))
        }
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // Otherwise the library obeys http_proxy and its kin in the environment.
        try set(CURLOPT_PROXY, settings.proxy ?? "")
        try set(CURLOPT_NOPROXY, settings.proxy == nil ? "*" : "")
        if let path = request.certificateAuthorities ?? settings.certificateAuthorities {
            try set(CURLOPT_CAINFO, path)
        }
        if request.acceptsGzip { try set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        if let agent = settings.userAgent { try set(CURLOPT_USERAGENT, agent) }
        // Over a reused connection that turns out dead the library sends again by itself, though the server may have acted. A
        // body that cannot be rewound keeps it from that; without a body only a new connection does.
        if !head.isIdempotent && (source?.count ?? 0) == 0 || permits != nil { try set(CURLOPT_FRESH_CONNECT, 1) }
        if permits != nil {
            try set(CURLOPT_FORBID_REUSE, 1)
            try check(cpa_curl_set_socket_callback(easy, curlOpenSocket))
            try check(cpa_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, me))
        }
        try check(cpa_curl_set_list(easy, CURLOPT_HTTPHEADER, headerList))
        try configureBody(me)
        try check(cpa_curl_set_data_callback(easy, CURLOPT_HEADERFUNCTION, curlHeader))
        try check(cpa_curl_set_pointer(easy, CURLOPT_HEADERDATA, me))
        try check(cpa_curl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, curlWrite))
        try check(cpa_curl_set_pointer(easy, CURLOPT_WRITEDATA, me))
        try check(cpa_curl_set_pointer(easy, CURLOPT_PRIVATE, me))
    }

    private func configureBody(_ me: UnsafeMutableRawPointer) throws(HTTPClientError) {
        if let source {
            try set(CURLOPT_UPLOAD, 1)
            try check(cpa_curl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(source.count)))
            try check(cpa_curl_set_data_callback(easy, CURLOPT_READFUNCTION, curlRead))
            try check(cpa_curl_set_pointer(easy, CURLOPT_READDATA, me))
            try check(cpa_curl_set_seek_callback(easy, curlSeek))
            try check(cpa_curl_set_pointer(easy, CURLOPT_SEEKDATA, me))
            // It is allocated for each request; the library takes no less than 16 KiB.
            try set(CURLOPT_UPLOAD_BUFFERSIZE, min(max(source.count, 16 << 10), 256 << 10))
        } else if head.method == "HEAD" {
            try set(CURLOPT_NOBODY, 1)
        } else {
            try set(CURLOPT_HTTPGET, 1)
        }
        try set(CURLOPT_CUSTOMREQUEST, head.method)
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
        try check(cpa_curl_set_string(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
        try check(cpa_curl_set_long(easy, option, value))
    }

    private func check(_ code: CURLcode) throws(HTTPClientError) {
        if code != CURLE_OK { throw error(code) }
    }

    // MARK: End

    func finish(_ code: CURLcode) { continuation.resume(with: result(code)) }
    func fail(_ error: any Error) { continuation.resume(throwing: error) }

    private func result(_ code: CURLcode) -> Result<HTTPClientResponse, any Error> {
        if var refusal {
            refusal.mayHaveBeenSent = mayHaveBeenSent
            refusal.message = "\(head.method) \(head.place): \(refusal.message)"
            return .failure(refusal)
        }
        if code == CURLE_COULDNT_CONNECT, wasRefused {
            let message = "\(head.method) \(head.place): its address may not be called from here"
            return .failure(HTTPClientError(code: .addressRefused, message: message))
        }
        guard code == CURLE_OK else { return .failure(error(code)) }
        do throws(HTTPClientError) {
            try sink.finish(status: answer.status)
        } catch {
            return .failure(error)
        }
        return .success(HTTPClientResponse(status: answer.status, headers: answer.fields, body: sink.bytes))
    }

    private var mayHaveBeenSent: Bool {
        var bytes = 0
        cpa_curl_get_long(easy, CURLINFO_REQUEST_SIZE, &bytes)
        return bytes > 0
    }

    private func error(_ code: CURLcode) -> HTTPClientError {
        let detail = errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        return HTTPClientError(
            code: HTTPClientError.Code(code),
            message: "\(head.method) \(head.place): \(detail)",
            mayHaveBeenSent: mayHaveBeenSent
        )
    }

    // MARK: Callbacks

    fileprivate func header(_ line: UnsafeRawBufferPointer) -> Int {
        if answer.append(line) { return line.count }
        refusal = HTTPClientError(code: .tooLarge, message: "the answer's head is longer than its limit")
        return 0
    }

    fileprivate func write(_ piece: UnsafeRawBufferPointer) -> Int {
        do throws(HTTPClientError) {
            try sink.append(piece, status: answer.status)
            return piece.count
        } catch {
            refusal = error
            return 0
        }
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if let count = source?.read(into: buffer) { return count }
        refusal = HTTPClientError(code: .file, message: "the file became shorter while it was sent")
        return Int(CURL_READFUNC_ABORT)
    }

    /// A socket for an address that may be connected to; -1 otherwise.
    fileprivate func socket(for address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        guard let place = Self.place(address), permits?(place.host, place.port) ?? true else {
            wasRefused = true
            return -1
        }
        let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return Glibc.socket(address.pointee.family, type, address.pointee.protocol)
    }

    private static func place(_ address: UnsafeMutablePointer<curl_sockaddr>) -> (host: String, port: Int)? {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let status = getnameinfo(
            &address.pointee.addr,
            socklen_t(address.pointee.addrlen),
            &host,
            socklen_t(host.count),
            &port,
            socklen_t(port.count),
            NI_NUMERICHOST | NI_NUMERICSERV
        )
        guard status == 0 else { return nil }
        func text(_ buffer: [CChar]) -> String {
            String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return Int(text(port)).map { (text(host), $0) }
    }

    /// Refused to what must not be sent twice.
    fileprivate func seek(to offset: Int) -> Bool { head.isIdempotent && source?.seek(to: offset) ?? false }
}

// Called by libcurl on the loop's thread inside `curl_multi_socket_action`, any number of times while the transfer is in the
// multi handle; the bytes are the library's and last for the call.

private func transfer(_ user: UnsafeMutableRawPointer?) -> CurlTransfer? {
    user.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private func curlHeader(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ user: UnsafeMutableRawPointer?
)
    -> Int
{
    transfer(user)?.header(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
}

private func curlWrite(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ user: UnsafeMutableRawPointer?
)
    -> Int
{
    transfer(user)?.write(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
}

private func curlRead(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ user: UnsafeMutableRawPointer?
)
    -> Int
{
    transfer(user)?.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? 0
}

private func curlOpenSocket(
    _ user: UnsafeMutableRawPointer?,
    _ purpose: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let address else { return -1 }
    return transfer(user)?.socket(for: address) ?? -1
}

private func curlSeek(_ user: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    origin == SEEK_SET && transfer(user)?.seek(to: Int(offset)) == true ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
}

extension HTTPClientError.Code {
    init(_ code: CURLcode) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .couldNotResolve
        case CURLE_COULDNT_CONNECT: self = .couldNotConnect
        case CURLE_OPERATION_TIMEDOUT: self = .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_INVALIDCERTSTATUS:
            self = .tls
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_OUT_OF_MEMORY,
            CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
            self = .invalidRequest
        case CURLE_FILESIZE_EXCEEDED: self = .tooLarge
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: self = .invalidResponse
        default: self = .connectionLost
        }
    }
}

extension Duration {
    /// Milliseconds for libcurl, where 0 would mean no limit.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let fraction = Int(attoseconds / 1_000_000_000_000_000)
        return seconds > 2_000_000 ? 2_000_000_000 : max(1, Int(seconds) * 1000 + fraction)
    }
}
