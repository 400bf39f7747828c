package import CDPProtocol

/// The frames of a page, by id, and which session speaks for each.
///
/// A frame keeps its id when it changes its process. The sessions tell of that in any order: what a session says of a frame
/// that is another's by now is dropped.
package struct FrameTree: Sendable {
    package struct Frame: Sendable, Hashable {
        package var id: PageDomain.FrameID
        package var parent: PageDomain.FrameID?
        package var name: String
        package var url: String
        /// Its document, as requests name it; nil until one was told of.
        package var loader: NetworkDomain.LoaderID?
        /// Nil while it has left one process and not arrived in another.
        package var owner: FrameOwner?
        /// Whether its renderer is gone; its next document has a new one.
        package var isCrashed = false
    }

    package private(set) var frames: [PageDomain.FrameID: Frame] = [:]
    /// Documents that were left, the latest last.
    private var left: [NetworkDomain.LoaderID] = []
    private static let leftLimit = 100

    init() {}

    /// Whether a document is gone: Chromium tells no end of what it was still loading.
    func hasLeft(_ loader: NetworkDomain.LoaderID) -> Bool { left.contains(loader) }

    private mutating func leave(_ loader: NetworkDomain.LoaderID?) {
        guard let loader else { return }
        left.append(loader)
        if left.count > Self.leftLimit { left.removeFirst() }
    }

    mutating func load(_ tree: PageDomain.FrameTree, by owner: FrameOwner) {
        navigated(tree.frame, by: owner)
        for child in tree.childFrames ?? [] { load(child, by: owner) }
    }

    /// `Page.frameAttached`: a new frame, or one that came back into the process of its parent.
    mutating func attached(_ id: PageDomain.FrameID, to parent: PageDomain.FrameID, by owner: FrameOwner) {
        guard frames[id] != nil else {
            frames[id] = Frame(id: id, parent: parent, name: "", url: "", owner: owner)
            return
        }
        guard frames[id]?.owner != owner else { return }
        removeChildren(of: id)
        frames[id]?.owner = owner
        frames[id]?.isCrashed = false
    }

    /// `Target.attachedToTarget`: the frame has a process of its own from now on.
    mutating func moved(_ id: PageDomain.FrameID, below parent: PageDomain.FrameID?, url: String, to owner: FrameOwner)
    {
        removeChildren(of: id)
        var frame = frames[id] ?? Frame(id: id, parent: parent, name: "", url: url, owner: owner)
        frame.owner = owner
        frame.isCrashed = false
        // Chromium names no address while the frame is on its way.
        if !url.isEmpty { frame.url = url }
        frames[id] = frame
    }

    /// A new document: the frames that were inside the old one are gone.
    ///
    /// - Returns: false when the session has no say in it any more.
    @discardableResult
    mutating func navigated(_ frame: PageDomain.Frame, by owner: FrameOwner) -> Bool {
        let known = frames[frame.id]
        guard known?.owner == nil || known?.owner == owner else { return false }
        removeChildren(of: frame.id)
        if known?.loader != frame.loaderID { leave(known?.loader) }
        frames[frame.id] = Frame(
            id: frame.id,
            parent: frame.parentID ?? known?.parent,
            name: frame.name ?? "",
            url: frame.url,
            loader: frame.loaderID,
            owner: owner
        )
        return true
    }

    mutating func setURL(_ url: String, of id: PageDomain.FrameID, by owner: FrameOwner) {
        if frames[id]?.owner == owner { frames[id]?.url = url }
    }

    /// `Page.frameDetached` by its removal: the session of the frame or of its parent may say so.
    mutating func detached(_ id: PageDomain.FrameID, by owner: FrameOwner) {
        guard let frame = frames[id] else { return }
        let outer = frame.parent.flatMap { frames[$0]?.owner }
        if frame.owner == nil || frame.owner == owner || outer == owner { remove(id) }
    }

    /// `Page.frameDetached` by a swap: it goes to another process, which may have said so already.
    mutating func left(_ id: PageDomain.FrameID, by owner: FrameOwner) {
        guard frames[id]?.owner == owner else { return }
        removeChildren(of: id)
        frames[id]?.owner = nil
    }

    /// The session is over.
    ///
    /// - Returns: the frames it spoke for that nobody has taken over yet. They are gone unless the parent's session says
    ///   otherwise, which may still be on its way.
    mutating func ended(_ owner: FrameOwner) -> [PageDomain.FrameID] {
        let roots = frames.values.filter { frame in
            frame.owner == owner && frame.parent.flatMap { frames[$0]?.owner } != owner
        }.map(\.id)
        for id in roots { left(id, by: owner) }
        return roots
    }

    /// Removes a frame whose process went and that no other took over.
    mutating func removeOrphan(_ id: PageDomain.FrameID) {
        if let frame = frames[id], frame.owner == nil { remove(id) }
    }

    mutating func crashed(_ owner: FrameOwner) {
        for frame in frames.values where frame.owner == owner { frames[frame.id]?.isCrashed = true }
    }

    mutating func recovered(_ owner: FrameOwner) {
        for frame in frames.values where frame.owner == owner { frames[frame.id]?.isCrashed = false }
    }

    mutating func remove(_ id: PageDomain.FrameID) {
        removeChildren(of: id)
        leave(frames[id]?.loader)
        frames[id] = nil
    }

    private mutating func removeChildren(of parent: PageDomain.FrameID) {
        for child in frames.values where child.parent == parent { remove(child.id) }
    }
}
