/// Frames as a client writes them, right or wrong.
package struct ClientFrame: Sendable {
    package var opcode: UInt8
    package var payload: [UInt8] = []
    package var isFinal = true
    package var reserved: UInt8 = 0
    package var isMasked = true
    /// Writes the length in at least this many bytes: 1, 3 or 9.
    package var lengthBytes = 1
    /// Announces another length than the payload has.
    package var announced: UInt64?

    package init(
        opcode: UInt8,
        payload: [UInt8] = [],
        isFinal: Bool = true,
        reserved: UInt8 = 0,
        isMasked: Bool = true,
        lengthBytes: Int = 1,
        announced: UInt64? = nil
    ) {
        self.opcode = opcode
        self.payload = payload
        self.isFinal = isFinal
        self.reserved = reserved
        self.isMasked = isMasked
        self.lengthBytes = lengthBytes
        self.announced = announced
    }

    package static func text(_ text: String, isFinal: Bool = true) -> ClientFrame {
        ClientFrame(opcode: 1, payload: Array(text.utf8), isFinal: isFinal)
    }

    package static func close(_ code: UInt16, _ reason: String = "") -> ClientFrame {
        ClientFrame(opcode: 8, payload: [UInt8(code >> 8), UInt8(code & 255)] + Array(reason.utf8))
    }

    package var bytes: [UInt8] {
        let length = announced ?? UInt64(payload.count)
        let mask: UInt8 = isMasked ? 0x80 : 0
        var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
        if length > 65535 || lengthBytes == 9 {
            bytes.append(mask | 127)
            bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
        } else if length > 125 || lengthBytes == 3 {
            bytes += [mask | 126, UInt8(length >> 8), UInt8(length & 255)]
        } else {
            bytes.append(mask | UInt8(length))
        }
        guard isMasked else { return bytes + payload }
        let key: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        bytes += key
        bytes += payload.enumerated().map { $1 ^ key[$0 & 3] }
        return bytes
    }
}

/// Frames as a server writes them, read back.
package struct ServerFrame: Equatable, Sendable {
    package var opcode: UInt8
    package var payload: [UInt8]

    package init(opcode: UInt8, payload: [UInt8]) {
        self.opcode = opcode
        self.payload = payload
    }

    package var text: String { String(decoding: payload, as: UTF8.self) }
    package var closeCode: UInt16? {
        opcode == 8 && payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil
    }

    /// The complete frames at the front; they must be final and unmasked.
    package static func all(in bytes: [UInt8]) -> [ServerFrame] {
        var frames: [ServerFrame] = []
        var rest = bytes[...]
        while rest.count >= 2 {
            let bytes = Array(rest.prefix(10))
            var (start, length) = (2, Int(bytes[1]))
            if length == 126, bytes.count >= 4 {
                (start, length) = (4, Int(bytes[2]) << 8 | Int(bytes[3]))
            } else if length == 127, bytes.count >= 10 {
                (start, length) = (10, bytes[2..<10].reduce(0) { $0 << 8 | Int($1) })
            }
            guard rest.count >= start + length, bytes[0] & 0xF0 == 0x80 else { break }
            frames.append(ServerFrame(opcode: bytes[0] & 15, payload: Array(rest.dropFirst(start).prefix(length))))
            rest = rest.dropFirst(start + length)
        }
        return frames
    }
}
