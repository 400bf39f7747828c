package import CDPProtocol

/// The frames of a page, by id.
package struct FrameTree: Sendable {
    package struct Frame: Sendable, Hashable {
        package var id: PageDomain.FrameID
        package var parent: PageDomain.FrameID?
        package var name: String
        package var url: String
    }

    package private(set) var frames: [PageDomain.FrameID: Frame] = [:]

    init() {}

    mutating func load(_ tree: PageDomain.FrameTree) {
        navigated(tree.frame)
        for child in tree.childFrames ?? [] { load(child) }
    }

    mutating func attached(_ id: PageDomain.FrameID, to parent: PageDomain.FrameID) {
        if frames[id] == nil { frames[id] = Frame(id: id, parent: parent, name: "", url: "") }
    }

    /// A new document: the frames that were inside the old one are gone.
    mutating func navigated(_ frame: PageDomain.Frame) {
        removeChildren(of: frame.id)
        frames[frame.id] = Frame(id: frame.id, parent: frame.parentID, name: frame.name ?? "", url: frame.url)
    }

    mutating func setURL(_ url: String, of id: PageDomain.FrameID) {
        frames[id]?.url = url
    }

    mutating func detached(_ id: PageDomain.FrameID) {
        removeChildren(of: id)
        frames[id] = nil
    }

    private mutating func removeChildren(of parent: PageDomain.FrameID) {
        for child in frames.values where child.parent == parent { detached(child.id) }
    }
}
