import CDPProtocol

/// The way from one agent's document into frames of other sites; empty for what the agent of the page reaches itself.
struct FramePath: Sendable {
    struct Step: Sendable {
        /// Whose agent named the frame element; nil for the main frame's.
        var outer: PageDomain.FrameID?
        /// The number it gave the element.
        var number: Int
        /// What the element shows.
        var frame: PageDomain.FrameID
    }

    /// Where the way begins.
    let start: PageDomain.FrameID?
    private(set) var steps: [Step] = []

    init(from start: PageDomain.FrameID? = nil) {
        self.start = start
    }

    /// Where it has led to; nil for the main frame.
    var frame: PageDomain.FrameID? { steps.last?.frame ?? start }

    mutating func enter(_ frame: PageDomain.FrameID, number: Int) {
        steps.append(Step(outer: self.frame, number: number, frame: frame))
    }
}

/// A frame element on the way of a gesture, whose surroundings watch that nothing of theirs gets it.
struct FramePassage: Sendable {
    /// Whose agent watches.
    var outer: PageDomain.FrameID?
    var token: Int
}
