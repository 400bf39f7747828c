import FoundationEssentials
import JSON

/// An answer of the real service (fixtures/graph/recorded-responses.json), its request put as an application's.
struct RecordedAnswer: Sendable {
    let method: String
    /// Behind the version; `me` became `users` and an id.
    let segments: [String]
    let status: Int
    let body: JSONValue?

    static func all() throws -> [RecordedAnswer] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "fixtures/graph/recorded-responses.json")
        let json = try JSONValue(parsing: Array(try Data(contentsOf: path)))
        return (json.array ?? []).compactMap { item in
            let words = item["request"]?.string?.split(separator: " ") ?? []
            let status = item["response"]?["status"]?.string?.split(separator: " ").dropFirst().first.flatMap {
                Int($0)
            }
            guard words.count > 1, let status else { return nil }
            let target = words[1].prefix { $0 != "?" }.split(separator: "/").dropFirst().map(String.init)
            return RecordedAnswer(
                method: String(words[0]),
                segments: target.flatMap { $0 == "me" ? ["users", "id"] : [$0] },
                status: status,
                body: item["response"]?["body"]?.string.flatMap { try? JSONValue(parsing: $0) }
            )
        }
    }
}
