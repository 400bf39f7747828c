import EventLoops
import Synchronization
import TestSupport
import Testing

@testable import Redis

@Suite(.timeLimit(.minutes(1))) struct RedisConnectionTests {
    @Test func `words and replies are bytes, whatever they hold`() async throws {
        try await withConnection { redis, _ in
            let bytes = (0...255).map { UInt8($0) } + Array("\r\n$-1\r\n".utf8)
            try await redis.send(["SET", RedisArgument(bytes), RedisArgument([])])
            #expect(try await redis.send(["GET", RedisArgument(bytes)]) == .string([]))
            #expect(try await redis.send(["GET", "none"]) == .null)
            #expect(try await redis.send(["INCR", "n"]) == .integer(1))
            try await redis.send(["RPUSH", "list", "a", RedisArgument(bytes)])
            #expect(try await redis.send(["LRANGE", "list", 0, -1]) == .array([.text("a"), .string(bytes)]))
        }
    }

    @Test func `an error reply is thrown for a command and a value in a pipeline`() async throws {
        try await withConnection { redis, _ in
            try await redis.send(["SET", "text", "x"])
            await #expect { try await redis.send(["INCR", "text"]) } throws: { ($0 as? RedisError)?.reply == "ERR" }
            let replies = try await redis.pipeline([["GET", "text"], ["LPOP", "text"], ["PING"]])
            #expect(replies[0] == .text("x") && replies[2] == .text("PONG"))
            guard case .error(let text) = replies[1] else {
                Issue.record("no error but \(replies[1])")
                return
            }
            #expect(text.hasPrefix("WRONGTYPE"))
        }
    }

    @Test func `a pipeline runs in its order, also between other callers`() async throws {
        try await withConnection { redis, _ in
            await withTaskGroup(of: Void.self) { group in
                for caller in 0..<20 {
                    group.addTask {
                        let commands = (0..<50).map {
                            ["RPUSH", RedisArgument("list\(caller)"), RedisArgument($0)] as [RedisArgument]
                        }
                        let replies = try? await redis.pipeline(commands)
                        #expect(replies == (1...50).map { .integer($0) })
                    }
                }
            }
            let list = try await redis.send(["LRANGE", "list7", 0, -1]).array?.map(\.integer)
            #expect(list == (0..<50).map { $0 })
        }
    }

    @Test func `a script is given to Redis when it is not there, also after SCRIPT FLUSH`() async throws {
        let script = RedisScript(name: "add", source: "return redis.call('INCRBY', KEYS[1], ARGV[1])")
        try await withConnection { redis, _ in
            #expect(try await redis.evaluate(script, keys: ["n"], arguments: [2]) == .integer(2))
            try await redis.send(["SCRIPT", "FLUSH"])
            #expect(try await redis.evaluate(script, keys: ["n"], arguments: [3]) == .integer(5))
        }
    }

    @Test func `a script runs with one list of arguments after the other, also after SCRIPT FLUSH`() async throws {
        let script = RedisScript(name: "add", source: "return redis.call('INCRBY', KEYS[1], ARGV[1])")
        try await withConnection { redis, _ in
            #expect(try await redis.evaluate(script, keys: ["n"], each: []) == [])
            let replies = try await redis.evaluate(script, keys: ["n"], each: [[1], [2], [3]])
            #expect(replies == [.integer(1), .integer(3), .integer(6)])
            try await redis.send(["SCRIPT", "FLUSH"])
            let again = try await redis.evaluate(script, keys: ["n"], each: [[1], [2]])
            #expect(again == [.integer(7), .integer(9)])
        }
    }

    @Test func `a script that fails says so`() async throws {
        let script = RedisScript(name: "bad", source: "return redis.call('NOSUCH')")
        try await withConnection { redis, _ in
            await #expect { try await redis.evaluate(script, keys: []) } throws: {
                ($0 as? RedisError)?.code == .server
            }
        }
    }

    @Test func `without a Redis connect fails at once and a command at its deadline, both saying why`() async throws {
        let loop = EventLoop(name: "test")
        let redis = RedisConnection(on: loop, to: try RedisAddress(url: "redis://127.0.0.1:1"))
        await #expect { try await redis.connect(deadline: .seconds(60)) } throws: {
            "\($0)" == "Redis at 127.0.0.1:1 refused the connection: is it running?"
        }
        await #expect { try await redis.send(["PING"], deadline: .milliseconds(200)) } throws: {
            ($0 as? RedisError)?.code == .couldNotConnect && ($0 as? RedisError)?.mayHaveRun == false
        }
        await redis.close()
        let gone = RedisConnection(on: loop, to: try RedisAddress(url: "unix:///no/such/redis.sock"))
        await #expect { try await gone.connect() } throws: { ($0 as? RedisError)?.code == .couldNotConnect }
        await gone.close()
        await loop.shutdown()
    }

    @Test func `a killed Redis costs what was sent, and the connection comes back with the server`() async throws {
        try await withConnection(isDurable: true) { redis, server in
            try await redis.send(["SET", "kept", "yes"])
            let blocked = Task { try await redis.send(["BLPOP", "never", 0], deadline: .seconds(30)) }
            try await redis.waitUntilSent()
            await server.kill()
            await #expect { try await blocked.value } throws: { ($0 as? RedisError)?.code == .connectionLost }
            let waiting = Task { try await redis.send(["GET", "kept"], deadline: .seconds(30)) }
            try await server.start()
            #expect(try await waiting.value == .text("yes"))
        }
    }

    @Test func `a command without reply by its deadline fails, and the next one has a fresh connection`() async throws {
        try await withConnection { redis, _ in
            try await redis.connect()
            await #expect {
                try await redis.send(["BLPOP", "never", 0], deadline: .milliseconds(100))
            } throws: {
                ($0 as? RedisError)?.code == .timeout && ($0 as? RedisError)?.mayHaveRun == true
            }
            let reply = try await redis.send(["PING"])
            #expect(reply == .text("PONG"))
        }
    }

    @Test func `a reply that is owed to nobody any more still tells a connection that is dead`() async throws {
        try await withConnection { redis, _ in
            let task = Task { try await redis.send(["BLPOP", "never", 0], deadline: .milliseconds(100)) }
            try await redis.waitUntilSent()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            while await redis.hasSentCommands { await Task.yield() }
            // On the old connection it would wait behind the first for ever.
            let reply = try await redis.send(["PING"])
            #expect(reply == .text("PONG"))
        }
    }

    @Test func `cancelling a blocking command ends it at once and frees the connection`() async throws {
        try await withConnection(options: RedisOptions(use: .blocking)) { redis, _ in
            let task = Task { try await redis.send(["BLPOP", "never", 0], deadline: .seconds(30)) }
            try await redis.waitUntilSent()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let reply = try await redis.send(["PING"])
            #expect(reply == .text("PONG"))
        }
    }

    @Test func `more commands than the limit are refused`() async throws {
        try await withConnection(options: RedisOptions(maximumPending: 10)) { redis, _ in
            let commands = [[RedisArgument]](repeating: ["PING"], count: 11)
            await #expect { try await redis.pipeline(commands) } throws: { ($0 as? RedisError)?.code == .overloaded }
            let replies = try await redis.pipeline(Array(commands.dropLast()))
            #expect(replies.count == 10)
        }
    }

    @Test func `a wrong password fails at once and is not repeated in the message`() async throws {
        try await withRedis(arguments: ["--requirepass", "right"]) { server, loop in
            let path = server.socketPath
            let wrong = RedisConnection(on: loop, to: RedisAddress(.unix(path: path), password: "wrong-one"))
            await #expect { try await wrong.send(["PING"], deadline: .seconds(30)) } throws: {
                ($0 as? RedisError)?.code == .refusedLogin && !"\($0)".contains("wrong-one")
            }
            await wrong.close()
            let right = RedisConnection(on: loop, to: RedisAddress(.unix(path: path), password: "right", database: 3))
            let info = try await right.send(["CLIENT", "INFO"])
            #expect(info.text?.contains(" db=3 ") == true)
            await right.close()
        }
    }

    @Test func `a server that takes the connection and says nothing is given up, for commands and for channels`()
        async throws
    {
        let server = HalfRedis(first: nil)
        let loop = EventLoop(name: "test")
        let address = RedisAddress(.tcp(host: "127.0.0.1", port: server.port))
        let options = RedisOptions(attemptLimit: .milliseconds(100))
        let redis = RedisConnection(on: loop, to: address, options: options)
        let reply = try await redis.send(["PING"], deadline: .seconds(30))
        #expect(reply == .text("PONG"))
        await redis.close()
        let silent = HalfRedis(first: nil)
        let subscriber = RedisSubscriber(
            on: loop,
            to: RedisAddress(.tcp(host: "127.0.0.1", port: silent.port)),
            options: options
        )
        _ = try await subscriber.messages(on: "a", deadline: .seconds(30))
        await subscriber.close()
        await loop.shutdown()
    }

    @Test(arguments: ["MISCONF Errors writing to the AOF file", "LOADING", "ERR max number of clients reached"])
    func `a server that is not ready is asked again`(answer: String) async throws {
        let server = HalfRedis(first: answer)
        let loop = EventLoop(name: "test")
        let redis = RedisConnection(on: loop, to: RedisAddress(.tcp(host: "127.0.0.1", port: server.port)))
        await #expect { try await redis.connect() } throws: {
            ($0 as? RedisError)?.code == .couldNotConnect && "\($0)".contains(answer)
        }
        let reply = try await redis.send(["PING"], deadline: .seconds(30))
        #expect(reply == .text("PONG"))
        await redis.close()
        await loop.shutdown()
    }

    @Test func `close fails what waits and everything after`() async throws {
        try await withConnection { redis, _ in
            let task = Task { try await redis.send(["BLPOP", "never", 0], deadline: .seconds(30)) }
            try await redis.waitUntilSent()
            await redis.close()
            await #expect { try await task.value } throws: { ($0 as? RedisError)?.code == .closed }
            await #expect { try await redis.send(["PING"]) } throws: { ($0 as? RedisError)?.code == .closed }
        }
    }
}

extension RedisConnection {
    /// Returns once a command was given to the socket and waits for its reply.
    fileprivate func waitUntilSent() async throws {
        while !hasSentCommands { try await loop.sleep(for: .milliseconds(1)) }
    }

}

/// A Redis whose first connection goes wrong: it answers a ping so, or nothing to anything.
private struct HalfRedis {
    private let server: ScriptedServer
    var port: UInt16 { server.port }

    init(first answer: String?) {
        let count = Mutex(0)
        server = ScriptedServer { peer in
            let isFirst = count.withLock { count in
                count += 1
                return count == 1
            }
            while let command = peer.readCommand() {
                if isFirst, answer == nil { continue }
                switch command[0] {
                case "PING": peer.write(isFirst ? "-\(answer ?? "")\r\n" : "+PONG\r\n")
                case "SUBSCRIBE": peer.write("*3\r\n$9\r\nsubscribe\r\n$1\r\n\(command[1])\r\n:1\r\n")
                default: peer.write("+OK\r\n")
                }
            }
        }
    }
}

extension ScriptedServer.Peer {
    /// The words of a command as clients of Redis send them (RESP); nil at the end.
    fileprivate func readCommand() -> [String]? {
        guard let count = readNumber() else { return nil }
        var words: [String] = []
        for _ in 0..<count {
            guard let length = readNumber() else { return nil }
            words.append(String(decoding: read(length + 2).dropLast(2), as: UTF8.self))
        }
        return words
    }

    /// A line with a sign and a number.
    private func readNumber() -> Int? {
        var line: [UInt8] = []
        while line.last != 10 {
            let byte = read(1)
            if byte.isEmpty { return nil }
            line += byte
        }
        return Int(String(decoding: line.dropFirst().dropLast(2), as: UTF8.self))
    }
}

private func withConnection(
    isDurable: Bool = false,
    options: RedisOptions = RedisOptions(),
    _ body: (RedisConnection, RedisServer) async throws -> Void
) async throws {
    try await withRedis(isDurable: isDurable) { server, loop in
        let redis = RedisConnection(on: loop, to: try RedisAddress(url: server.url), options: options)
        let result: Result<Void, any Error>
        do { result = .success(try await body(redis, server)) } catch { result = .failure(error) }
        await redis.close()
        try result.get()
    }
}
