/// What the tokens in `@odata.deltaLink` and `@odata.nextLink` of `delta` stand for.
struct DeltaTokens: Sendable {
    /// One thing to tell.
    enum Entry: Sendable, Hashable {
        /// A message by its key.
        case message(Int)
        case removed(id: String, immutableID: String)
    }

    /// What was asked for at the beginning and holds for every round.
    struct Request: Sendable {
        let user: String
        let folder: String
        /// The query of the first request; later ones may bring none.
        let query: [String: String]
        let pageSize: Int
    }

    /// Where somebody stands who follows a folder.
    struct Position: Sendable {
        let request: Request
        /// Everything up to this change of the mailbox was told, or is in `pending`.
        let sequence: Int
        /// What is left of this round.
        var pending: [Entry]
    }

    private static let limit = 2000

    private var positions: [String: Position] = [:]
    private var order: [String] = []

    /// What a token stands for; nil for one that is unknown or too old.
    subscript(_ token: String) -> Position? { positions[token] }

    /// Remembers a position under a new token; the oldest is forgotten when there are too many.
    mutating func add(_ position: Position, as token: String) {
        positions[token] = position
        order.append(token)
        if order.count > Self.limit { positions[order.removeFirst()] = nil }
    }

    /// Forgets all: every client has to begin anew.
    mutating func expire() {
        positions = [:]
        order = []
    }
}
