/// Finds out what a sentence asks for.
///
/// Rules do it today; a language model can stand behind the same protocol.
package protocol IntentRouter: Sendable {
    /// For answers and the audit: `rules`.
    var name: String { get }
    /// Understands a sentence of at most `IntentCatalogue.messageLimit` bytes.
    func route(_ message: String, among registry: IntentRegistry) async throws -> IntentDecision
}
