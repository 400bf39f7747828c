/// How far a navigation must have come before the next step.
package enum WaitUntil: String, Sendable, Hashable, CaseIterable {
    /// The answer is there, the document begins.
    case commit
    /// The document is read, its scripts have run. The default: each action waits for its own element anyway.
    case domContentLoaded = "domcontentloaded"
    /// Images and frames too.
    case load
    /// Nothing was loaded for half a second.
    case networkIdle = "networkidle"

    /// The name Chromium's `Page.lifecycleEvent` has for it.
    var lifecycleName: String? {
        switch self {
        case .commit: nil
        case .domContentLoaded: "DOMContentLoaded"
        case .load: "load"
        case .networkIdle: "networkIdle"
        }
    }
}

/// Where a navigation ended.
package struct NavigationResult: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A new document.
        case document
        /// The same document, only the part after # or its history changed.
        case sameDocument
        /// No document: the address is a file, and it is being downloaded.
        case download
    }

    package var kind: Kind
    /// Address after redirects.
    package var url: String
    /// HTTP status of the document; nil when it has none (`data:`, a file, the same document).
    package var status: Int?

    package init(kind: Kind, url: String, status: Int? = nil) {
        self.kind = kind
        self.url = url
        self.status = status
    }
}
