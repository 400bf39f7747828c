import Cryptography
import HTTPServer

extension HTTPRequest {
    /// The decoded segments of the path; empty ones are dropped, as Graph does.
    var segments: [String] {
        path.split(separator: "/").map { (PercentCoding.decode($0) ?? String($0)) }
    }

    /// The decoded members of the query.
    var queryFields: [String: String] { PercentCoding.fields(query ?? "") }

    /// A cookie the client sent.
    func cookie(_ name: String) -> String? {
        for header in headers.values("Cookie") {
            for pair in header.split(separator: ";") {
                let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == name { return String(parts[1]) }
            }
        }
        return nil
    }

    /// The whole body.
    ///
    /// - Returns: nil when it is longer than `limit` bytes.
    func collectBody(limit: Int) async throws -> [UInt8]? {
        if let length = body.length, length > limit { return nil }
        var bytes: [UInt8] = []
        while let piece = try await body.read() {
            bytes += piece
            if bytes.count > limit { return nil }
        }
        return bytes
    }
}

extension PercentCoding {
    /// The fields of a query or form body; the first of several equal names wins, what cannot be decoded is left out.
    static func fields(_ text: some StringProtocol) -> [String: String] {
        let pairs = text.split(separator: "&").flatMap { decodeForm(String($0)) ?? [] }
        return Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first }
    }
}
