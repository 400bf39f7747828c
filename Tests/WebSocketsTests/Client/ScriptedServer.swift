import Cryptography
import Dispatch
import Glibc
import Synchronization

/// A server that says byte for byte what a test wants, on a thread of its own; it is closed by `deinit`.
final class ScriptedServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let queue = DispatchQueue(label: "scripted-server")

    /// - Parameter script: runs for the first connection; its end closes the socket.
    init(_ script: @escaping @Sendable (Peer) -> Void) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let status = bind(listener, pointer, length)
                getsockname(listener, pointer, &length)
                return status
            }
        }
        precondition(bound == 0 && listen(listener, 8) == 0, "Cannot listen for a test")
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        queue.async {
            let socket = accept(listener, nil, nil)
            guard socket >= 0 else { return }
            let peer = Peer(socket: socket)
            script(peer)
            peer.disconnect()
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    var url: String { "ws://127.0.0.1:\(port)/socket?a=b" }

    /// The server's side of a connection; blocking calls, on the server's thread.
    final class Peer: Sendable {
        private let socket: Int32

        init(socket: Int32) { self.socket = socket }

        func disconnect() { Glibc.close(socket) }

        /// Closes with a reset instead of a farewell.
        func reset() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        }

        /// Reads exactly `count` bytes; fewer at the end of the stream.
        func read(_ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                let wanted = min(count - bytes.count, 64 << 10)
                let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                    filled = max(0, recv(socket, buffer.baseAddress, wanted, 0))
                }
                if piece.isEmpty { break }
                bytes += piece
            }
            return bytes
        }

        func write(_ bytes: [UInt8]) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let n = rest.withUnsafeBytes {
                    Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if n <= 0 { return }
                rest = rest.dropFirst(n)
            }
        }

        /// Reads the upgrade request and accepts it.
        @discardableResult
        func acceptUpgrade() -> String {
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
                let byte = read(1)
                if byte.isEmpty { break }
                head += byte
            }
            let text = String(decoding: head, as: UTF8.self)
            let key = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key:") }
            let value = key.map { $0.drop { $0 != ":" }.dropFirst().drop { $0 == " " } } ?? ""
            let digest = SHA1.digest(of: value + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
            let accept = Base64.encode(digest.bytes)
            write(
                Array(
                    """
                    HTTP/1.1 101 Switching Protocols\r
                    Upgrade: websocket\r
                    Connection: Upgrade\r
                    Sec-WebSocket-Accept: \(accept)\r
                    \r\n
                    """.utf8
                )
            )
            return text
        }

        /// Sends a frame, unmasked as a server must.
        func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) {
            var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
            if payload.count < 126 {
                bytes.append(UInt8(payload.count))
            } else if payload.count < 65_536 {
                bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
            } else {
                bytes.append(127)
                for shift in stride(from: 56, through: 0, by: -8) {
                    bytes.append(UInt8((payload.count >> shift) & 255))
                }
            }
            write(bytes + payload)
        }

        /// Reads one frame and unmasks it; nil at the end of the stream.
        func readFrame() -> (opcode: UInt8, payload: [UInt8])? {
            let head = read(2)
            guard head.count == 2 else { return nil }
            var length = Int(head[1] & 0x7F)
            if length == 126 { length = read(2).reduce(0) { $0 << 8 | Int($1) } }
            if length == 127 { length = read(8).reduce(0) { $0 << 8 | Int($1) } }
            let mask = read(4)
            let payload = read(length)
            guard payload.count == length, mask.count == 4 else { return nil }
            return (head[0] & 0x0F, payload.enumerated().map { $0.element ^ mask[$0.offset & 3] })
        }

        /// Answers every text frame with itself until the peer closes.
        func echo() {
            while let (opcode, payload) = readFrame() {
                frame(opcode, payload)
                if opcode == 8 { return }
            }
        }
    }
}
