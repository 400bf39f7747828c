import CDPProtocol
import JSON

/// Where scripts can run: one context a frame, world and session, known by an id that is never used again.
struct ExecutionContexts {
    enum World: Hashable {
        /// The page's own.
        case page
        /// Ours: same document, separate script.
        case agent
    }

    struct Context: Hashable {
        var id: ExecutionContextID
        /// Its number in its session, for the commands that do not take the id.
        var number: Int
        /// As `https://example.org`; `null` or `://` for a document without one.
        var origin: String
    }

    private struct Place: Hashable {
        var frame: PageDomain.FrameID
        var world: World
        var owner: FrameOwner
    }

    static let agentWorldName = "cpa"

    private var contexts: [Place: Context] = [:]

    mutating func created(_ context: RuntimeDomain.ExecutionContextDescription, by owner: FrameOwner) {
        guard let frame = context.auxData?["frameId"]?.string else { return }
        let isDefault = context.auxData?["isDefault"]?.bool ?? false
        let world: World
        if isDefault {
            world = .page
        } else if context.name == Self.agentWorldName {
            world = .agent
        } else {
            return
        }
        let place = Place(frame: PageDomain.FrameID(rawValue: frame), world: world, owner: owner)
        contexts[place] = Context(
            id: ExecutionContextID(rawValue: context.uniqueID),
            number: context.id,
            origin: context.origin
        )
    }

    mutating func destroyed(_ id: String) {
        guard let place = contexts.first(where: { $0.value.id.rawValue == id })?.key else { return }
        contexts[place] = nil
    }

    /// The documents a session speaks for are gone.
    mutating func clear(_ owner: FrameOwner) {
        for place in contexts.keys where place.owner == owner { contexts[place] = nil }
    }

    func context(of frame: PageDomain.FrameID, _ world: World, by owner: FrameOwner) -> Context? {
        contexts[Place(frame: frame, world: world, owner: owner)]
    }
}
