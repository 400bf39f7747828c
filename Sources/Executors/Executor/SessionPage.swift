/// A page of a session, by its name.
package struct SessionPage: Sendable, Hashable {
    package var name: String
    package var url: String
    /// False once it has closed itself.
    package var isOpen: Bool

    /// A page.
    package init(name: String, url: String, isOpen: Bool) {
        self.name = name
        self.url = url
        self.isOpen = isOpen
    }
}
