import Compression
import HTTPServer

/// Large answers are sent as gzip to clients that take it.
enum Packing {
    /// Below this it does not save a packet.
    private static let least = 1400
    /// Above this it would hold the event loop up for more than a millisecond.
    private static let inlineLimit = 32 << 10

    /// Packs the answer when that is wanted and worth it.
    static func pack(_ response: inout HTTPResponse, for request: HTTPRequest) async {
        guard case .bytes(let bytes) = response.body, bytes.count >= least, isText(response),
            response.headers["content-encoding"] == nil
        else { return }
        response.headers.append("Vary", "Accept-Encoding")
        guard Gzip.isTaken(by: request.headers["accept-encoding"] ?? "") else { return }
        let packed = bytes.count > inlineLimit ? await elsewhere(bytes) : Gzip.compress(bytes)
        guard let packed, packed.count < bytes.count else { return }
        response.headers["Content-Encoding"] = "gzip"
        response.body = .bytes(packed)
    }

    @concurrent private static func elsewhere(_ bytes: [UInt8]) async -> [UInt8]? { Gzip.compress(bytes) }

    private static func isText(_ response: HTTPResponse) -> Bool {
        let type = (response.headers["content-type"] ?? "").prefix { $0 != ";" }
        return type == "application/json" || type.hasSuffix("+json") || type.hasPrefix("text/")
    }
}
