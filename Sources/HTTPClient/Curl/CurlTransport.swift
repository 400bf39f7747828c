import CLibCurl
package import EventLoops

/// Sends requests and mails by libcurl's multi interface on an event loop.
///
/// Connections are kept and reused, except that a request which is not idempotent and has no body gets a fresh one (libcurl
/// would repeat it by itself when a kept connection turns out dead). No redirects, no cookies, gzip only where it is asked for,
/// HTTP/1.1. Shut it down before the loop.
package actor CurlTransport: HTTPTransport, MailTransport {
    private nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let settings: CurlSettings
    private var multi: UnsafeMutableRawPointer?
    private var isShutDown = false
    private let handles = CurlHandles()
    private var timer: LoopDeadline?
    private var polls: [Int32: LoopPoll] = [:]
    private var transfers: [UInt64: any CurlExchange] = [:]
    private var ids: [UnsafeMutableRawPointer: UInt64] = [:]
    private var lastID: UInt64 = 0

    /// Initialises the library once for the process; never undone.
    private static let globalInit: Void = { curl_global_init(Int(CURL_GLOBAL_ALL)) }()

    /// A transport; nothing is opened until the first request.
    package init(on loop: EventLoop, settings: CurlSettings = CurlSettings()) {
        self.loop = loop
        self.settings = settings
    }

    package func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let handles = handles
        return try await exchange { continuation, settings throws(HTTPClientError) in
            try CurlTransfer(request, settings: settings, handles: handles, continuation: continuation)
        }
    }

    package func execute(_ request: MailTransferRequest) async throws -> MailTransferResponse {
        try await exchange { continuation, settings throws(HTTPClientError) in
            try CurlMailTransfer(request, settings: settings, continuation: continuation)
        }
    }

    private func exchange<Response: Sendable>(
        _ make: (
            CheckedContinuation<Response, any Error>, CurlSettings
        ) throws(HTTPClientError) -> any CurlExchange
    ) async throws -> Response {
        lastID += 1
        let id = lastID
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard !Task.isCancelled else {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                do {
                    try start(id) { settings throws(HTTPClientError) in try make(continuation, settings) }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.end(id, with: CancellationError()) } }
        }
    }

    /// Ends what is under way with `closed` and closes every connection.
    package func shutdown() {
        isShutDown = true
        for id in transfers.keys {
            end(id, with: HTTPClientError(code: .closed, message: "The HTTP transport was shut down"))
        }
        guard let multi else { return }
        curl_multi_cleanup(multi)
        self.multi = nil
        timer?.close()
        timer = nil
        for poll in polls.values { poll.close() }
        polls = [:]
        Unmanaged.passUnretained(self).release()
    }

    // MARK: Transfers

    private func start(
        _ id: UInt64,
        _ make: (CurlSettings) throws(HTTPClientError) -> any CurlExchange
    ) throws(HTTPClientError) {
        guard !isShutDown else {
            throw HTTPClientError(code: .closed, message: "The HTTP transport was shut down")
        }
        let multi = try openMulti()
        let transfer = try make(settings)
        transfers[id] = transfer
        ids[transfer.easy] = id
        let status = curl_multi_add_handle(multi, transfer.easy)
        guard status == CURLM_OK else {
            transfers[id] = nil
            ids[transfer.easy] = nil
            throw HTTPClientError(
                code: .invalidRequest,
                message: "libcurl refused the request: \(String(cString: curl_multi_strerror(status)))"
            )
        }
    }

    private func end(_ id: UInt64, with error: any Error) {
        take(id)?.fail(error)
    }

    private func take(_ id: UInt64) -> (any CurlExchange)? {
        guard let transfer = transfers.removeValue(forKey: id) else { return nil }
        ids[transfer.easy] = nil
        if let multi { curl_multi_remove_handle(multi, transfer.easy) }
        return transfer
    }

    private func openMulti() throws(HTTPClientError) -> UnsafeMutableRawPointer {
        if let multi { return multi }
        _ = Self.globalInit
        guard let multi = curl_multi_init() else {
            throw HTTPClientError(code: .invalidRequest, message: "libcurl has no memory")
        }
        // The library holds this until `shutdown` gives it up.
        let me = Unmanaged.passRetained(self).toOpaque()
        cpa_curl_multi_set_socket_callback(multi, curlSocket, me)
        cpa_curl_multi_set_timer_callback(multi, curlTimer, me)
        cpa_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.idleConnections)
        cpa_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, settings.connectionsPerHost)
        timer = LoopDeadline(on: loop) { [weak self] in
            self?.assumeIsolated { $0.act(CURL_SOCKET_TIMEOUT, 0) }
        }
        self.multi = multi
        return multi
    }

    private func collect() {
        guard let multi else { return }
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let (easy, code) = (message.pointee.easy_handle, message.pointee.data.result)
            guard let id = easy.flatMap({ ids[$0] }) else { continue }
            take(id)?.finish(code)
        }
    }

    // MARK: Callbacks

    private func act(_ socket: curl_socket_t, _ events: Int32) {
        guard let multi else { return }
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, events, &running)
        collect()
    }

    fileprivate func watch(_ socket: curl_socket_t, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            polls.removeValue(forKey: socket)?.close()
            return
        }
        let poll =
            polls[socket]
            ?? LoopPoll(on: loop, descriptor: socket) { [unowned self] poll, events in
                var flags: Int32 = 0
                if events.contains(.readable) { flags |= CURL_CSELECT_IN }
                if events.contains(.writable) { flags |= CURL_CSELECT_OUT }
                let socket = poll.descriptor
                assumeIsolated { [flags] in $0.act(socket, flags) }
            }
        polls[socket] = poll
        var events: LoopPoll.Events = []
        if what & CURL_POLL_IN != 0 { events.insert(.readable) }
        if what & CURL_POLL_OUT != 0 { events.insert(.writable) }
        poll.watch(events)
    }

    fileprivate func arm(after milliseconds: Int) {
        if milliseconds >= 0 { timer?.set(after: .milliseconds(milliseconds)) } else { timer?.clear() }
    }
}

/// Called by libcurl on the loop's thread whenever it wants a socket watched differently; the transport is retained by the
/// multi handle's owner until after `curl_multi_cleanup`.
private func curlSocket(
    _ easy: UnsafeMutableRawPointer?,
    _ socket: curl_socket_t,
    _ what: Int32,
    _ user: UnsafeMutableRawPointer?,
    _ perSocket: UnsafeMutableRawPointer?
) -> Int32 {
    guard let user else { return -1 }
    Unmanaged<CurlTransport>.fromOpaque(user).takeUnretainedValue().assumeIsolated { $0.watch(socket, what) }
    return 0
}

/// Called by libcurl on the loop's thread when its next time-out changed; never acts at once, which would re-enter it.
private func curlTimer(_ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ user: UnsafeMutableRawPointer?)
    -> Int32
{
    guard let user else { return -1 }
    Unmanaged<CurlTransport>.fromOpaque(user).takeUnretainedValue().assumeIsolated { $0.arm(after: milliseconds) }
    return 0
}
