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
    var search: KQLExpression?
    var select: [String] = []
    var orderBy: [Order] = []
    var top = defaultPage
    var skip = 0
    var wantsCount = false
    var expand = ODataExpand()

    /// Reads the decoded members of a query; names come with or without `$`.
    ///
    /// - Parameter checksProperties: whether the objects are messages, of which the service knows every property.
    init(_ fields: [String: String], checksProperties: Bool = true) throws(GraphFailure) {
        var asked: Set<String> = []
        for (name, value) in fields {
            asked.insert(name.drop { $0 == "$" }.lowercased())
            switch name.drop(while: { $0 == "$" }).lowercased() {
            case "filter":
                do throws(ODataParser.Failure) {
                    let condition = try ODataParser.parse(value)
                    try condition.checkCondition { checksProperties ? StoredMessage.kind(of: $0) : nil }
                    filter = condition
                } catch {
                    throw .badRequest(error.message)
                }
            case "search":
                search = try KQLParser.parse(value)
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
                expand = ODataExpand(value)
            default:
                break
            }
        }
        try check(asked)
        if checksProperties { try checkProperties() }
    }

    private func checkProperties() throws(GraphFailure) {
        let named =
            select + orderBy.map { $0.path[0] }
            + (filter?.properties ?? []).map { name in
                String(name.prefix { $0 != "/" })
            }
        if let unknown = named.first(where: { !StoredMessage.has(member: $0) }) { throw .unknownProperty(unknown) }
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

    /// What the service refuses: `$search` with most others, and an order that the filter does not begin with.
    private func check(_ asked: Set<String>) throws(GraphFailure) {
        if search != nil {
            for (name, shown) in [("orderby", "OrderBy"), ("filter", "Filter"), ("skip", "Skip"), ("count", "Count")]
            where asked.contains(name) {
                let parameter = "$" + shown.prefix(1).lowercased() + shown.dropFirst()
                throw .badRequest(
                    "The query parameter '\(parameter)' is not supported with '$search'.",
                    code: "SearchWith\(shown)"
                )
            }
        }
        guard let filter, !orderBy.isEmpty, !filter.isPrefixOnly else { return }
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
    func apply<T: ODataSubject>(to objects: [T]) -> [T] {
        var wanted = filter.map { filter in objects.filter { filter.matches($0) } } ?? objects
        for order in orderBy.reversed() {
            let keyed = wanted.enumerated().map {
                (offset: $0.offset, key: Self.key($0.element.value(at: order.path)), $0.element)
            }
            wanted = keyed.sorted { lhs, rhs in
                if lhs.key == rhs.key { return lhs.offset < rhs.offset }
                return order.descending ? lhs.key > rhs.key : lhs.key < rhs.key
            }.map(\.2)
        }
        return wanted
    }

    /// The messages that are wanted, in order; before paging. A search gives a thousand at most, by the time they were sent.
    func apply(toMessages messages: [StoredMessage]) -> [StoredMessage] {
        guard let search else { return apply(to: messages) }
        let found = messages.filter(search.matches)
        return Array(found.sorted { $0.sent > $1.sent }.prefix(1000))
    }

    private static func key(_ value: JSONValue) -> String { value.string?.lowercased() ?? value.description }

    /// The selected members only; `id` and what begins with `@` always come along.
    func project(_ object: JSONObject) -> JSONObject {
        guard !select.isEmpty else { return object }
        var projected = JSONObject()
        for (key, value) in object where key.hasPrefix("@") || key == "id" || select.contains(key) {
            projected[key] = value
        }
        return projected
    }

    /// What stands behind a collection in `@odata.context`.
    var contextSuffix: String { select.isEmpty ? "" : "(\(select.joined(separator: ",")))" }
}
