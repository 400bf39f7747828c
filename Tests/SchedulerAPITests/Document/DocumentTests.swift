import HTTPServer
import JSON
import Security
import Testing

@testable import SchedulerAPI

@Suite struct DocumentTests {
    private static let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]

    /// Method and path of all that the served document tells.
    private func operations(_ document: JSONValue) -> [(method: String, path: String, operation: JSONObject)] {
        (document["paths"]?.object ?? [:]).flatMap { path, operations in
            (operations.object ?? [:]).map { ($0.key.uppercased(), path, $0.value.object ?? [:]) }
        }
    }

    private func example(_ path: String) -> String {
        path.split(separator: "/").map { $0.hasPrefix("{") ? "/x1" : "/\($0)" }.joined()
    }

    @Test func `the router serves what the document tells, under both roots, and nothing else`() async throws {
        try await Stage.with { stage in
            let document = try await stage.call("GET", "/openapi.json", key: String?.none).json
            let told = Set(
                operations(document).flatMap { operation in
                    ["", "/api/v1"].map { "\(operation.method) \($0)\(operation.path)" }
                }
            )
            let served = Set(stage.server.router.routes.map { "\($0.method) \($0.pattern)" })
            #expect(told == served)
            #expect(told.count == 2 * RouteTable.routes.count)
        }
    }

    @Test func `the real server answers each operation of the document, and 405 to every other method`() async throws {
        try await Stage.with { stage in
            let document = try await stage.call("GET", "/openapi.json").json
            let paths = Dictionary(grouping: operations(document), by: \.path)
            for (path, operations) in paths {
                let told = operations.map(\.method)
                for method in Self.methods { try await tryMethod(method, path, told, stage) }
            }
        }
    }

    private func tryMethod(_ method: String, _ path: String, _ told: [String], _ stage: Stage) async throws {
        let body = ["GET", "DELETE", "TRACE"].contains(method) ? nil : "{}"
        let answer = try await stage.call(method, example(path), body: body)
        if told.contains(method) {
            #expect(answer.status != 405 && answer.status < 500 || answer.status == 503, "\(method) \(path)")
            #expect(answer.json["detail"]?.string?.hasPrefix("Nothing is served") != true)
        } else {
            #expect(answer.status == 405, "\(method) \(path)")
            let allowed = (told + (told.contains("GET") ? ["HEAD"] : [])).sorted().joined(separator: ", ")
            #expect(answer.field("Allow") == allowed, "\(method) \(path)")
        }
    }

    @Test func `each parameter of the document is read, and no other`() async throws {
        try await Stage.with { stage in
            for route in RouteTable.routes where !route.path.hasPrefix("/ws") {
                let path = example(route.path)
                let body = route.input == nil ? nil : "{}"
                let unknown = try await stage.call(route.method, path + "?nonesuch=1", body: body)
                #expect(unknown.status == 400 && unknown.json["errors"]?[0]?["parameter"] == "nonesuch", "\(path)")
                for parameter in route.parameters where parameter.place == .query {
                    let schema = parameter.schema.json
                    guard schema["type"] == "integer" || schema["type"] == "boolean" || schema["pattern"] != nil else {
                        continue
                    }
                    let needed = route.parameters.filter {
                        $0.isRequired && $0.place == .query && $0.name != parameter.name
                    }
                    let others = needed.map {
                        "&\($0.name)=" + ($0.schema.json["pattern"] == nil ? "1" : String(repeating: "a", count: 64))
                    }
                    let target = "\(path)?\(parameter.name)=-!-\(others.joined())"
                    let answer = try await stage.call(route.method, target, body: body)
                    // A file's hash is compared, not read: a wrong one is another file.
                    guard answer.status != 404 || parameter.name != "sha256" else { continue }
                    #expect(answer.status == 400, "\(route.method) \(target)")
                    #expect(answer.json["errors"]?[0]?["parameter"] == .string(parameter.name), "\(target)")
                }
            }
        }
    }

    @Test func `the document is whole: every reference leads somewhere, every schema is used, names are unique`() {
        let document = JSONValue.object(OpenAPIDocument.json(version: "1"))
        let text = document.text()
        let names = RouteTable.schemas.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names { #expect(text.contains("\"#/components/schemas/\(name)\""), "\(name) is used nowhere") }
        var rest = text[...]
        while let found = rest.firstRange(of: "\"#/components/schemas/") {
            rest = rest[found.upperBound...]
            let name = String(rest.prefix { $0 != "\"" })
            #expect(names.contains(name), "\(name) is defined nowhere")
        }
        let ids = operations(document).compactMap { $0.operation["operationId"]?.string }
        #expect(Set(ids).count == RouteTable.routes.count)
        #expect(document["openapi"] == "3.1.0")
    }

    @Test func `every link of the page leads to one place, and the menu names each once`() throws {
        let page = DocumentPage(version: "1").html
        let ids = page.matches(of: /id="([^"]*)"/).map { String($0.1) }
        let doubled = ids.enumerated().filter { ids[..<$0.offset].contains($0.element) }.map(\.element)
        #expect(doubled.isEmpty, "\(doubled)")
        let links = page.matches(of: /href="#([^"]*)"/).map { String($0.1) }
        #expect(links.count > 20 && Set(links).isSubset(of: ids))
        let end = try #require(page.firstRange(of: "</nav>")).lowerBound
        let menu = page[..<end].matches(of: /<a href="[^"]*">([^<]*)<\/a>/).map { String($0.1) }
        #expect(Set(menu).count == menu.count, "\(menu)")
        #expect(menu.contains("openapi.json") && menu.contains("data types"), "\(menu)")
    }

    @Test func `the page names every route and schema, and loads and runs nothing`() async throws {
        try await Stage.with { stage in
            let answer = try await stage.call("GET", "/docs", key: String?.none)
            #expect(answer.field("Content-Type") == "text/html; charset=utf-8")
            #expect(answer.field("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
            let page = String(decoding: answer.body, as: UTF8.self)
            for route in RouteTable.routes { #expect(page.contains("<code>\(route.path)</code>")) }
            for (name, _) in RouteTable.schemas { #expect(page.contains("id=\"schema-\(name)\"")) }
            for word in ["<script", "<link", "<img", "@import", "url(", " src=", "href=\"http", "href=\"//"] {
                #expect(!page.contains(word), "\(word)")
            }
        }
    }
}
