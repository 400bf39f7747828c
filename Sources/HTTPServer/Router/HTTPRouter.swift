/// Finds the route of a request: by path first, then by method, so that a wrong method is 405 with `Allow`.
///
/// Paths are not normalised: `//`, `/./` and `/../` match nothing. Literal segments win over parameters. Segments are
/// percent-decoded after splitting; a parameter that holds `/`, NUL, `.` or `..` is refused, since it names a thing.
package struct HTTPRouter: HTTPHandler {
    private enum Segment: Sendable {
        case literal(String)
        case parameter(String)
        case rest(String)
    }

    private struct Entry: Sendable {
        var route: HTTPRoute
        var segments: [Segment]
        /// Parameters count as 1 and rests as 100 at each place: smaller matches first.
        var vagueness: Int
    }

    private var entries: [Entry] = []

    /// A router for a table.
    package init(_ routes: [HTTPRoute] = []) { for route in routes { add(route) } }

    /// The table, most literal patterns first.
    package var routes: [HTTPRoute] { entries.map(\.route) }

    /// Adds a line.
    package mutating func add(_ route: HTTPRoute) {
        precondition(route.pattern.hasPrefix("/"), "The pattern '\(route.pattern)' does not begin with /")
        let segments = route.pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(
            Self.segment
        )
        let vagueness = segments.reduce(0) { sum, segment in
            switch segment {
            case .literal: sum
            case .parameter: sum + 1
            case .rest: sum + 100
            }
        }
        let index = entries.firstIndex { $0.vagueness > vagueness } ?? entries.endIndex
        entries.insert(Entry(route: route, segments: segments, vagueness: vagueness), at: index)
    }

    /// Adds a line.
    package mutating func on(
        _ method: String,
        _ pattern: String,
        bodyLimit: Int? = nil,
        body: @escaping HTTPRoute.Body
    ) {
        add(HTTPRoute(method, pattern, bodyLimit: bodyLimit, body: body))
    }

    private static func segment(_ text: Substring) -> Segment {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return .literal(String(text)) }
        let name = text.dropFirst().dropLast()
        return name.hasSuffix("...") ? .rest(String(name.dropLast(3))) : .parameter(String(name))
    }

    /// What a look-up finds.
    package enum Match: Sendable {
        case found(HTTPRoute, HTTPPathParameters)
        /// The path is known for other methods.
        case wrongMethod(allowed: [String])
        case unknownPath
    }

    /// Looks a request's route up.
    ///
    /// - Throws: 400 when a parameter is not a name.
    package func match(method: String, path: String) throws(HTTPServerError) -> Match {
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var allowed: Set<String> = []
        for entry in entries {
            guard let parameters = try Self.match(entry.segments, parts) else { continue }
            let serves = entry.route.method
            if serves == method || (serves == "GET" && method == "HEAD") { return .found(entry.route, parameters) }
            allowed.formUnion(serves == "GET" ? ["GET", "HEAD"] : [serves])
        }
        return allowed.isEmpty ? .unknownPath : .wrongMethod(allowed: allowed.sorted())
    }

    private static func match(_ segments: [Segment], _ parts: [Substring]) throws(HTTPServerError)
        -> HTTPPathParameters?
    {
        var parameters = HTTPPathParameters()
        for (index, segment) in segments.enumerated() {
            guard index < parts.count else { return nil }
            switch segment {
            case .literal(let text):
                guard PercentCoding.decode(parts[index]) == text else { return nil }
            case .parameter(let name):
                guard !parts[index].isEmpty, matchesLater(segments, parts, from: index + 1) else { return nil }
                parameters.set(name, try decodeName(parts[index]))
            case .rest(let name):
                var names: [String] = []
                for part in parts[index...] { names.append(try decodeName(part)) }
                parameters.set(name, names.joined(separator: "/"))
                return parameters
            }
        }
        return segments.count == parts.count ? parameters : nil
    }

    /// Whether the literals behind a parameter match, so that only the right pattern judges the parameter.
    private static func matchesLater(_ segments: [Segment], _ parts: [Substring], from start: Int) -> Bool {
        for index in start..<max(start, segments.count) {
            if case .rest = segments[index] { return true }
            guard index < parts.count else { return false }
            if case .literal(let text) = segments[index], PercentCoding.decode(parts[index]) != text { return false }
        }
        return segments.count == parts.count
    }

    private static func decodeName(_ part: Substring) throws(HTTPServerError) -> String {
        guard let name = PercentCoding.decode(part), !name.isEmpty, name != ".", name != "..", !name.contains("/")
        else {
            throw HTTPServerError(
                .badRequest,
                "'\(part)' in the path is not a name: empty, dots, or an encoded slash or NUL"
            )
        }
        return name
    }

    // MARK: HTTPHandler

    /// Answers by the matching route.
    package func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        switch try match(method: request.method, path: request.path) {
        case .found(let route, let parameters): return try await route.body(request, parameters)
        case .wrongMethod(let allowed):
            throw HTTPServerError(
                .methodNotAllowed,
                "\(request.method) is not served at \(request.path); \(allowed.joined(separator: ", ")) is",
                headers: ["Allow": allowed.joined(separator: ", ")]
            )
        case .unknownPath: throw HTTPServerError(.notFound, "Nothing is served at \(request.path)")
        }
    }

    /// The matching route's limit.
    package func bodyLimit(method: String, path: String) -> Int? {
        guard case .found(let route, _)? = try? match(method: method, path: path) else { return nil }
        return route.bodyLimit
    }
}
