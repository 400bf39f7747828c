import CDPProtocol

/// Input that tests send without the actions built on top.
enum InputCommands {
    /// A press in the corner: makes the page count as used by a person.
    static let click = InputDomain.DispatchMouseEvent(type: .mousePressed, x: 1, y: 1, button: .left, clickCount: 1)
}
