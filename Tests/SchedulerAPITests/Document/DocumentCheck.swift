import HTTPServer
import JSON
import Testing

@testable import SchedulerAPI

/// Holds an answer of the real server against the document.
struct DocumentCheck {
    private let server: APIServer

    init(_ server: APIServer) { self.server = server }

    func check(_ method: String, _ target: String, _ status: Int, _ type: String?, _ body: [UInt8]) {
        let path = String(target.prefix { $0 != "?" })
        guard let match = try? server.router.match(method: method, path: path), case .found(let found, _) = match
        else { return }
        let route = server.lines[found.number].route
        let place = "\(method) \(target) answered \(status)"
        let answer = route.answers.first { $0.status == status }
        let isProblem = type == "application/problem+json"
        // What is no HTTP at all is answered below the API, in plain text.
        if type?.hasPrefix("text/plain") == true, status >= 400 { return }
        #expect(isProblem ? route.problems.contains(status) : answer != nil, "\(place), which is not documented")
        let schema = isProblem ? APISchema.ref("Problem") : answer?.content?.schema
        guard method != "HEAD", type?.contains("json") == true, let schema, !isFile(answer) else { return }
        guard let value = try? JSONValue(parsing: body) else {
            Issue.record("\(place) with something that is no JSON")
            return
        }
        let problems = SchemaCheck().problems(of: value, by: schema.json)
        #expect(problems.isEmpty, "\(place): \(problems.joined(separator: "\n"))\n\(value.text())")
    }

    private func isFile(_ answer: APIAnswer?) -> Bool { answer?.content?.type == "*/*" }
}
