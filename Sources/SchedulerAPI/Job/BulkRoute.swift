import HTTPServer
import JSON
import JobModel
import JobScheduler
import Security
import Storage
import Telemetry

/// `POST /jobs/bulk`: many submissions in one transaction.
enum BulkRoute {
    static let route = APIRoute(
        "POST",
        "/jobs/bulk",
        "Submits up to 1000 scenarios at once",
        .needs(.operator, .jobsWrite),
        parameters: [.query("atomic", .bool, "Takes all, or none")],
        input: .document([
            ("application/json", .array(.either(.ref("Scenario"), .ref("Submission"))), .array(examples)),
            ("application/x-ndjson", .text, .string(examples.map { $0.text() + "\n" }.joined())),
        ]),
        answers: [.json(.ref("BulkAnswer"), "Each has its own answer")],
        problems: [404, 409, 422, 507],
        body: submit
    )

    private static let examples = [JobRoutes.exampleScenario, JobRoutes.exampleSubmission]

    /// One submission that was read, or why it was not.
    private typealias Item = Result<JobSubmission, any Error>

    private static func submit(_ call: APICall) async throws -> HTTPResponse {
        try call.refuseWhileDraining()
        let isAtomic = try call.query("atomic", "true or false") { Bool($0) } ?? false
        let (items, root) = try await items(call)
        let submissions = items.compactMap { try? $0.get() }
        if isAtomic, submissions.count < items.count {
            throw problem(try await refusals(of: items, submissions, call), at: root)
        }
        let results =
            submissions.isEmpty
            ? [] : try await accepted(submissions, isAtomic: isAtomic, at: root, call)
        var rest = results[...]
        let answers = items.enumerated().map { index, item in
            switch item {
            case .failure(let error): problem(of: error).item(index)
            case .success: answer(index, rest.removeFirst(), call)
            }
        }
        let count = results.count { if case .success = $0 { true } else { false } }
        call.logger.info("Jobs submitted", ["jobs": String(count), "refused": String(items.count - count)])
        return call.answer([
            "accepted": JSONValue(count), "refused": JSONValue(items.count - count),
            "results": .array(answers.map { .object($0) }),
        ])
    }

    private static func accepted(
        _ submissions: [JobSubmission],
        isAtomic: Bool,
        at root: JSONPointer,
        _ call: APICall
    ) async throws -> [Result<JobRecord, SchedulerError>] {
        do {
            return try await call.scheduler.submit(submissions, isAtomic: isAtomic, as: call.caller)
        } catch let refusal as BulkRefusal {
            throw problem(refusal.errors.map { ($0.index, $0.error as any Error) }, at: root)
        }
    }

    /// All that is wrong with members some of which could not even be read; nothing is accepted.
    private static func refusals(
        of items: [Item],
        _ submissions: [JobSubmission],
        _ call: APICall
    ) async throws -> [(index: Int, error: any Error)] {
        var errors: [(index: Int, error: any Error)] = []
        var positions: [Int] = []
        for (index, item) in items.enumerated() {
            if case .failure(let error) = item { errors.append((index, error)) } else { positions.append(index) }
        }
        guard !submissions.isEmpty else { return errors }
        do {
            _ = try await call.scheduler.submit(submissions, isAtomic: true, isDoomed: true, as: call.caller)
        } catch let refusal as BulkRefusal {
            errors += refusal.errors.map { (positions[$0.index], $0.error) }
        }
        return errors.sorted { $0.index < $1.index }
    }

    // MARK: Input

    /// The members, and where their array stands.
    private static func items(_ call: APICall) async throws -> (items: [Item], root: JSONPointer) {
        let lines = ["application/x-ndjson", "application/jsonl", "application/x-jsonlines"]
        try call.checkType(["application/json"] + lines)
        let type = call.request.headers["content-type"]?.prefix { $0 != ";" }.lowercased() ?? ""
        let (values, root) = lines.contains(type) ? (try await self.lines(call), "") : try await array(call)
        guard (1...Scheduler.bulkLimit).contains(values.count) else {
            throw Problem.member(
                root,
                "1 to \(Scheduler.bulkLimit) submissions can come at once, here are \(values.count)"
            )
        }
        let items = values.map { value in
            Item {
                var submission = try SubmissionReader.submission(of: try value.get())
                submission.origin = call.origin
                return submission
            }
        }
        return (items, root)
    }

    private static func lines(_ call: APICall) async throws -> [Result<JSONValue, any Error>] {
        let lines = try await call.body().split(separator: UInt8(ascii: "\n")).filter { $0.contains { $0 > 0x20 } }
        return lines.map { line in Result { try JSONValue(parsing: Array(line)) } }
    }

    private static func array(_ call: APICall) async throws -> ([Result<JSONValue, any Error>], JSONPointer) {
        let value = try await call.value()
        guard let array = value.array ?? value["jobs"]?.array else {
            throw Problem.member("", "the body must be an array of submissions")
        }
        return (array.map { .success($0) }, value.array == nil ? "/jobs" : "")
    }

    // MARK: Answers

    private static func answer(
        _ index: Int,
        _ result: Result<JobRecord, SchedulerError>,
        _ call: APICall
    ) -> JSONObject {
        switch result {
        case .failure(let error): problem(of: error).item(index)
        case .success(let job):
            [
                "index": JSONValue(index), "status": 202, "id": .string(job.id.rawValue),
                "state": .string(job.state.rawValue), "href": .string(call.link("/jobs/\(job.id)")),
            ]
        }
    }

    private static func problem(of error: any Error) -> Problem {
        if let error = error as? JSONError {
            let message = "it cannot be read as JSON: \(error.message)"
            let detail = InvalidInput.Problem(pointer: error.pointer, position: error.position, message: message)
            var problem = Problem(input: InvalidInput(problems: [detail]))
            // One of many lines: its own first line is no place people look for.
            problem.detail = "column \(error.position.column): \(message)"
            return problem
        }
        return Problem(error) ?? Problem(status: 500, code: "internal_error", detail: "It could not be read")
    }

    /// All that keeps an atomic call out, each detail under the position of its submission.
    private static func problem(_ errors: [(index: Int, error: any Error)], at root: JSONPointer) -> Problem {
        let problems = errors.map { (index: $0.index, problem: problem(of: $0.error)) }
        let details = problems.flatMap { index, problem in
            let own = problem.errors.isEmpty ? [Problem.Detail(detail: problem.detail)] : problem.errors
            return own.map { detail in
                var detail = detail
                detail.pointer = "\(root)/\(index)\(detail.pointer ?? "")"
                return detail
            }
        }
        let first = problems[0].problem
        return Problem(
            status: first.status,
            code: first.code,
            detail: "Nothing was submitted: \(errors.count) of the submissions cannot be accepted",
            errors: Array(details.prefix(InvalidInput.limit))
        )
    }
}
