import NetworkPolicy

/// The origin of a page as browsers write it in the header `Origin` (RFC 6454, 6.2).
struct PageOrigin: Hashable, CustomStringConvertible {
    /// `https://desk.example`, `http://localhost:3000`.
    let description: String

    /// Reads an address; nil when no page can be there. What an origin does not say is left out.
    init?(_ text: String) {
        guard let colon = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<colon.lowerBound].lowercased()
        let rest = text[colon.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        guard ["http", "https"].contains(scheme) else {
            // Of an extension or an app: what stands there is theirs.
            let isScheme =
                scheme.first?.isLetter == true && scheme.allSatisfy { $0.isLetter || $0.isNumber || "+-.".contains($0) }
            guard isScheme, !authority.isEmpty, !authority.contains("*") else { return nil }
            description = "\(scheme)://\(authority)"
            return
        }
        guard let address = try? PageAddress("\(scheme)://\(authority)"), let host = address.host else { return nil }
        let usual = scheme == "https" ? 443 : 80
        description = "\(scheme)://\(host.bracketed)" + (address.port == usual ? "" : ":\(address.port)")
    }
}
