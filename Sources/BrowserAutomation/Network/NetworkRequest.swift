package import CDPProtocol

/// One request of a page and what became of it; a redirect is a request of its own.
package struct NetworkRequest: Sendable {
    /// One header, as sent or received. Credentials are never kept.
    package struct Header: Sendable, Hashable {
        package var name: String
        package var value: String
    }

    package struct Response: Sendable {
        package var status: Int
        package var statusText: String
        package var headers: [Header]
        package var mimeType: String
        /// As ALPN names it: `http/1.1`, `h2`; nil when there was none.
        package var networkProtocol: String?
        package var remoteAddress: String?
        package var isFromCache: Bool
        /// Of `Network.ResourceTiming`; nil for what did not come over the network.
        package var timing: NetworkDomain.ResourceTiming?
    }

    /// Counts the requests of the page, from 1.
    package var number: Int
    /// Chromium's name for it; redirects share one.
    package var id: NetworkDomain.RequestID
    /// The session that saw it last, which has its body.
    package var session: TargetDomain.SessionID?
    package var page: TargetDomain.TargetID?
    package var frame: PageDomain.FrameID?
    /// The document that asked, or for a navigation the one that comes; empty for a worker.
    package var loader: NetworkDomain.LoaderID
    package var method: String
    package var url: String
    /// `Document`, `Script`, `XHR`, …
    package var resourceType: String
    /// Address of the document that asked.
    package var documentURL: String
    package var headers: [Header]
    /// The body as text, at most 64 KiB of it.
    package var postData: String?
    /// Seconds since 1970.
    package var wallTime: Double
    /// Seconds of Chromium's own clock, as all of its times but `wallTime`.
    package var startedAt: Double
    /// Nil until there is one.
    package var response: Response?
    /// When the head of the response was there.
    package var respondedAt: Double?
    /// When it was over, well or not.
    package var endedAt: Double?
    /// Bytes that came over the network, headers included.
    package var receivedBytes = 0
    /// Why it failed, as Chromium calls it: `net::ERR_…`, with who blocked it.
    package var failure: String?
    /// Where the response sent the browser.
    package var redirectURL: String?

    /// Whether nothing more will become of it.
    package var isOver: Bool { endedAt != nil }
}
