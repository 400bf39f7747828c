import HTTPServer

/// The host large attachments go to: another origin than Graph's, which takes no token and serves nothing else.
struct GraphUploadHost: HTTPHandler {
    let graph: GraphFixture

    func respond(to request: HTTPRequest) async throws -> HTTPResponse { try await graph.respond(toUpload: request) }
}
