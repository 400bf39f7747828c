package import HTTPServer
package import JobModel
package import Security

/// Interactive sessions as the API sees them: who drives a browser is not its business.
package protocol SessionService: Sendable {
    /// Why the caller cannot have a session now, and whether it is because the server shuts down; nil when it can.
    func refusal(of caller: Principal) async -> (code: String, message: String)?
    /// Serves one session on a connection that has left HTTP; returns when all of it is given back.
    func serve(
        _ upgraded: UpgradedConnection,
        for caller: Principal,
        isKeyValid: @escaping @Sendable () async -> Bool
    ) async
    /// A file of a session; nil when there is no such session of the caller's, or no such file.
    func file(
        _ name: String,
        of session: String,
        for caller: Principal
    ) async throws -> (artifact: Artifact, path: String)?
}
