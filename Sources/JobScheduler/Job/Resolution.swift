/// What a human says of a step in doubt.
package enum Resolution: String, Sendable, CaseIterable {
    /// It happened; go on after it.
    case done
    /// It did not happen; do it.
    case redo
    /// Give the job up.
    case fail
}
