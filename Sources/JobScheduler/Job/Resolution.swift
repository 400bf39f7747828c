/// What a human says of a step in doubt.
package enum Resolution: String, Sendable, CaseIterable {
    /// It happened; go on after it.
    ///
    /// Where no step is in doubt, because one that must not be repeated was done on a page that is lost, a human has seen to
    /// the rest: the job ends as done, runs nothing more, and its message names the steps that were not run.
    case done
    /// It did not happen; do it. Where no step is in doubt: do the one that was done a second time, and go on.
    case redo
    /// Give the job up.
    case fail
}
