/// What a page wrote to its console, an uncaught error of its scripts, or a complaint of the browser about it.
package struct ConsoleMessage: Sendable, Hashable {
    /// Who wrote it.
    package enum Source: String, Sendable, Hashable {
        /// `console.…` of the page.
        case console
        /// An error nobody caught, a promise rejection among them.
        case exception
        /// The browser: a resource that did not load, a violation of a policy.
        case browser
    }

    package var source: Source
    /// `log`, `debug`, `info`, `warning`, `error`, or another word of `Runtime.consoleAPICalled`.
    package var level: String
    package var text: String
    /// The script or resource, where one is known.
    package var url: String?
    /// Line in it, from 1.
    package var line: Int?
    /// Seconds since 1970.
    package var time: Double
}
