package import Telemetry

extension Logger {
    /// Warns of a secret that nothing can keep out of what people see: replaced, a few characters would mark half of every
    /// text.
    package func shortSecret(_ name: String) {
        warning("A secret of fewer than 4 characters is not kept out of logs, events and errors", ["secret": name])
    }
}
