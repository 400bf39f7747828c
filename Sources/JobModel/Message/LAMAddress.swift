/// Who sends or gets a message: `agent://<kind>/<name>`, or the scheduler itself, `agent://scheduler`.
package struct LAMAddress: Hashable, Sendable {
    /// `agent`, `worker`, `desk`: small letters, digits, '-', '_', '.'.
    package let kind: String
    /// The rest: visible ASCII characters; nil for the scheduler.
    package let name: String?

    /// Reads an address; nil when it has another form.
    package init?(_ text: String) {
        let scheme = "agent://"
        guard text.hasPrefix(scheme) else { return nil }
        let parts = text.dropFirst(scheme.count).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = String(parts[0])
        guard !kind.isEmpty, kind.utf8.allSatisfy(Self.isOfKind) else { return nil }
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        } else {
            guard kind == "scheduler" else { return nil }
        }
        self.kind = kind
        name = parts.count == 2 ? String(parts[1]) : nil
    }

    private static func isOfKind(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }
}
