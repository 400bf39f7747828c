/// Which header fields of its own a mail may have.
package enum MailHeaderForm {
    /// Beside the mark mails are found again by the service takes so many.
    package static let most = 4
    /// The mark, in lower case; a scenario has no say in it.
    package static let mark = "x-executor-send-key"

    /// Whether a field of a mail's own may have that form of a name.
    package static func isName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        let isPlain = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "-"), 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: false
            }
        }
        return isPlain && name.lowercased().hasPrefix("x-") && (3...60).contains(bytes.count)
    }
}
