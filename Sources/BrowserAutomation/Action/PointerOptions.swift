/// How the mouse is used on an element.
package struct PointerOptions: Sendable, Hashable {
    /// A mouse button.
    package enum Button: String, Sendable, Hashable, CaseIterable {
        case left, middle, right
    }

    /// How it is made sure that the element rests before it is pressed.
    package enum Stability: String, Sendable, Hashable, CaseIterable {
        /// Not at all: the guard alone keeps a click from hitting something else. Saves a frame.
        case none
        /// Its box must be the same now and in the next frame.
        case frame
        /// Its box must be the same in the next two frames.
        case strict
    }

    /// A place, in CSS pixels.
    package struct Point: Sendable, Hashable {
        package var x: Double
        package var y: Double

        package init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    package var button = Button.left
    /// Clicks in a row: 2 is a double click, 3 selects a paragraph.
    package var clicks = 1
    /// Between press and release.
    package var delay = Duration.zero
    /// Keys held down meanwhile.
    package var modifiers: KeyModifiers = []
    /// Where inside the element's padding box; its middle when nil.
    package var position: Point?
    /// How it is made sure that it rests.
    package var stability = Stability.frame
    /// Whether to act at once, without waiting for visible, enabled, stable and uncovered.
    package var isForced = false
    /// Whether only to look if it could be clicked.
    package var isTrial = false

    /// Nothing is done when this is so in the moment it would be.
    package var unless: PageCondition?
    /// Whether to look if the page answers at once, by a change around the element.
    package var watchesAnswer = false

    package init() {}

    /// What the agent's guard waits for.
    var kind: String {
        switch button {
        case .left: clicks == 2 ? "dblclick" : "click"
        case .middle: "middle"
        case .right: "right"
        }
    }
}
