import HTTPServer
package import JSON
import Security

/// The API as OpenAPI 3.1, made of the route table.
package enum OpenAPIDocument {
    /// The document.
    ///
    /// - Parameter version: of the program.
    package static func json(version: String) -> JSONObject {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "cpa", "version": .string(version),
                "summary": "Submits, watches and steers browser and mail jobs",
                "license": ["name": "MIT", "identifier": "MIT"],
            ],
            "servers": .array(RouteTable.roots.map { ["url": .string($0.isEmpty ? "/" : $0)] }),
            "tags": .array(subjects.map { ["name": .string($0)] }),
            "paths": .object(paths),
            "components": [
                "schemas": .object(schemas), "responses": ["Problem": .object(problem)],
                "securitySchemes": [
                    "key": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
                    "bearer": ["type": "http", "scheme": "bearer"],
                ],
            ],
        ]
    }

    /// What the routes are about, in the order of the table.
    static var subjects: [String] {
        var seen: [String] = []
        for route in RouteTable.routes where !seen.contains(route.subject) { seen.append(route.subject) }
        return seen
    }

    // MARK: Parts

    private static var paths: JSONObject {
        var paths = JSONObject()
        for route in RouteTable.routes {
            var operations = paths[route.path]?.object ?? [:]
            operations[route.method.lowercased()] = .object(operation(route))
            paths[route.path] = .object(operations)
        }
        return paths
    }

    private static func operation(_ route: APIRoute) -> JSONObject {
        var json: JSONObject = [
            "operationId": .string(operationID(route)), "summary": .string(route.summary),
            "tags": [.string(route.subject)],
        ]
        switch route.access {
        case .open, .openWithDetails: json["security"] = []
        case .needs(let role, let scope, let others):
            json["security"] = [["key": []], ["bearer": []]]
            json["x-cpa-role"] = .string(role.rawValue)
            json["x-cpa-scope"] = .string(scope.rawValue)
            if !others.isEmpty { json["x-cpa-other-scopes"] = .array(others.map { .string($0.rawValue) }) }
        }
        if !route.parameters.isEmpty { json["parameters"] = .array(route.parameters.map { .object(parameter($0)) }) }
        if let input = route.input {
            json["requestBody"] = [
                "required": .bool(input.isRequired),
                "content": .object(content(input)),
            ]
        }
        json["responses"] = .object(responses(route))
        return json
    }

    /// `getJobsIdEvents`
    private static func operationID(_ route: APIRoute) -> String {
        let words = route.path.split { !$0.isLetter && !$0.isNumber }
        return route.method.lowercased() + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static func parameter(_ parameter: APIParameter) -> JSONObject {
        [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "required": .bool(parameter.isRequired), "description": .string(parameter.summary),
            "schema": .object(parameter.schema.json),
        ]
    }

    private static func content(_ input: APIInput) -> JSONObject {
        var json = JSONObject()
        for (type, schema, example) in input.content {
            var form: JSONObject = ["schema": .object(schema.json)]
            form["example"] = example
            json[type] = .object(form)
        }
        return json
    }

    private static func responses(_ route: APIRoute) -> JSONObject {
        var json = JSONObject()
        for answer in route.answers {
            var response: JSONObject = ["description": .string(answer.summary)]
            if !answer.headers.isEmpty {
                var headers = JSONObject()
                for name in answer.headers { headers[name] = ["schema": ["type": "string"]] }
                response["headers"] = .object(headers)
            }
            if let (type, schema) = answer.content {
                response["content"] = [type: ["schema": .object(schema.json)]]
            }
            json[String(answer.status)] = .object(response)
        }
        for status in route.problems.sorted() {
            let name = String(status)
            guard var own = json[name]?.object else {
                json[name] = ["$ref": "#/components/responses/Problem"]
                continue
            }
            // The status is an answer too, as 503 is of /health: both forms are possible.
            own["content"] = .object((own["content"]?.object ?? [:]).merging(problem["content"]?.object ?? [:]))
            json[name] = .object(own)
        }
        return json
    }

    private static let problem: JSONObject = [
        "description": "What went wrong",
        "content": ["application/problem+json": ["schema": .object(APISchema.ref("Problem").json)]],
    ]

    private static var schemas: JSONObject {
        var json = JSONObject()
        for (name, schema) in RouteTable.schemas { json[name] = .object(schema.json) }
        return json
    }
}
