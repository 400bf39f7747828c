package import CDPProtocol

/// Which session speaks for a frame: that of the process it is shown by.
package enum FrameOwner: Sendable, Hashable {
    /// The page's own.
    case page
    /// Of a frame with a process of its own, for it and the frames inside it that share the process.
    case session(TargetDomain.SessionID)
}
