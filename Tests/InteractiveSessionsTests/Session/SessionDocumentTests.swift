import Executors
import FoundationEssentials
import JSON
import JobModel
import Testing

@testable import InteractiveSessions

/// docs/sessions.md is what the reader and the writer do.
@Suite struct SessionDocumentTests {
    private static let text: String = {
        let root = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
        return String(
            decoding: FileManager.default.contents(atPath: root + "/docs/sessions.md") ?? Data(),
            as: UTF8.self
        )
    }()

    /// The messages of one side in the document's examples.
    private func messages(_ side: String) -> [String] {
        var isInside = false
        return Self.text.split(separator: "\n").compactMap { line in
            if line.hasPrefix("```") { isInside = line == "```session" }
            return isInside && line.hasPrefix(side) ? String(line.dropFirst(2)) : nil
        }
    }

    @Test func `every example of a client's message is read`() throws {
        let messages = messages("> ")
        #expect(messages.count >= 8)
        var types: Set<String> = []
        for message in messages {
            do {
                let request = try SessionRequestReader.read(Array(message.utf8))
                types.insert("\(request.order)".split(separator: "(").first.map(String.init) ?? "")
            } catch {
                Issue.record("\(message): \(error)")
            }
        }
        #expect(types == ["open", "task", "cancel", "pages", "artifact", "put", "close"])
    }

    @Test func `every event and error has its row and its members`() throws {
        let members: [String: Set<String>] = [
            "popup": ["page", "url", "opener"], "dialog": ["page", "kind", "message", "accepted"],
            "download": ["page", "state", "name", "url", "bytes"], "navigated": ["page", "url", "same_document"],
            "console": ["page", "level", "text"], "page_error": ["page", "message"],
            "crash": ["page", "what", "message"], "page_closed": ["page"], "gap": ["dropped"],
            "closing": ["code", "reason"],
        ]
        #expect(Set(members.keys) == Set(ExecutorEvent.Kind.allCases.map(\.rawValue) + ["gap", "closing"]))
        for (event, names) in members {
            let row = try #require(Self.text.split(separator: "\n").first { $0.hasPrefix("| `\(event)` |") })
            for name in names { #expect(row.contains("`\(name)`"), "\(event): \(name)") }
        }
        for message in messages("< ") {
            let json = try JSONValue(parsing: message)
            switch json["type"] {
            case "event":
                let known = try #require(members[json["event"]?.string ?? ""], "\(message)")
                #expect(Set(json.object?.keys ?? []).subtracting(known).subtracting(["type", "event"]) == [])
            case "reply": #expect(json["id"] != nil && (json["result"] != nil) == (json["ok"] == true))
            default: #expect(json["type"] == "hello")
            }
        }
    }

    @Test func `the example of hello is what the server says`() throws {
        let example = try #require(messages("< ").first)
        let hello = ServerMessage.hello("s-5f0c1b7a9e3d42680b1c77de", SessionLimits())
        #expect(try JSONValue(parsing: example) == .object(hello))
    }

    @Test func `every close code is listed`() {
        for end in SessionEnd.allCases where end != .disconnected {
            #expect(Self.text.contains("\n| \(end.rawValue) |"), "\(end)")
        }
    }
}
