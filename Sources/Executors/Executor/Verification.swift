/// The answer of `verify`.
package enum Verification: Sendable {
    /// It happened; this is its outcome.
    case happened(StepOutcome)
    /// It did not happen: doing it now is safe.
    case didNotHappen
    /// Nobody can tell: the job goes to `needs_review`.
    case unknown(String)
}
