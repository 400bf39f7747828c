import JSON

/// Which overlays of a page are still looked for, and how often each was closed.
struct OverlayWatch {
    private(set) var overlays: [Overlay] = []
    private var uses: [Int] = []
    /// Being closed now: what closes one does not wait for it.
    private var closing: Set<Int> = []

    mutating func set(_ overlays: [Overlay]) {
        self.overlays = overlays
        uses = Array(repeating: 0, count: overlays.count)
        closing = []
    }

    /// What the agent looks for before it tries an action; nil when there is nothing.
    func arguments(except ignored: Set<Int>) -> JSONValue? {
        let wanted = overlays.indices.filter { index in
            uses[index] < overlays[index].times && !closing.contains(index) && !ignored.contains(index)
        }
        guard !wanted.isEmpty else { return nil }
        return .array(wanted.map { ["index": JSONValue($0), "selector": overlays[$0].selector.json] })
    }

    /// Counts a closing that begins; nil for an overlay nobody registered.
    mutating func begin(_ index: Int) -> Overlay? {
        guard overlays.indices.contains(index), closing.insert(index).inserted else { return nil }
        uses[index] += 1
        return overlays[index]
    }

    mutating func end(_ index: Int) { closing.remove(index) }
}
