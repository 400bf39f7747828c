/// A transport that follows a retry policy.
package struct RetryingTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let policy: RetryPolicy
    private let sleep: @Sendable (Duration) async throws -> Void
    private let random: @Sendable () -> Double
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - sleep: pauses between tries and ends early when the task is cancelled, e.g. `EventLoop.sleep`.
    ///   - now: seconds since 1970.
    package init(
        _ base: any HTTPTransport,
        policy: RetryPolicy = RetryPolicy(),
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        now: @escaping @Sendable () -> Int64
    ) {
        self.base = base
        self.policy = policy
        self.sleep = sleep
        self.random = random
        self.now = now
    }

    package func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        for attempt in 1... {
            let outcome: RetryPolicy.Outcome
            do {
                outcome = .response(try await base.execute(request))
            } catch let error as HTTPClientError {
                outcome = .failure(error)
            }
            let pause = policy.delay(
                after: outcome,
                of: request.method,
                attempt: attempt,
                random: random(),
                now: now()
            )
            if let pause {
                try await sleep(pause)
                continue
            }
            switch outcome {
            case .response(let response): return response
            case .failure(let error): throw error
            }
        }
        preconditionFailure("A policy has finitely many attempts")
    }
}
