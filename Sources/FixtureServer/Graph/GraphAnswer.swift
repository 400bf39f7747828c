import JSON

/// What the service answers, before the headers every answer has.
struct GraphAnswer: Sendable {
    enum Body: Sendable {
        case none
        case json(JSONObject)
        case text(String)
        case bytes([UInt8], contentType: String)
    }

    var status: Int
    var headers: [(String, String)] = []
    var body: Body = .none

    static let accepted = GraphAnswer(status: 202)
    static let noContent = GraphAnswer(status: 204)

    /// An error object with its ids.
    static func failure(_ failure: GraphFailure, requestID: String, clientRequestID: String, now: Int64) -> GraphAnswer
    {
        let error: JSONObject = [
            "code": .string(failure.code),
            "message": .string(failure.message),
            "innerError": [
                "date": .string(String(FixtureClock.rfc3339(now).dropLast())),
                "request-id": .string(requestID),
                "client-request-id": .string(clientRequestID),
            ],
        ]
        return GraphAnswer(
            status: failure.status,
            headers: failure.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
            body: .json(["error": .object(error)])
        )
    }
}
