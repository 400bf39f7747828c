import HTTPServer

/// The W3C Trace Context of a request.
enum TraceContext {
    /// `traceparent`, when it is well-formed (version 00).
    static func parent(of request: HTTPRequest) -> String? {
        guard let text = request.headers["traceparent"] else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let lengths = [2, 32, 16, 2]
        guard parts.count == 4, zip(parts, lengths).allSatisfy({ $0.utf8.count == $1 }), parts[0] == "00" else {
            return nil
        }
        let isHex = parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } }
        // All zeros name nothing.
        guard isHex, parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" }) else {
            return nil
        }
        return text
    }
}
