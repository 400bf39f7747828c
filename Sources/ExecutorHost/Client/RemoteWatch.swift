import Cryptography
import EventLoops
import JSON
import JobModel
import WebSockets

/// Follows a job of a server to its end and shows it as `cpa run` does.
///
/// By its WebSocket, coming back with the position when that breaks; by asking again and again where there is none.
struct RemoteWatch {
    /// How often events are asked for without a socket, and the first pause before coming back.
    private static let pause = Duration.milliseconds(250)
    /// Connections in a row that brought nothing though the API answers, before the other way is taken.
    private static let attempts = 3
    /// How long a server that was there may be away: it is started again, or the network comes back.
    private static let patience = Duration.seconds(120)
    private static let longestPause = Duration.seconds(5)

    let client: SchedulerClient
    let invocation: Invocation
    /// Where files go at the end; nil for nowhere.
    var directory: String?

    init(client: SchedulerClient, invocation: Invocation) {
        self.client = client
        self.invocation = invocation
    }

    /// - Returns: how the command ends: as the job did.
    func follow(_ job: String) async throws -> ExitCode {
        let place = "/jobs/\(PercentCoding.encode(job))"
        // A wrong id or key is told by the API in better words than by a socket.
        _ = try await client.get(place)
        let sockets = client.webSockets()
        let result: Result<ExitCode, any Error>
        do {
            result = .success(try await listen(to: place, sockets))
        } catch {
            result = .failure(error)
        }
        await sockets.shutdown()
        return try result.get()
    }

    // MARK: By socket

    private func listen(to place: String, _ sockets: WebSocketClient) async throws -> ExitCode {
        let printer = ProgressPrinter()
        var reader = WatchReader()
        var failures = 0
        while failures < Self.attempts {
            let (url, subprotocols) = client.socket("/ws\(place)?since=\(reader.last)")
            let socket = WatchSocket(sockets: sockets, url: url, subprotocols: subprotocols)
            var (hasBrought, wasAway) = (false, false)
            let ending = try await socket.run { json in
                switch reader.take(json) {
                case .show(let event):
                    hasBrought = true
                    show(event, json, printer)
                case .missed: return false
                case nil: break
                }
                return !(reader.isOver && reader.last == event(json))
            }
            switch ending {
            case .ended, .comeBack:
                // A retried job has ended before: only what holds now counts.
                if reader.isOver, try await isLast(reader, place) { return try await end(place) }
                // A server that was away says nothing about this way.
                if !hasBrought { wasAway = try await find(place).wasAway }
            case .refused(let why): throw HostError(.failed, "cannot watch the job any longer: \(why)")
            case .impossible(let why):
                invocation.terminal.note("watching by polling: \(why)")
                return try await poll(place, &reader, printer)
            }
            failures = hasBrought || wasAway ? 0 : failures + 1
            if !hasBrought { try await Task.sleep(for: Self.pause * (1 << failures)) }
        }
        invocation.terminal.note("watching by polling: no WebSocket came about at \(client.socket("/ws" + place).url)")
        return try await poll(place, &reader, printer)
    }

    /// The position of a message, when it has one.
    private func event(_ json: JSONObject) -> Int64? { json["seq"]?.int64 }

    // MARK: By polling

    private func poll(_ place: String, _ reader: inout WatchReader, _ printer: ProgressPrinter) async throws -> ExitCode
    {
        while true {
            let page = try await find("\(place)/events?after=\(reader.last)").answer
            for json in (page["events"]?.array ?? []).compactMap(\.object) {
                if case .show(let event) = reader.takePage(json) { show(event, json, printer) }
            }
            if reader.isOver, try await isLast(reader, place) { return try await end(place) }
            if page["has_more"]?.bool != true { try await Task.sleep(for: Self.pause) }
        }
    }

    // MARK: Showing

    private func show(_ event: JobEvent, _ json: JSONObject, _ printer: ProgressPrinter) {
        if invocation.isJSON {
            invocation.terminal.result(json.text())
        } else if let line = printer.line(for: event) {
            invocation.terminal.note(line)
        }
    }

    private func isLast(_ reader: WatchReader, _ place: String) async throws -> Bool {
        try await find(place).answer["last_seq"]?.int64 == reader.last
    }

    // MARK: Asking

    /// What the API answers, as soon as it does.
    ///
    /// - Returns: whether it was away, too.
    /// - Throws: `HostError` when it is away for longer than a watch waits, and at once when it refuses.
    private func find(_ path: String) async throws -> (answer: JSONObject, wasAway: Bool) {
        let start = ContinuousClock.now
        var pause = Self.pause
        while true {
            do {
                return (try await client.get(path), pause > Self.pause)
            } catch let error as HostError where [.unavailable, .tryLater].contains(error.exitCode) {
                guard start.duration(to: .now) + pause < Self.patience else { throw error }
                if pause == Self.pause {
                    let seconds = Self.patience.components.seconds
                    invocation.terminal.note("the server is away, waiting for up to \(seconds) s: \(error.message)")
                }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private func end(_ place: String) async throws -> ExitCode {
        let job = try await find(place).answer
        let paths = try await download(job, place)
        if invocation.isJSON {
            var job = job
            if directory != nil { job["files"] = .object(paths.reduce(into: [:]) { $0[$1.key] = .string($1.value) }) }
            invocation.terminal.result(JSONValue.object(["type": "result", "job": .object(job)]).text())
        } else {
            for line in JobSummary(job: job, path: { paths[$0] }).lines { invocation.terminal.result(line) }
        }
        return job["state"] == "done" ? .ok : .failed
    }
}
