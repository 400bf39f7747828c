import Testing

@testable import HTTPClient

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(attempts: 4, firstDelay: .seconds(1), maximumDelay: .seconds(3))

    private func delay(_ outcome: RetryPolicy.Outcome, method: String = "GET", attempt: Int = 1, random: Double = 0)
        -> Duration?
    {
        policy.delay(after: outcome, of: method, attempt: attempt, random: random, now: 784_111_777)
    }

    private func response(_ status: Int, retryAfter: String? = nil) -> RetryPolicy.Outcome {
        .response(HTTPClientResponse(status: status, headers: retryAfter.map { [("Retry-After", $0)] } ?? []))
    }

    @Test func `the pause doubles up to its limit and then the tries end`() {
        #expect(
            [1, 2, 3, 4].map { delay(response(503), attempt: $0, random: 1) } == [
                .seconds(1), .seconds(2), .seconds(3), nil,
            ]
        )
    }

    @Test func `chance shortens a pause by at most half`() {
        #expect(delay(response(503)) == .milliseconds(500))
    }

    @Test(arguments: ["POST", "PATCH", "get"])
    func `a request that is not idempotent is never repeated`(method: String) {
        #expect(delay(response(503), method: method) == nil)
        let refused = HTTPClientError(code: .couldNotConnect, message: "")
        #expect(delay(.failure(refused), method: method) == nil)
    }

    @Test(arguments: [200, 301, 400, 401, 404, 409, 500, 501])
    func `statuses that another try cannot change are final`(status: Int) {
        #expect(delay(response(status)) == nil)
    }

    @Test func `what a server asks for is obeyed, in seconds or as a date, but not for ever`() {
        #expect(delay(response(429, retryAfter: "7")) == .seconds(7))
        #expect(delay(response(503, retryAfter: "Sun, 06 Nov 1994 08:49:47 GMT")) == .seconds(10))
        #expect(delay(response(429, retryAfter: "61")) == nil)
        #expect(delay(response(429, retryAfter: "soon")) == .milliseconds(500))
    }

    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:60 GMT", 1_709_251_200), ("Sunday, 06-Nov-94 08:49:37 GMT", nil),
            ("Sun Nov  6 08:49:37 1994", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
            ("Sun, 32 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:00:00 GMT", nil),
            ("Sun, 06 Nov 1994 08:-1:37 GMT", nil), ("Sun, 06 Nov 1994 08:x:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 9223372036854775807:00:00 GMT", nil), ("", nil),
        ] as [(String, Int64?)]
    )
    func `a date is read in its preferred form, anything else is none`(text: String, seconds: Int64?) {
        #expect(RetryAfter.date(text) == seconds)
    }

    @Test func `transient failures are repeated and others not`() {
        let codes: [HTTPClientError.Code] = [
            .couldNotResolve, .couldNotConnect, .timeout, .connectionLost, .tls, .tooLarge, .file,
        ]
        let repeated = codes.map { delay(.failure(HTTPClientError(code: $0, message: ""))) != nil }
        #expect(repeated == [true, true, true, true, false, false, false])
    }

    @Test func `a retrying transport pauses as the policy says and returns the last answer`() async throws {
        let transport = ScriptedTransport([503, 503, 200])
        let pauses = PauseLog()
        let retrying = RetryingTransport(transport, sleep: { await pauses.append($0) }, random: { 0 }, now: { 0 })
        let response = try await retrying.execute(HTTPClientRequest(method: "GET", url: "http://host/"))
        #expect(response.status == 200)
        #expect(await pauses.list == [.milliseconds(250), .milliseconds(500)])
    }
}

private actor ScriptedTransport: HTTPTransport {
    private var statuses: [Int]
    init(_ statuses: [Int]) { self.statuses = statuses }
    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        HTTPClientResponse(status: statuses.removeFirst())
    }
}

private actor PauseLog {
    private(set) var list: [Duration] = []
    func append(_ pause: Duration) { list.append(pause) }
}
