/// How an element is dragged onto another.
package struct DragOptions: Sendable, Hashable {
    /// How it is taken: position, stability, force, trial; between press and first move `delay` passes.
    package var source = PointerOptions()
    /// Where inside the target it is dropped; its middle when nil.
    package var targetPosition: PointerOptions.Point?
    /// Moves on the way, at least 2: pages recognise a drag by the way, not by the jump.
    package var steps = 5
    /// Whether Escape is pressed over the target instead of dropping.
    package var isCancelled = false

    package init() {}
}
