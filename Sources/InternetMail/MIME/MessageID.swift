/// The message identifiers of a header field, as other people wrote it.
enum MessageID {
    private static let longest = 900

    /// `<…@…>` of each, in order; what would not fit into a line of its own is left out.
    static func read(_ field: String) -> [String] {
        var identifiers: [String] = []
        var rest = field[...]
        while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
            let identifier = rest[start...end]
            let isWord = identifier.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            if isWord, identifier.utf8.count <= longest { identifiers.append(String(identifier)) }
            rest = rest[rest.index(after: end)...]
        }
        return identifiers
    }
}
