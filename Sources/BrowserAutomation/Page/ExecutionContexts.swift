import CDPProtocol
import JSON

/// Where scripts can run: one context a frame and world, known by an id that is never used again.
struct ExecutionContexts {
    enum World: Hashable {
        /// The page's own.
        case page
        /// Ours: same document, separate script.
        case agent
    }

    private struct Place: Hashable {
        var frame: PageDomain.FrameID
        var world: World
    }

    static let agentWorldName = "cpa"

    private var contexts: [Place: ExecutionContextID] = [:]

    mutating func created(_ context: RuntimeDomain.ExecutionContextDescription) {
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
        let id = ExecutionContextID(rawValue: context.uniqueID)
        contexts[Place(frame: PageDomain.FrameID(rawValue: frame), world: world)] = id
    }

    mutating func destroyed(_ id: String) {
        guard let place = contexts.first(where: { $0.value.rawValue == id })?.key else { return }
        contexts[place] = nil
    }

    mutating func clear() { contexts = [:] }

    func id(of frame: PageDomain.FrameID, _ world: World) -> ExecutionContextID? {
        contexts[Place(frame: frame, world: world)]
    }
}
