import CDP
import CDPProtocol
import JSON
import Testing

@testable import BrowserAutomation

struct ConsoleLogTests {
    private func message(_ arguments: [JSONValue], type: String = "log") -> CDPEventMessage {
        let objects = arguments.map { value -> JSONValue in
            let type = value.string != nil ? "string" : value.double != nil ? "number" : "object"
            return ["type": .string(type), "value": value]
        }
        return CDPEventMessage(
            method: RuntimeDomain.ConsoleAPICalledEvent.method,
            parameters: ["type": .string(type), "args": .array(objects), "timestamp": 2000]
        )
    }

    private func text(_ arguments: JSONValue...) -> String? {
        var log = ConsoleLog()
        log.apply(message(arguments))
        return log.messages.last?.text
    }

    @Test func `arguments are joined as the console shows them`() {
        #expect(text("a", 1, true) == "a 1 true")
        #expect(text("%s is %d of %o%%", "one", 2, 3, "rest") == "one is 2 of 3% rest")
        #expect(text("%cred", "color: red") == "red")
        #expect(text("100%") == "100%")
        #expect(text("%s") == "%s")
    }

    @Test func `keeps the latest messages and counts the others`() {
        var log = ConsoleLog()
        for number in 1...250 { log.apply(message([.string("m\(number)")])) }
        #expect(log.messages.count == ConsoleLog.limit)
        #expect(log.messages.first?.text == "m51")
        #expect(log.dropped == 50)
        #expect(log.count == 250)
    }

    @Test func `a long message is cut`() {
        #expect(text(.string(String(repeating: "x", count: 20_000)))?.count == ConsoleLog.textLimit + 1)
    }

    @Test func `an uncaught error has its stack, its script and the line people count`() {
        var log = ConsoleLog()
        log.apply(
            CDPEventMessage(
                method: RuntimeDomain.ExceptionThrownEvent.method,
                parameters: [
                    "timestamp": 1000,
                    "exceptionDetails": [
                        "exceptionId": 1, "text": "Uncaught", "lineNumber": 4, "columnNumber": 2,
                        "url": "http://a/b.js",
                        "exception": ["type": "object", "description": "Error: no\n    at b.js:5"],
                    ],
                ]
            )
        )
        let message = log.messages.last
        #expect(message?.source == .exception)
        #expect(message?.text == "Error: no\n    at b.js:5")
        #expect(message?.url == "http://a/b.js")
        #expect(message?.line == 5)
        #expect(message?.time == 1)
    }
}
