import JSON
import JobModel
import Security

#if canImport(Glibc)
    import Glibc
#endif

extension Setting {
    /// What is wrong with a value, as the rest of a sentence that begins with it; nil when nothing is.
    func problem(with value: String) -> String? {
        switch kind {
        case .text, .path, .secret: return value.isEmpty ? "is empty" : nil
        case .file: return access(value, R_OK) == 0 ? nil : "cannot be read; does the file exist, and may it be read?"
        case .address:
            return HostAddress(value) == nil ? "is no address; write host:port, such as 127.0.0.1:7070" : nil
        case .url:
            let isURL = value.hasPrefix("http://") || value.hasPrefix("https://")
            return isURL ? nil : "is no URL; write http://… or https://…"
        case .hosts: return Self.problem(withHosts: value)
        case .origins: return Self.problem(withOrigins: value)
        case .count(let range):
            guard let number = Int(value), range.contains(number) else {
                return "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        case .duration(let range):
            guard let duration = Duration(ofAnyLength: .string(value)) else {
                return "is no duration; write 30s, 2m or seconds"
            }
            guard !range.contains(duration) else { return nil }
            return "must be from \(Self.shown(range.lowerBound)) to \(Self.shown(range.upperBound))"
        case .boolean: return value == "true" || value == "false" ? nil : "must be true or false"
        case .rate: return RateLimit(value) == nil ? "is no rate; write count/time, such as 600/1m" : nil
        case .choice(let words): return words.contains(value) ? nil : "must be one of \(words.joined(separator: ", "))"
        }
    }
}

extension Setting {
    /// A name is compared with what stands in `Host` before the port: with a scheme, a port or a `*` it never is that.
    private static func problem(withHosts value: String) -> String? {
        for name in value.split(separator: ",").map({ String($0.filter { $0 != " " }) }) {
            guard !name.contains("*") else { return "has '\(name)' in it, and no wildcard is known; list each name" }
            let place = name.firstRange(of: "://").map { name[$0.upperBound...] } ?? name[...]
            let host = host(of: place.prefix { !"/?#".contains($0) })
            guard host != name else { continue }
            return "has '\(name)' in it, which is more than a name; write \(host.isEmpty ? "it as cpa.example" : host)"
        }
        return nil
    }

    /// What stands before the port, without brackets.
    private static func host(of authority: Substring) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        // More than one colon has an address of IPv6.
        guard authority.filter({ $0 == ":" }).count == 1 else { return String(authority) }
        return String(authority.prefix { $0 != ":" })
    }

    /// Browsers send scheme, host and a port that is not the usual one, in small letters; nothing else is ever equal to that.
    private static func problem(withOrigins value: String) -> String? {
        for origin in value.split(separator: ",").map({ $0.filter { $0 != " " } }) {
            guard let meant = PageOrigin(origin)?.description else {
                return "has '\(origin)' in it, which is no origin; write each as https://desk.example"
            }
            guard meant == origin else { return "has '\(origin)' in it, which no browser sends; write \(meant)" }
        }
        return nil
    }

    /// `3s`, `5m`, `24h`, `366d`.
    private static func shown(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        if seconds % 86_400 == 0, seconds > 86_400 { return "\(seconds / 86_400)d" }
        if seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
    }
}

/// Host and port.
package struct HostAddress: Sendable, Hashable, CustomStringConvertible {
    package var host: String
    package var port: Int

    /// Reads `host:port`, `[::1]:port` or `:port` (every interface is never meant by accident: that is 127.0.0.1).
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.host = host.isEmpty ? "127.0.0.1" : host
        self.port = port
    }

    /// Whether it is no address of its own, but each that the machine has.
    var isEveryInterface: Bool { host == "0.0.0.0" || host == "::" }

    /// Whether only this machine reaches it.
    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// `host:port`.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
