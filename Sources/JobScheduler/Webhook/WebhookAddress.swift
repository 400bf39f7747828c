import JobModel

/// The address of a webhook, as far as it can be judged before it is called.
package struct WebhookAddress: Hashable, Sendable {
    /// Host as written, without brackets.
    package let host: String
    /// Port, also when the scheme implies it.
    package let port: Int
    /// Whether it is encrypted on the way.
    package let isEncrypted: Bool

    /// Reads `https://host[:port][/path]`; nil for anything with user names, fragments or strange characters.
    package init?(_ url: String) {
        guard url.utf8.count <= 2000, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C && $0 != 0x23 }),
            let colon = url.firstRange(of: "://")
        else { return nil }
        switch url[..<colon.lowerBound].lowercased() {
        case "https": isEncrypted = true
        case "http": isEncrypted = false
        default: return nil
        }
        let authority = url[colon.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("%") else { return nil }
        let isBracketed = authority.hasPrefix("[")
        let end = isBracketed ? authority.firstIndex(of: "]") : authority.firstIndex(of: ":")
        let name = authority[..<(end ?? authority.endIndex)]
        let rest = end.map { authority[(isBracketed ? authority.index(after: $0) : $0)...] } ?? ""
        host = String(isBracketed ? name.dropFirst() : name)
        guard !host.isEmpty, !isBracketed || end != nil else { return nil }
        if rest.isEmpty {
            port = isEncrypted ? 443 : 80
        } else {
            guard rest.hasPrefix(":"), let number = Int(rest.dropFirst()), (1...65535).contains(number) else {
                return nil
            }
            port = number
        }
    }
}
