#if canImport(Glibc)
    import Glibc
#endif

/// Turns a host's name into an address without blocking the loop.
package enum HostLookup {
    /// Whether the text is an IPv4 or IPv6 address already.
    package static func isAddress(_ text: String) -> Bool {
        var storage = in6_addr()
        return inet_pton(AF_INET, text, &storage) == 1 || inet_pton(AF_INET6, text, &storage) == 1
    }

    /// The first address the system's resolver gives, as text; waits for it on the loop's thread pool, for as long as the
    /// resolver is set up to try.
    ///
    /// - Throws: `EventLoopError` with `notFound` that names the host and what the resolver says.
    package static func resolve(_ host: String, on loop: EventLoop) async throws -> String {
        try await loop.runBlocking {
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let status = getaddrinfo(host, nil, &hints, &list)
            defer { freeaddrinfo(list) }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard status == 0, let first = list?.pointee,
                getnameinfo(first.ai_addr, first.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else {
                throw EventLoopError(
                    code: .notFound,
                    message: "the name '\(host)' has no address (\(String(cString: gai_strerror(status))))"
                )
            }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
