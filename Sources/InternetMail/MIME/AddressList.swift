import MailModel

/// The addresses of a header field, as other people wrote it.
enum AddressList {
    /// `local@host` of each; comments and names left out.
    static func read(_ field: String) -> [String] {
        var addresses: [String] = []
        for entry in split(field) {
            let text: Substring
            if let open = entry.lastIndex(of: "<"), let close = entry[open...].firstIndex(of: ">") {
                text = entry[entry.index(after: open)..<close]
            } else {
                // The name of a group stands in front of its first address.
                text = (entry.split(separator: ":").last ?? "").prefix { $0 != "(" }
            }
            let address = HeaderText.trimmed(String(text))
            if address.contains("@") { addresses.append(address) }
        }
        return addresses
    }

    private static func split(_ field: String) -> [Substring] {
        var entries: [Substring] = []
        var start = field.startIndex
        var isQuoted = false
        for index in field.indices {
            let character = field[index]
            if character == "\"" { isQuoted.toggle() }
            // A group ends with a semicolon and begins with a name and a colon, which names no address.
            if !isQuoted, character == "," || character == ";" {
                entries.append(field[start..<index])
                start = field.index(after: index)
            }
        }
        entries.append(field[start...])
        return entries
    }
}
