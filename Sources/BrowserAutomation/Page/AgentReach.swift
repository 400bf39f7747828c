/// Which documents of a page have the agent.
///
/// A page of ours begins with an empty document in which few act, and many a page is closed before it shows another: telling
/// Chromium the agent costs a tenth of a new context, running it there another tenth.
enum AgentReach {
    /// None: Chromium has not been told of it.
    case none
    /// Those to come; the empty one it began with is without.
    case documentsToCome
    /// All.
    case all
}
