import JSON
import JobModel
import Planning
import Testing

@testable import SchedulerAPI

/// The bodies that the document shows are bodies the server takes.
@Suite struct ExampleTests {
    /// One form of a body, with the route that takes it.
    private struct Form: CustomStringConvertible {
        let route: APIRoute
        let type: String
        let schema: APISchema
        let example: JSONValue

        var description: String { "\(route.method) \(route.path) \(type)" }
        /// Whether the route is about something that has an id.
        var hasID: Bool { route.path.contains("{") }
        /// Whether the schema itself names all members there are.
        var isClosed: Bool { schema.json["additionalProperties"] == false }
        /// The address, with an id that nobody has.
        var target: String { route.path.split(separator: "/").map { $0.hasPrefix("{") ? "/x1" : "/\($0)" }.joined() }

        func send(_ body: JSONValue, on stage: Stage) async throws -> Stage.Answer {
            let text = body.string ?? body.text()
            return try await stage.call(route.method, target, body: text, headers: [("Content-Type", type)])
        }
    }

    private static let forms = RouteTable.routes.flatMap { route in
        (route.input?.content ?? []).compactMap { type, schema, example in
            example.map { Form(route: route, type: type, schema: schema, example: $0) }
        }
    }

    /// Sentences are understood by the intents as they are shipped.
    private static let intents =
        #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" } + "/config/intents.yaml"

    @Test func `every form of a body has an example, but for files`() {
        let routes = RouteTable.routes.filter { $0.input?.isFile == false }
        let shown = routes.flatMap { $0.input?.content ?? [] }
        #expect(routes.count > 15 && shown.allSatisfy { $0.example != nil })
    }

    @Test func `examples in JSON are what their schemas tell`() {
        for form in Self.forms where form.type == "application/json" {
            let problems = SchemaCheck().problems(of: form.example, by: form.schema.json)
            #expect(problems.isEmpty, "\(form): \(problems)")
        }
    }

    @Test func `the server takes each example`() async throws {
        try await Stage.with(intents: try await IntentCatalogue(path: Self.intents)) { stage in
            for form in Self.forms {
                let answer = try await form.send(form.example, on: stage)
                // Whether there is such an id is asked when the body has been read: the test below this one shows it.
                let expected = form.hasID ? [404] : form.route.answers.map(\.status)
                #expect(expected.contains(answer.status), "\(form): \(answer.status) \(answer.json.text())")
                // Of many at once each has a status of its own.
                for result in answer.json["results"]?.array ?? [] {
                    #expect((200...299).contains(result["status"]?.int ?? 0), "\(form): \(result.text())")
                }
            }
        }
    }

    @Test func `a member nobody reads makes an example one that is refused, also under an id that nobody has`()
        async throws
    {
        try await Stage.with { stage in
            let forms = Self.forms.filter(\.isClosed)
            #expect(forms.contains { $0.hasID })
            for form in forms {
                var body = form.example
                body["nonesuch"] = 1
                let answer = try await form.send(body, on: stage)
                #expect(answer.status == 400, "\(form): \(answer.json.text())")
                #expect(answer.json["errors"]?[0]?["pointer"] == "/nonesuch", "\(form): \(answer.json.text())")
            }
        }
    }

    @Test func `the scenario in YAML is the one in JSON`() throws {
        let read = try Scenario(parsing: Array(JobRoutes.exampleInYAML.utf8), file: nil)
        #expect(read.json == JobRoutes.exampleScenario.object)
    }

    @Test func `the document and the page show them`() {
        let paths = OpenAPIDocument.json(version: "1")["paths"]
        for form in Self.forms {
            let body = paths?[form.route.path]?[form.route.method.lowercased()]?["requestBody"]
            #expect(body?["content"]?[form.type]?["example"] == form.example, "\(form)")
        }
        let page = DocumentPage(version: "1").html
        #expect(page.matches(of: /<pre>/).count == Self.forms.count)
        #expect(page.contains("<pre>{\n  &quot;fresh&quot;: true\n}</pre>"))
    }
}
