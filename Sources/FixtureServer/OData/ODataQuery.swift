import JSON

/// The system query options of a request (OData 4.01 §5.1), as far as mail has them.
struct ODataQuery: Sendable {
    /// One property of `$orderby`.
    struct Order: Sendable, Hashable {
        let path: [String]
        let descending: Bool
    }

    private static let defaultPage = 10

    var filter: ODataExpression?
    var search: [KQLTerm] = []
    var select: [String] = []
    var orderBy: [Order] = []
    var top = defaultPage
    var skip = 0
    var wantsCount = false
    /// The text of `$expand`.
    var expand: String?

    /// Reads the decoded members of a query; names come with or without `$`.
    init(_ fields: [String: String]) throws(GraphFailure) {
        for (name, value) in fields {
            switch name.drop(while: { $0 == "$" }).lowercased() {
            case "filter":
                do { filter = try ODataParser.parse(value) } catch { throw .badRequest(error.message) }
            case "search":
                search = try KQLTerm.parse(value)
            case "select":
                select = value.split(separator: ",").map { String($0.filter { $0 != " " }) }
            case "orderby":
                orderBy = Self.orders(value)
            case "top":
                guard let number = Int(value), (1...1000).contains(number) else {
                    throw .badRequest("The limit of '1000' for Top query has been exceeded or the value is invalid.")
                }
                top = number
            case "skip":
                guard let number = Int(value), number >= 0 else { throw .badRequest("Invalid value for $skip.") }
                skip = number
            case "count":
                wantsCount = value.lowercased() == "true"
            case "expand":
                expand = value
            default:
                break
            }
        }
        try check()
    }

    private static func orders(_ text: String) -> [Order] {
        text.split(separator: ",").compactMap { part in
            let words = part.split(separator: " ")
            guard let path = words.first else { return nil }
            return Order(
                path: path.split(separator: "/").map(String.init),
                descending: words.dropFirst().first?.lowercased() == "desc"
            )
        }
    }

    /// What the service refuses: `$search` with `$orderby` or `$filter`, and an order that the filter does not begin with.
    private func check() throws(GraphFailure) {
        if !search.isEmpty {
            if !orderBy.isEmpty {
                throw .badRequest(
                    "The query parameter '$orderBy' is not supported with '$search'.",
                    code: "SearchWithOrderBy"
                )
            }
            if filter != nil {
                throw .badRequest(
                    "The query parameter '$filter' is not supported with '$search'.",
                    code: "SearchWithFilter"
                )
            }
        }
        guard let filter, !orderBy.isEmpty else { return }
        let ordered = orderBy.map { $0.path.joined(separator: "/") }
        var filtered: [String] = []
        for property in filter.properties where !filtered.contains(property) { filtered.append(property) }
        guard filtered.starts(with: ordered) else {
            throw .badRequest(
                "The restriction or sort order is too complex for this operation.",
                code: "InefficientFilter"
            )
        }
    }

    /// The objects that are wanted, in order; before paging.
    func apply(to objects: [JSONObject]) -> [JSONObject] {
        var wanted = objects.filter { object in
            (filter?.matches(object) ?? true) && search.allSatisfy { $0.matches(object) }
        }
        for order in orderBy.reversed() {
            let keyed = wanted.enumerated().map {
                (offset: $0.offset, key: Self.key($0.element, order.path), $0.element)
            }
            wanted = keyed.sorted { lhs, rhs in
                if lhs.key == rhs.key { return lhs.offset < rhs.offset }
                return order.descending ? lhs.key > rhs.key : lhs.key < rhs.key
            }.map(\.2)
        }
        return wanted
    }

    private static func key(_ object: JSONObject, _ path: [String]) -> String {
        let value = path.reduce(JSONValue.object(object)) { $0[$1] ?? .null }
        return value.string?.lowercased() ?? value.description
    }

    /// The selected members only; `id` and the etag always come along.
    func project(_ object: JSONObject) -> JSONObject {
        guard !select.isEmpty else { return object }
        var projected = JSONObject()
        for (key, value) in object where key.hasPrefix("@") || key == "id" || select.contains(key) {
            projected[key] = value
        }
        return projected
    }
}
