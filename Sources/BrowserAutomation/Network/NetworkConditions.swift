import CDPProtocol

/// How good the network seems to a page.
package struct NetworkConditions: Sendable, Hashable {
    /// Whether there is none.
    package var isOffline: Bool
    /// From a request to the head of its response, at least.
    package var latency: Duration
    /// Bytes a second; nil: as many as there are.
    package var download: Int?
    /// Bytes a second; nil: as many as there are.
    package var upload: Int?

    /// Conditions; the real ones unless said otherwise.
    package init(isOffline: Bool = false, latency: Duration = .zero, download: Int? = nil, upload: Int? = nil) {
        self.isOffline = isOffline
        self.latency = latency
        self.download = download
        self.upload = upload
    }

    var command: NetworkDomain.EmulateNetworkConditions {
        NetworkDomain.EmulateNetworkConditions(
            offline: isOffline,
            latency: Double(latency.wholeMilliseconds),
            downloadThroughput: download.map(Double.init) ?? -1,
            uploadThroughput: upload.map(Double.init) ?? -1
        )
    }
}
