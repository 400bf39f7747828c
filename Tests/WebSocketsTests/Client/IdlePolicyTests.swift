import Testing

@testable import WebSockets

struct IdlePolicyTests {
    @Test func `without an interval the library keeps its own`() {
        #expect(IdlePolicy(WebSocketClientLimits()) == nil)
    }

    @Test(
        arguments: [
            (.seconds(30), .seconds(10), 30, 40), (.milliseconds(1500), .milliseconds(1), 2, 3), (.zero, .zero, 1, 2),
            (.seconds(100_000), .seconds(100_000), 32_766, 65_532),
        ] as [(Duration, Duration, UInt16, UInt16)]
    )
    func `times are whole seconds, and the end comes after the question`(
        interval: Duration,
        timeout: Duration,
        ping: UInt16,
        hangup: UInt16
    ) throws {
        let policy = try #require(IdlePolicy(WebSocketClientLimits(pingInterval: interval, pongTimeout: timeout)))
        #expect(policy.ping == ping && policy.hangup == hangup)
    }
}
