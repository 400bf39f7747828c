import Cryptography
import TestSupport

extension ScriptedServer {
    var url: String { "ws://127.0.0.1:\(port)/socket?a=b" }
}

extension ScriptedServer.Peer {
    /// Reads the upgrade request and accepts it.
    @discardableResult
    func acceptUpgrade() -> String {
        let text = readHead()
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
