import HTTPClient
import JSON
import JobModel

/// `cpa submit --bulk`: hands over a file of submissions, one a line, in batches the API takes.
struct BulkSubmit {
    private static let linesAtOnce = 1_000
    /// Below the API's limit of a body, with room for what stands around the lines.
    private static let bytesAtOnce = 4 << 20

    private static let fileLimit = 1 << 30

    private let invocation: Invocation
    private let isAtomic: Bool

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        isAtomic = invocation.arguments.flags.contains("--atomic")
        for option in ["--var", "--file", "--idempotency-key", "--unique", "--on-conflict", "--not-before"]
        where invocation.arguments.values[option] != nil {
            throw UsageError(message: "\(option) does not go with --bulk: each line says its own", command: "submit")
        }
        if invocation.arguments.flags.contains("--wait") {
            throw UsageError(message: "--wait does not go with --bulk", command: "submit")
        }
    }

    /// - Returns: `problem` when a line was refused; the others are submitted then, unless all or none was wanted.
    func run() async throws -> ExitCode {
        let path = invocation.arguments.positionals[0]
        let file = InputFile(path: path, content: "submissions", limit: Self.fileLimit)
        let bytes = try await file.read()
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .filter { $0.element.contains { $0 > 0x20 } }
        if isAtomic, lines.count > Self.linesAtOnce {
            throw HostError(.usage, "--atomic takes at most \(Self.linesAtOnce) lines, \(path) has \(lines.count)")
        }
        return try await SchedulerClient.with(invocation.configuration) { client in
            var rest = lines[...]
            var refused = 0
            while !rest.isEmpty {
                let batch = takeBatch(&rest)
                refused += try await submit(batch, of: path, client)
            }
            return refused == 0 ? .ok : .problem
        }
    }

    private typealias Line = (offset: Int, element: ArraySlice<UInt8>)

    private func takeBatch(_ rest: inout ArraySlice<Line>) -> [Line] {
        var bytes = 0
        let batch = rest.prefix(Self.linesAtOnce).prefix { line in
            bytes += line.element.count + 1
            return isAtomic || bytes <= Self.bytesAtOnce
        }
        // A line too long for a batch goes alone: the API says that it is.
        let taken = batch.isEmpty ? rest.prefix(1) : batch
        rest = rest.dropFirst(taken.count)
        return Array(taken)
    }

    private func submit(_ batch: [Line], of path: String, _ client: SchedulerClient) async throws -> Int {
        let answer = try await client.call(
            "POST",
            "/jobs/bulk" + (isAtomic ? "?atomic=true" : ""),
            body: .bytes(Array(batch.map(\.element).joined(separator: [UInt8(ascii: "\n")]))),
            type: "application/x-ndjson",
            place: { Self.place($0, in: batch, of: path) }
        )
        for result in answer["results"]?.array ?? [] {
            if invocation.isJSON {
                invocation.terminal.result(result.text())
            } else if let id = result["id"]?.string {
                invocation.terminal.result(id)
            } else if let index = result["index"]?.int, batch.indices.contains(index) {
                let detail = result["detail"]?.string ?? "refused"
                invocation.terminal.note("\(path):\(batch[index].offset + 1): \(detail)")
            }
        }
        return answer["refused"]?.int ?? 0
    }

    /// Where in the file a pointer into a batch leads: `jobs.jsonl:3: tasks[0].action`.
    private static func place(_ pointer: String, in batch: [Line], of path: String) -> String {
        guard let way = JSONPointer(parsing: pointer), let index = way.components.first.flatMap({ Int($0) }),
            batch.indices.contains(index)
        else { return pointer }
        let member = JSONPointer(Array(way.components.dropFirst())).scenarioPath
        return "\(path):\(batch[index].offset + 1)" + (member.isEmpty ? "" : ": \(member)")
    }
}
