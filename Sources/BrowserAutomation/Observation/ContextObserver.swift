/// Who hears what happens in a context.
///
/// Called on the browser's loop, in order, before anything that waits for the same event goes on; must not block.
package struct ContextObserver: Sendable {
    package var take: @Sendable (ContextEvent) -> Void

    package init(take: @escaping @Sendable (ContextEvent) -> Void) { self.take = take }
}
