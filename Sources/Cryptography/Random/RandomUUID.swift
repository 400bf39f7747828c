/// Names that nobody else gives (RFC 9562 §5.4, version 4).
///
/// Foundation's `UUID()` opens and reads the kernel's device for each one.
package enum RandomUUID {
    /// 36 characters, in lower case.
    package static func text() -> String {
        var bytes = RandomBytes.generate(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        var text = Hex.encode(bytes)
        for offset in [20, 16, 12, 8] { text.insert("-", at: text.utf8.index(text.startIndex, offsetBy: offset)) }
        return text
    }
}
