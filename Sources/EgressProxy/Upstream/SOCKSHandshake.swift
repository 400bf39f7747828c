import NetworkPolicy

/// Asking a SOCKS5 proxy for a connection, without a password (RFC 1928). Pure: bytes in, bytes out.
struct SOCKSHandshake {
    enum Step: Equatable {
        case send([UInt8])
        case wait
        /// Connected; what else arrived belongs to the connection.
        case connected(rest: [UInt8])
        case failed(String)
    }

    private enum State {
        case greeting
        case asking
    }

    /// The first bytes to send.
    static let greeting: [UInt8] = [5, 1, 0]

    private let request: [UInt8]
    private var state = State.greeting
    private var received: [UInt8] = []

    init(_ host: HostName, port: Int) {
        let place: [UInt8] =
            switch host.kind {
            case .name(let name): [3, UInt8(truncatingIfNeeded: name.utf8.count)] + Array(name.utf8)
            case .address(let address): [address.isV4 ? 1 : 4] + address.bytes
            }
        request = [5, 1, 0] + place + [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
    }

    mutating func take(_ bytes: [UInt8]) -> Step {
        received += bytes
        switch state {
        case .greeting:
            guard received.count >= 2 else { return .wait }
            guard received[0] == 5, received[1] == 0 else { return .failed("the SOCKS proxy wants a password") }
            received.removeFirst(2)
            state = .asking
            return .send(request)
        case .asking:
            guard received.count >= 5 else { return .wait }
            guard received[0] == 5, received[1] == 0 else {
                return .failed("the SOCKS proxy refused (code \(received[1]))")
            }
            let length: Int
            switch received[3] {
            case 1: length = 4
            case 3: length = 1 + Int(received[4])
            case 4: length = 16
            default: return .failed("the SOCKS proxy answered in an unknown form")
            }
            guard received.count >= 6 + length else { return .wait }
            return .connected(rest: Array(received[(6 + length)...]))
        }
    }
}
