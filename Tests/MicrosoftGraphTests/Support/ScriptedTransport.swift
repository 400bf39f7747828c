import HTTPClient
import JSON
import Synchronization

/// Answers requests by a closure and keeps them.
final class ScriptedTransport: HTTPTransport {
    private let kept = Mutex<[HTTPClientRequest]>([])
    private let answer: @Sendable (HTTPClientRequest, _ number: Int) throws -> HTTPClientResponse

    /// - Parameter answer: gets the request and how many came before it.
    init(_ answer: @escaping @Sendable (HTTPClientRequest, _ number: Int) throws -> HTTPClientResponse) {
        self.answer = answer
    }

    /// What was asked so far.
    var requests: [HTTPClientRequest] { kept.withLock { $0 } }

    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        let number = kept.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        return try answer(request, number)
    }

    /// The answer of a token endpoint.
    static func token(_ value: String = "token", expiresIn: JSONValue = 3599) -> HTTPClientResponse {
        json(200, ["token_type": "Bearer", "expires_in": expiresIn, "access_token": .string(value)])
    }

    static func json(_ status: Int, _ json: JSONObject, headers: [(name: String, value: String)] = [])
        -> HTTPClientResponse
    {
        HTTPClientResponse(status: status, headers: headers, body: json.serialized())
    }
}

extension HTTPClientRequest {
    /// The body as text.
    var text: String {
        if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }

    /// The fields of a form, decoded.
    var form: [String: String] {
        text.split(separator: "&").reduce(into: [:]) { fields, part in
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields[String(halves[0])] = String(halves[1]).percentDecoded
        }
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

extension String {
    fileprivate var percentDecoded: String {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(Substring(rest.prefix(2))), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
