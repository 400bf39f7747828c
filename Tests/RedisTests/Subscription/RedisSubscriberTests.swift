import EventLoops
import Telemetry
import TestSupport
import Testing

@testable import Redis

@Suite(.timeLimit(.minutes(1))) struct RedisSubscriberTests {
    @Test func `everything published after the subscription arrives in order, at every listener of the channel`()
        async throws
    {
        try await withRedis { server, loop in
            let address = try RedisAddress(url: server.url)
            let redis = RedisConnection(on: loop, to: address)
            let subscriber = RedisSubscriber(on: loop, to: address)
            let first = try await subscriber.messages(on: "a")
            let second = try await subscriber.messages(on: "a")
            let other = try await subscriber.messages(on: "b")
            let commands = (0..<200).map { ["PUBLISH", $0 % 2 == 0 ? "a" : "b", RedisArgument($0)] as [RedisArgument] }
            _ = try await redis.pipeline(commands)
            #expect(await first.numbers(100) == Array(stride(from: 0, to: 200, by: 2)))
            #expect(await second.numbers(100) == Array(stride(from: 0, to: 200, by: 2)))
            #expect(await other.numbers(100) == Array(stride(from: 1, to: 200, by: 2)))
            await subscriber.close()
            await redis.close()
        }
    }

    @Test func `a subscription survives a restart of Redis`() async throws {
        try await withRedis { server, loop in
            let address = try RedisAddress(url: server.url)
            let redis = RedisConnection(on: loop, to: address)
            let subscriber = RedisSubscriber(on: loop, to: address)
            let messages = try await subscriber.messages(on: "a")
            await server.kill()
            try await server.start()
            // A second listener returns when the channel is confirmed anew.
            _ = try await subscriber.messages(on: "a", deadline: .seconds(30))
            try await redis.send(["PUBLISH", "a", 7])
            #expect(await messages.numbers(1) == [7])
            await subscriber.close()
            await redis.close()
        }
    }

    @Test func `without a Redis the subscription fails at its deadline`() async throws {
        let loop = EventLoop(name: "test")
        let subscriber = RedisSubscriber(on: loop, to: RedisAddress(.tcp(host: "127.0.0.1", port: 1)))
        await #expect { _ = try await subscriber.messages(on: "a", deadline: .milliseconds(200)) } throws: {
            ($0 as? RedisError)?.code == .couldNotConnect
        }
        await subscriber.close()
        await loop.shutdown()
    }

    @Test func `a refusal is said once with its reason, and what is allowed later is had without a restart`()
        async throws
    {
        try await withRedis { server, loop in
            let (address, log) = (try RedisAddress(url: server.url), MemoryLogSink(level: .warning))
            let redis = RedisConnection(on: loop, to: address)
            try await redis.send(["ACL", "SETUSER", "default", "-subscribe"])
            let subscriber = RedisSubscriber(on: loop, to: address, logger: Logger(sink: log))
            await #expect { _ = try await subscriber.messages(on: "a", deadline: .seconds(1)) } throws: {
                "\($0)".contains("NOPERM")
            }
            #expect(log.lines.map(\.message) == ["Redis refuses the subscription"])
            #expect(log.text.contains("NOPERM"))
            try await redis.send(["ACL", "SETUSER", "default", "+subscribe"])
            _ = try await subscriber.messages(on: "a", deadline: .seconds(30))
            await subscriber.close()
            await redis.close()
        }
    }

    @Test func `close ends the streams`() async throws {
        try await withRedis { server, loop in
            let subscriber = RedisSubscriber(on: loop, to: try RedisAddress(url: server.url))
            let messages = try await subscriber.messages(on: "a")
            await subscriber.close()
            #expect(await messages.numbers(1) == [])
        }
    }
}

extension AsyncStream<[UInt8]> {
    /// The first messages as numbers; fewer when the stream ends.
    fileprivate func numbers(_ count: Int) async -> [Int] {
        var numbers: [Int] = []
        for await bytes in self {
            numbers.append(Int(String(decoding: bytes, as: UTF8.self)) ?? -1)
            if numbers.count == count { break }
        }
        return numbers
    }
}
