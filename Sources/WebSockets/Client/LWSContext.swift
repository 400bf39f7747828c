import CLibWebSockets
import EventLoops
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// libwebsockets' context on a loop: one a loop and way of trust, for as long as the process lives.
///
/// It is never destroyed: libwebsockets 4.1.6 closes the descriptor of its event pipe twice when a context on a foreign
/// libuv loop ends, the second time a turn later, when another thread may have been given the number. A loop that ends takes
/// the context's handles with it; what stays is the context's memory and two descriptors.
///
/// Touched on its loop only.
final class LWSContext: @unchecked Sendable {
    /// Connections a loop can have at a time; the library would otherwise size tables by RLIMIT_NOFILE, maybe a million.
    static let maximumConnections = 256
    /// Memory a piece of a message is received into; the library's default of 4 KiB cuts every larger message up.
    private static let pieceBytes = 128 << 10

    /// What its connections may speak.
    enum Trust: Hashable, Sendable {
        /// No TLS: reads no certificates.
        case plain
        /// TLS as well, with servers the authorities of a PEM file vouch for; those of the system when nil.
        case authorities(String?)
    }

    private struct Key: Hashable {
        var loop: ObjectIdentifier
        var trust: Trust
    }

    private struct Entry {
        var context: LWSContext
        /// Keeps the loop's address, which is in the key, from being given to another loop.
        var loop: EventLoop
    }

    /// Also orders the creation of contexts, which touches globals of the library.
    private static let contexts = Mutex<[Key: Entry]>([:])

    private var context: OpaquePointer?
    private let protocols: UnsafeMutablePointer<lws_protocols>
    private let name: UnsafeMutablePointer<CChar>?
    private let scratch = WriteBuffer()
    /// What the library reads of idle policies for as long as a connection lives: never freed, as the context.
    private var policies: [IdlePolicy: UnsafeMutablePointer<lws_retry_bo_t>] = [:]
    private var lastID: UInt = 0
    /// Connections the library may still call back for.
    private(set) var connections: [UInt: LWSConnection] = [:]

    /// The context of a loop, made when it is first asked for; on the loop.
    static func on(_ loop: EventLoop, _ trust: Trust) throws(WebSocketError) -> LWSContext {
        let key = Key(loop: ObjectIdentifier(loop), trust: trust)
        let context: LWSContext? = contexts.withLock { contexts in
            if let entry = contexts[key] { return entry.context }
            let context = LWSContext()
            guard context.create(on: loop, trust) else { return nil }
            contexts[key] = Entry(context: context, loop: loop)
            return context
        }
        if let context { return context }
        throw WebSocketError(
            code: .unavailable,
            message: "libwebsockets cannot run on libuv here: is the package libwebsockets-evlib-uv installed?"
        )
    }

    /// The contexts a loop has by now; on the loop.
    static func all(on loop: EventLoop) -> [LWSContext] {
        contexts.withLock { $0.filter { $0.key.loop == ObjectIdentifier(loop) }.map(\.value.context) }
    }

    private init() {
        name = strdup("cpa-client")
        protocols = .allocate(capacity: 2)
        protocols.initialize(repeating: lws_protocols(), count: 2)
    }

    private func create(on loop: EventLoop, _ trust: Trust) -> Bool {
        protocols[0].name = UnsafePointer(name)
        protocols[0].callback = webSocketClientCallback
        protocols[0].rx_buffer_size = Self.pieceBytes
        var info = lws_context_creation_info()
        info.port = CONTEXT_PORT_NO_LISTEN
        info.protocols = UnsafePointer(protocols)
        info.user = Unmanaged.passUnretained(self).toOpaque()
        info.uid = -1
        info.gid = -1
        info.options = UInt64(LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME)
        info.pt_serv_buf_size = UInt32(Self.pieceBytes)
        info.fd_limit_per_thread = UInt32(Self.maximumConnections + 8)
        var authorities: UnsafeMutablePointer<CChar>?
        defer { free(authorities) }
        if case .authorities(let file) = trust {
            info.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT)
            if let file {
                // The file takes the place of the system's authorities, as it does for requests.
                info.options |= UInt64(LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS)
                authorities = strdup(file)
                info.client_ssl_ca_filepath = UnsafePointer(authorities)
            }
        }
        var loops: UnsafeMutableRawPointer? = loop.unsafeLoopPointer
        context = loop.withForeignHandles {
            withUnsafeMutablePointer(to: &loops) { loops in
                info.foreign_loops = loops
                return lws_create_context(&info)
            }
        }
        return context != nil
    }

    /// A number for a connection; the library carries it, so that no callback can meet freed memory.
    func nextID() -> UInt {
        lastID += 1
        return lastID
    }

    /// Starts a connection; nil when that fails at once, and then no callback comes for it.
    ///
    /// - Parameters:
    ///   - ip: the address of its host.
    ///   - subprotocols: as in `Sec-WebSocket-Protocol`; nil for none.
    func connect(
        _ connection: LWSConnection,
        to address: WebSocketAddress,
        at ip: String,
        subprotocols: String?
    ) -> OpaquePointer? {
        connections[connection.id] = connection
        var info = lws_client_connect_info()
        info.context = context
        info.port = Int32(address.port)
        let flags = [LCCSCF_HTTP_NO_FOLLOW_REDIRECT] + (address.isSecure ? [LCCSCF_USE_SSL] : [])
        info.ssl_connection = flags.reduce(0) { $0 | Int32(bitPattern: UInt32($1.rawValue)) }
        info.opaque_user_data = UnsafeMutableRawPointer(bitPattern: connection.id)
        info.local_protocol_name = UnsafePointer(name)
        if let policy = connection.idlePolicy { info.retry_and_idle_policy = memory(of: policy) }
        let wsi = ip.withCString { ip in
            address.path.withCString { path in
                address.authority.withCString { authority in
                    info.address = ip
                    info.path = path
                    // Also the name the certificate must be made out to.
                    info.host = authority
                    // The library copies what it is given before it returns.
                    guard let subprotocols else { return lws_client_connect_via_info(&info) }
                    return subprotocols.withCString { offered in
                        info.protocol = offered
                        return lws_client_connect_via_info(&info)
                    }
                }
            }
        }
        if wsi == nil { connections[connection.id] = nil }
        return wsi
    }

    private func memory(of policy: IdlePolicy) -> UnsafePointer<lws_retry_bo_t> {
        if let known = policies[policy] { return UnsafePointer(known) }
        var content = lws_retry_bo_t()
        content.secs_since_valid_ping = policy.ping
        content.secs_since_valid_hangup = policy.hangup
        let memory = UnsafeMutablePointer<lws_retry_bo_t>.allocate(capacity: 1)
        memory.initialize(to: content)
        policies[policy] = memory
        return UnsafePointer(memory)
    }

    fileprivate func handle(
        _ reason: lws_callback_reasons,
        _ wsi: OpaquePointer,
        _ bytes: UnsafeRawBufferPointer
    ) -> Int32 {
        let id = UInt(bitPattern: lws_get_opaque_user_data(wsi))
        guard let connection = connections[id] else { return 0 }
        // The connection lives on this loop: nothing leaves the thread.
        nonisolated(unsafe) let (wsi, bytes, scratch) = (wsi, bytes, scratch)
        switch reason {
        case LWS_CALLBACK_CLIENT_ESTABLISHED:
            connection.assumeIsolated { $0.established(wsi) }
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
            let text = String(decoding: bytes, as: UTF8.self)
            connection.assumeIsolated { $0.connectFailed(reason: text.isEmpty ? "refused" : text) }
        case LWS_CALLBACK_CLIENT_RECEIVE:
            return connection.assumeIsolated { $0.received(bytes, on: wsi) }
        case LWS_CALLBACK_CLIENT_WRITEABLE:
            return connection.assumeIsolated { $0.writable(wsi, scratch: scratch) }
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
            connection.assumeIsolated { $0.peerClosed(bytes) }
        case LWS_CALLBACK_CLIENT_CLOSED:
            connection.assumeIsolated { $0.ended() }
        case LWS_CALLBACK_WSI_DESTROY:
            connections[id] = nil
            connection.assumeIsolated { $0.destroyed() }
        default:
            break
        }
        return 0
    }
}

/// Called by libwebsockets on the loop's thread, any number of times for each connection; `bytes` belong to the library and
/// last for the call.
private func webSocketClientCallback(
    wsi: OpaquePointer?,
    reason: lws_callback_reasons,
    session: UnsafeMutableRawPointer?,
    bytes: UnsafeMutableRawPointer?,
    count: Int
) -> Int32 {
    guard let wsi, let context = lws_get_context(wsi), let user = lws_context_user(context) else { return 0 }
    return Unmanaged<LWSContext>.fromOpaque(user).takeUnretainedValue()
        .handle(reason, wsi, UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count))
}
