package import CDPProtocol

/// Something that happened in a browser context without anybody asking for it there.
package struct ContextEvent: Sendable {
    package enum Kind: Sendable, Hashable {
        /// A page opened; `opener` is the page whose script or link did it.
        case opened(opener: TargetDomain.TargetID?, url: String)
        /// The page is gone.
        case closed
        /// The main document was replaced, or moved on by itself.
        case navigated(url: String, isSameDocument: Bool)
        /// A dialog opened and was answered by policy.
        case dialog(DialogRecord)
        /// A script, or the browser about it, wrote to the console; at most 2,000 characters, not redacted.
        case console(level: String, text: String)
        /// A script failed and nobody caught it; at most 2,000 characters, not redacted.
        case scriptError(String)
        /// The renderer is gone.
        case crashed
        /// A download began; the name is what the server suggests.
        case downloadBegan(name: String, url: String)
        /// A download ended.
        case downloadEnded(name: String, url: String, bytes: Int, isComplete: Bool)
        /// The browser is gone, and every page of the context with it.
        case lost(BrowserError)
    }

    /// Where; nil when it is the whole context.
    package var page: PageSession?
    package var kind: Kind
}
