import TestSupport
import Testing

@testable import WebSockets

/// One thing a client sends and what the server makes of it.
struct FrameCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var messages: [String] = []
    /// Code of the server's close; 0: an empty close; nil: stays open.
    var close: UInt16?

    init(_ name: String, _ frames: [ClientFrame], messages: [String] = [], close: UInt16? = nil) {
        testDescription = name
        bytes = frames.flatMap(\.bytes)
        self.messages = messages
        self.close = close
    }

    static let all: [FrameCase] = [
        FrameCase("text", [.text("hello")], messages: ["hello"]),
        FrameCase("empty text", [.text("")], messages: [""]),
        FrameCase("two in one go", [.text("a"), .text("b")], messages: ["a", "b"]),
        FrameCase(
            "length 125",
            [.text(String(repeating: "x", count: 125))],
            messages: [String(repeating: "x", count: 125)]
        ),
        FrameCase(
            "length 126",
            [.text(String(repeating: "x", count: 126))],
            messages: [String(repeating: "x", count: 126)]
        ),
        FrameCase(
            "length 60000",
            [.text(String(repeating: "x", count: 60000))],
            messages: [String(repeating: "x", count: 60000)]
        ),
        FrameCase(
            "fragments",
            [.text("a", isFinal: false), ClientFrame(opcode: 0, payload: [0x62])],
            messages: ["ab"]
        ),
        FrameCase(
            "fragments with a ping between",
            [.text("a", isFinal: false), ClientFrame(opcode: 9), ClientFrame(opcode: 0, payload: [0x62])],
            messages: ["ab"]
        ),
        FrameCase(
            "UTF-8 split between fragments",
            [ClientFrame(opcode: 1, payload: [0xC3], isFinal: false), ClientFrame(opcode: 0, payload: [0xA4])],
            messages: ["ä"]
        ),
        FrameCase("pong out of the blue", [ClientFrame(opcode: 10, payload: [1])]),
        FrameCase("bad UTF-8", [ClientFrame(opcode: 1, payload: [0xC3, 0x28])], close: 1007),
        FrameCase("cut UTF-8", [ClientFrame(opcode: 1, payload: [0xC3])], close: 1007),
        FrameCase("surrogate in UTF-8", [ClientFrame(opcode: 1, payload: [0xED, 0xA0, 0x80])], close: 1007),
        FrameCase("unmasked", [ClientFrame(opcode: 1, payload: [0x61], isMasked: false)], close: 1002),
        FrameCase("reserved bit 1", [ClientFrame(opcode: 1, payload: [0x61], reserved: 4)], close: 1002),
        FrameCase("reserved bit 3", [ClientFrame(opcode: 1, payload: [0x61], reserved: 1)], close: 1002),
        FrameCase("opcode 3", [ClientFrame(opcode: 3)], close: 1002),
        FrameCase("opcode 11", [ClientFrame(opcode: 11)], close: 1002),
        FrameCase("continuation without a beginning", [ClientFrame(opcode: 0, payload: [0x61])], close: 1002),
        FrameCase("text within a message", [.text("a", isFinal: false), .text("b")], close: 1002),
        FrameCase("fragmented ping", [ClientFrame(opcode: 9, isFinal: false)], close: 1002),
        FrameCase("ping of 126", [ClientFrame(opcode: 9, payload: .init(repeating: 1, count: 126))], close: 1002),
        FrameCase(
            "length 5 in three bytes",
            [ClientFrame(opcode: 1, payload: Array("hello".utf8), lengthBytes: 3)],
            close: 1002
        ),
        FrameCase(
            "length 5 in nine bytes",
            [ClientFrame(opcode: 1, payload: Array("hello".utf8), lengthBytes: 9)],
            close: 1002
        ),
        FrameCase("length above 2^63", [ClientFrame(opcode: 1, payload: [0x61], announced: 1 << 63)], close: 1002),
        FrameCase("length 2^62", [ClientFrame(opcode: 1, payload: [0x61], announced: 1 << 62)], close: 1009),
        FrameCase("length 65537", [ClientFrame(opcode: 1, payload: [0x61], announced: 65537)], close: 1009),
        FrameCase(
            "fragments over the limit",
            [.text(String(repeating: "x", count: 40000), isFinal: false)]
                + [ClientFrame(opcode: 0, payload: .init(repeating: 0x78, count: 40000))],
            close: 1009
        ),
        FrameCase(
            "more fragments than allowed",
            [.text("", isFinal: false)] + .init(repeating: ClientFrame(opcode: 0, isFinal: false), count: 4096),
            close: 1009
        ),
        FrameCase("close with a code", [.close(1000, "bye")], close: 1000),
        FrameCase("close with our own code", [.close(4999)], close: 4999),
        FrameCase("close without a code", [ClientFrame(opcode: 8)], close: 0),
        FrameCase("close of one byte", [ClientFrame(opcode: 8, payload: [3])], close: 1002),
        FrameCase("close 999", [.close(999)], close: 1002),
        FrameCase("close 1005", [.close(1005)], close: 1002),
        FrameCase("close 1006", [.close(1006)], close: 1002),
        FrameCase("close 1016", [.close(1016)], close: 1002),
        FrameCase("close 5000", [.close(5000)], close: 1002),
        FrameCase("close with bad UTF-8", [ClientFrame(opcode: 8, payload: [3, 0xE8, 0xFF])], close: 1007),
        FrameCase("text behind a close", [.close(1000), .text("late")], close: 1000),
    ]
}

@Suite struct ServerFramesTests {
    private func messages(_ events: [ServerFrames.Event]) -> [String] {
        events.compactMap { event in
            if case .message(let bytes, isText: true) = event { String(decoding: bytes, as: UTF8.self) } else { nil }
        }
    }

    @Test(arguments: FrameCase.all)
    func `frames mean the same in one go and byte by byte`(example: FrameCase) {
        for pieces in [[example.bytes], example.bytes.map { [$0] }] {
            let frames = ServerFrames(limits: WebSocketServerLimits())
            var events: [ServerFrames.Event] = []
            var output: [UInt8] = []
            for piece in pieces {
                events += frames.receive(piece)
                output += frames.takeOutput()
            }
            #expect(messages(events) == example.messages)
            let closes = ServerFrame.all(in: output).filter { $0.opcode == 8 }.map { $0.closeCode ?? 0 }
            #expect(closes == (example.close.map { [$0] } ?? []))
            #expect(frames.hasSentClose == (example.close != nil))
            if example.close != nil { #expect(!frames.wantsInput) }
        }
    }

    @Test func `a ping is answered with its own bytes`() {
        let frames = ServerFrames(limits: WebSocketServerLimits())
        #expect(frames.receive(ClientFrame(opcode: 9, payload: [1, 2, 3]).bytes) == [])
        #expect(ServerFrame.all(in: frames.takeOutput()) == [ServerFrame(opcode: 10, payload: [1, 2, 3])])
    }

    @Test func `a flood of pings holds the peer back instead of filling memory`() {
        let frames = ServerFrames(limits: WebSocketServerLimits())
        let flood = [[UInt8]](repeating: ClientFrame(opcode: 9, payload: [7]).bytes, count: 1000).flatMap { $0 }
        _ = frames.receive(flood)
        #expect(!frames.wantsInput && frames.hasInput)
        // The library reads 4 KiB before it asks again.
        #expect(frames.queuedBytes <= 128 + 4096 / 6)
        var pongs = 0
        while true {
            let output = ServerFrame.all(in: frames.takeOutput())
            if output.isEmpty { break }
            pongs += output.count
            _ = frames.resume()
        }
        #expect(pongs == 1000)
        #expect(frames.wantsInput && !frames.hasInput)
    }

    @Test func `messages leave in order, a close behind them, and nothing after it`() {
        let frames = ServerFrames(limits: WebSocketServerLimits())
        for index in 0..<2000 { #expect(frames.send(Array("\(index)".utf8))) }
        frames.close(code: 4000, reason: "end", afterQueue: true)
        #expect(!frames.send([0x78]))
        var output: [UInt8] = []
        while true {
            let bytes = frames.takeOutput()
            if bytes.isEmpty { break }
            output += bytes
        }
        let all = ServerFrame.all(in: output)
        #expect(all.dropLast().map(\.text) == (0..<2000).map { "\($0)" })
        #expect(all.last == ServerFrame(opcode: 8, payload: [0x0F, 0xA0] + Array("end".utf8)))
        #expect(frames.queuedBytes == 0)
    }

    @Test func `an urgent close drops what waits`() {
        let frames = ServerFrames(limits: WebSocketServerLimits())
        for _ in 0..<10 { #expect(frames.send(Array("x".utf8))) }
        frames.close(code: 4008, reason: "slow", afterQueue: false)
        #expect(ServerFrame.all(in: frames.takeOutput()).map(\.closeCode) == [4008])
    }

    @Test func `the queue is bounded in bytes, but takes one message of any length`() {
        var limits = WebSocketServerLimits()
        limits.queuedBytes = 100
        let frames = ServerFrames(limits: limits)
        #expect(frames.send([UInt8](repeating: 0x78, count: 1000)))
        #expect(!frames.send([0x78]))
        _ = frames.takeOutput()
        #expect(frames.send([UInt8](repeating: 0x78, count: 60)))
        #expect(!frames.send([UInt8](repeating: 0x78, count: 60)))
    }
}

@Suite struct WebSocketHandshakeTests {
    private func fields(_ change: (inout [String: [String]]) -> Void = { _ in }) -> (String) -> [String] {
        var fields = [
            "upgrade": ["websocket"], "connection": ["keep-alive, Upgrade"], "sec-websocket-version": ["13"],
            "sec-websocket-key": ["dGhlIHNhbXBsZSBub25jZQ=="],
        ]
        change(&fields)
        return { [fields] in fields[$0.lowercased()] ?? [] }
    }

    @Test func `the example of RFC 6455 is answered as it says`() throws {
        let handshake = try WebSocketHandshake(method: "GET", minorVersion: 1, values: fields())
        #expect(handshake.headers.map(\.value) == ["websocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])
    }

    @Test func `the first of our subprotocols that was offered is chosen`() throws {
        let values = fields { $0["sec-websocket-protocol"] = ["other, key.abc", " cpa.v1"] }
        let handshake = try WebSocketHandshake(method: "GET", minorVersion: 1, subprotocols: ["cpa.v1"], values: values)
        #expect(handshake.offeredProtocols == ["other", "key.abc", "cpa.v1"])
        #expect(handshake.headers.last?.value == "cpa.v1")
    }

    @Test func `anything else is refused`() {
        let wrong: [(String, Int, (inout [String: [String]]) -> Void)] = [
            ("POST", 1, { _ in }), ("GET", 0, { _ in }), ("GET", 1, { $0["upgrade"] = ["h2c"] }),
            ("GET", 1, { $0["upgrade"] = nil }), ("GET", 1, { $0["connection"] = ["close"] }),
            ("GET", 1, { $0["sec-websocket-version"] = ["8"] }), ("GET", 1, { $0["sec-websocket-version"] = nil }),
            ("GET", 1, { $0["sec-websocket-key"] = nil }), ("GET", 1, { $0["sec-websocket-key"] = ["short"] }),
            ("GET", 1, { $0["sec-websocket-key"] = ["dGhlIHNhbXBsZSBub25jZQ!="] }),
            ("GET", 1, { $0["sec-websocket-key"]?.append("dGhlIHNhbXBsZSBub25jZQ==") }),
        ]
        for (method, version, change) in wrong {
            #expect(throws: WebSocketHandshake.Refusal.self) {
                _ = try WebSocketHandshake(method: method, minorVersion: version, values: fields(change))
            }
        }
    }
}
