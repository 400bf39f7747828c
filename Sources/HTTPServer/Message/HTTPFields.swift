/// Header fields in order; names compare without case.
package struct HTTPFields: Sendable, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// The fields as sent, or as they will be sent.
    package private(set) var fields: [(name: String, value: String)] = []

    package init(arrayLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    /// Adds a field behind the others.
    package mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }

    /// Every value of a field, in order.
    package func values(_ name: String) -> [String] {
        fields.filter { Self.equal($0.name, name) }.map(\.value)
    }

    /// The first value of a field; setting replaces all of them.
    package subscript(name: String) -> String? {
        get { fields.first { Self.equal($0.name, name) }?.value }
        set {
            fields.removeAll { Self.equal($0.name, name) }
            if let newValue { fields.append((name, newValue)) }
        }
    }

    /// Whether two names are the same; this is asked dozens of times a request.
    static func equal(_ lhs: String, _ rhs: String) -> Bool {
        guard lhs.utf8.count == rhs.utf8.count else { return false }
        if lhs == rhs { return true }
        var (lhs, rhs) = (lhs, rhs)
        return lhs.withUTF8 { lhs in
            rhs.withUTF8 { rhs in lhs.indices.allSatisfy { lower(lhs[$0]) == lower(rhs[$0]) } }
        }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
