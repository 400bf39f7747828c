import EventLoops
import HTTPServer
import TestSupport
import Testing

@testable import ExecutorHost

/// What commands say of servers that are no API, or not to be spoken to like that.
@Suite(.timeLimit(.minutes(1))) struct SchedulerClientTests {
    private struct Talker: HTTPHandler {
        let answer: HTTPResponse
        func respond(to request: HTTPRequest) async throws -> HTTPResponse { answer }
    }

    /// Why a call of a server that always answers this fails.
    private func failure(_ answer: HTTPResponse, _ body: (SchedulerClient) async throws -> Void) async throws
        -> HostError?
    {
        let loop = EventLoop(name: "talker")
        let listener = try await HTTPListener.start(on: loop, handler: Talker(answer: answer))
        let environment = [
            "CPA_API_KEY": "cpa_x_y", "CPA_SCHEDULER_URL": "http://127.0.0.1:\(await listener.localPort)",
        ]
        let configuration = try Configuration(environment: environment)
        var failure: HostError?
        do {
            try await SchedulerClient.with(configuration, body)
        } catch let error as HostError { failure = error }
        await listener.close()
        await loop.shutdown()
        return failure
    }

    @Test func `what a server says in plain text is passed on`() async throws {
        let words = "This port speaks HTTPS only: use https:// in the address"
        let answer = HTTPResponse.text(words + "\nand more", status: 400)
        let called = try await failure(answer) { _ = try await $0.get("/jobs") }
        #expect(called?.message == "the API answered 400: \(words)" && called?.exitCode == .problem)
        let asked = try await failure(answer) { _ = try await $0.reach() }
        #expect(asked?.message.hasSuffix("answers 400 when it is asked about the key: \(words)") == true)
    }

    @Test(arguments: [
        (#"{"code": "unknown_intent", "detail": "x; GET /intents lists them"}"#, 422, "'cpa intents list' shows what"),
        (
            #"{"code": "invalid_slots", "detail": "x", "errors": [{"pointer": "/slots/url", "detail": "x"}]}"#, 422,
            "slots are given with --slot name=value"
        ), (#"{"code": "unauthenticated", "detail": "x"}"#, 401, "the key is that of CPA_API_KEY; CPA_API_KEY hands"),
    ])
    func `what the API calls in its own words is told in those of commands too`(
        body: String,
        status: Int,
        hint: String
    ) async throws {
        let answer = HTTPResponse(status: status, body: .bytes(Array(body.utf8)))
        let lines = try await failure(answer) { _ = try await $0.get("/jobs") }?.message.split(separator: "\n") ?? []
        #expect(lines.first?.hasPrefix("x") == true)
        #expect(lines.last?.hasPrefix(hint) == true, "\(lines)")
    }

    @Test func `what is wrong with a variable of an intent is no matter of its slots`() async throws {
        let body = #"{"code": "invalid_slots", "detail": "x", "errors": [{"pointer": "/variables/a", "detail": "x"}]}"#
        let answer = HTTPResponse(status: 422, body: .bytes(Array(body.utf8)))
        let called = try await failure(answer) { _ = try await $0.get("/jobs") }
        #expect(called?.message == "x")
    }

    @Test func `a page of some other server is not shown`() async throws {
        let called = try await failure(.html("<title>Portal</title>", status: 502)) { _ = try await $0.get("/jobs") }
        #expect(called?.message == "the API answered 502")
    }
}
