import CDPProtocol

/// Which frames the agents mean by the numbers they gave frame elements: asking Chromium costs two round trips.
struct FrameNumbers {
    private struct Element: Hashable {
        var context: ExecutionContextID
        var number: Int
    }

    private static let limit = 500

    private var frames: [Element: PageDomain.FrameID] = [:]

    subscript(context: ExecutionContextID, number: Int) -> PageDomain.FrameID? {
        get { frames[Element(context: context, number: number)] }
        set {
            // Documents come and go; what is still needed is asked again.
            if frames.count >= Self.limit { frames = [:] }
            frames[Element(context: context, number: number)] = newValue
        }
    }
}
