import Dispatch
import Glibc

/// A TCP server that says byte for byte what a test wants, on threads of its own; `deinit` closes it.
package final class ScriptedServer: Sendable {
    package let port: UInt16
    private let listener: Int32
    private let queue = DispatchQueue(label: "scripted-server")

    /// - Parameter script: runs for each connection, on a thread of its own; its end closes the connection.
    package init(_ script: @escaping @Sendable (Peer) -> Void) {
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
            while case let socket = accept(listener, nil, nil), socket >= 0 {
                DispatchQueue(label: "scripted-peer").async {
                    let peer = Peer(socket: socket)
                    script(peer)
                    peer.disconnect()
                }
            }
            // Here and not in `deinit`: the number must not become somebody else's while this thread accepts on it.
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// The server's side of a connection; blocking calls, on the server's thread.
    package final class Peer: Sendable {
        private let socket: Int32

        init(socket: Int32) { self.socket = socket }

        package func disconnect() { Glibc.close(socket) }

        /// Makes the close a reset instead of a farewell.
        package func reset() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        }

        /// Reads exactly `count` bytes; fewer at the end of the stream.
        package func read(_ count: Int) -> [UInt8] {
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

        package func write(_ bytes: [UInt8]) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let n = rest.withUnsafeBytes {
                    Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if n <= 0 { return }
                rest = rest.dropFirst(n)
            }
        }

        /// Reads up to and with the empty line that ends a head.
        package func readHead() -> String {
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
                let byte = read(1)
                if byte.isEmpty { break }
                head += byte
            }
            return String(decoding: head, as: UTF8.self)
        }

        package func write(_ text: String) { write(Array(text.utf8)) }
    }
}
