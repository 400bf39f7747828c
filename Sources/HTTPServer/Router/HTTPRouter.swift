import Cryptography

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

    /// What the first look at a path tells: how many segments it has, and the first of them.
    private struct Shape: Hashable {
        var count: Int
        var first: String
    }

    private var entries: [Entry] = []
    /// Positions in `entries` by shape, in their order.
    private var shapes: [Shape: [Int]] = [:]
    /// Positions of patterns that have no shape: they begin with a parameter, or take a rest.
    private var shapeless: [Int] = []
    /// Positions of patterns without parameters, by themselves: most requests of a machine are for such a path.
    private var literals: [String: [Int]] = [:]

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
        sort()
    }

    private mutating func sort() {
        shapes = [:]
        shapeless = []
        literals = [:]
        for (index, entry) in entries.enumerated() {
            if entry.vagueness == 0 { literals[entry.route.pattern, default: []].append(index) }
            if case .literal(let first)? = entry.segments.first, entry.vagueness < 100 {
                shapes[Shape(count: entry.segments.count, first: first), default: []].append(index)
            } else {
                shapeless.append(index)
            }
        }
    }

    /// Adds a line.
    package mutating func on(
        _ method: String,
        _ pattern: String,
        number: Int = 0,
        bodyLimit: Int? = nil,
        body: @escaping HTTPRoute.Body
    ) {
        add(HTTPRoute(method, pattern, number: number, bodyLimit: bodyLimit, body: body))
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
        // Nothing is more literal than the path itself.
        if let index = literals[path]?.first(where: { entries[$0].route.serves(method) }) {
            return .found(entries[index].route, HTTPPathParameters())
        }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        // Decoded once: most patterns ask for the same parts. A part that cannot be decoded matches no literal.
        let words = parts.map { PercentCoding.decode($0) }
        var allowed: Set<String> = []
        // The most literal pattern is what the path means; a vaguer one does not lend it its methods.
        var meant: String?
        for index in candidates(words) {
            let entry = entries[index]
            guard meant == nil || meant == entry.route.pattern, Self.matches(entry.segments, words) else { continue }
            meant = entry.route.pattern
            // A parameter that is no name is refused whatever the method: it would be for any.
            let parameters = try Self.parameters(entry.segments, parts)
            if entry.route.serves(method) { return .found(entry.route, parameters) }
            allowed.formUnion(entry.route.method == "GET" ? ["GET", "HEAD"] : [entry.route.method])
        }
        return allowed.isEmpty ? .unknownPath : .wrongMethod(allowed: allowed.sorted())
    }

    private func candidates(_ words: [String?]) -> [Int] {
        let found = words.first.flatMap { $0 }.flatMap { shapes[Shape(count: words.count, first: $0)] } ?? []
        return shapeless.isEmpty ? found : (found + shapeless).sorted()
    }

    /// Whether all literals match, so that only the right pattern judges the parameters.
    private static func matches(_ segments: [Segment], _ words: [String?]) -> Bool {
        for (index, segment) in segments.enumerated() {
            guard index < words.count else { return false }
            switch segment {
            case .literal(let text): guard words[index] == text else { return false }
            case .parameter: guard words[index]?.isEmpty != true else { return false }
            case .rest: return true
            }
        }
        return segments.count == words.count
    }

    private static func parameters(_ segments: [Segment], _ parts: [Substring]) throws(HTTPServerError)
        -> HTTPPathParameters
    {
        var parameters = HTTPPathParameters()
        for (index, segment) in segments.enumerated() {
            switch segment {
            case .literal: break
            case .parameter(let name): parameters.set(name, try decodeName(parts[index]))
            case .rest(let name):
                var names: [String] = []
                for part in parts[index...] { names.append(try decodeName(part)) }
                parameters.set(name, names.joined(separator: "/"))
            }
        }
        return parameters
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
