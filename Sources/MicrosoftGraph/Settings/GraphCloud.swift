/// The clouds Microsoft runs: where to log in, and where Graph is.
///
/// Source: Microsoft Graph, "National cloud deployments".
package enum GraphCloud: String, Sendable, CaseIterable {
    case global
    /// US Government L4 (GCC High).
    case usGov = "us_gov"
    /// US Government L5.
    case usGovDoD = "us_gov_dod"
    /// Operated by 21Vianet.
    case china

    /// Base URL of the identity platform.
    package var loginURL: String {
        switch self {
        case .global: "https://login.microsoftonline.com"
        case .usGov, .usGovDoD: "https://login.microsoftonline.us"
        case .china: "https://login.chinacloudapi.cn"
        }
    }

    /// Base URL of Graph v1.0.
    package var graphURL: String {
        switch self {
        case .global: "https://graph.microsoft.com/v1.0"
        case .usGov: "https://graph.microsoft.us/v1.0"
        case .usGovDoD: "https://dod-graph.microsoft.us/v1.0"
        case .china: "https://microsoftgraph.chinacloudapi.cn/v1.0"
        }
    }
}
