import Synchronization

/// Capabilities as the claim script takes them: sorted, with commas.
///
/// A worker asks with the same set all its life, so the last one is kept.
final class OfferText: Sendable {
    private let last = Mutex<(capabilities: Set<String>, text: String)>(([], ""))

    func text(of capabilities: Set<String>) -> String {
        last.withLock { last in
            if last.capabilities != capabilities {
                last = (capabilities, capabilities.sorted().joined(separator: ","))
            }
            return last.text
        }
    }
}
