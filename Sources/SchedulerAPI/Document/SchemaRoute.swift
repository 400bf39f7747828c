import HTTPServer
import JSON
import JobModel

/// `GET /schemas/scenario.json`: what editors check scenario files with.
enum SchemaRoute {
    static let route = APIRoute(
        "GET",
        "/schemas/scenario.json",
        "Scenario files as JSON Schema 2020-12, for editors",
        .open,
        answers: [.document("application/schema+json", .members, "The schema")],
        body: { call in
            var response = HTTPResponse.bytes(
                ScenarioJSONSchema.json.serialized(),
                type: "application/schema+json"
            )
            response.headers["Cache-Control"] = "public, max-age=3600"
            return response
        }
    )
}
