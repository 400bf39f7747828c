#if canImport(Glibc)
    import Glibc
#endif

/// How a browser is started.
package struct BrowserConfiguration: Sendable {
    /// Whom Chromium runs as.
    package enum User: Sendable, Hashable {
        /// An unprivileged one when we are root, else our own.
        case automatic
        /// These ids; needs us to be root.
        case ids(user: UInt32, group: UInt32)

        /// The user's id.
        package var id: UInt32 {
            switch self {
            case .automatic: geteuid() == 0 ? BrowserConfiguration.unprivilegedID : geteuid()
            case .ids(let user, _): user
            }
        }
    }

    /// How commands travel to Chromium.
    package enum Transport: String, Sendable, Hashable, CaseIterable {
        /// A WebSocket on the loopback interface, at a random port.
        case webSocket = "websocket"
        /// Two pipes: faster, and no port that another process of this machine could connect to.
        case pipe
    }

    /// Uid and gid of `nobody` on every Debian: exists everywhere, owns nothing.
    package static let unprivilegedID: UInt32 = 65534
    /// Debian's chromium-headless-shell without its wrapper script.
    package static let defaultExecutable = "/usr/lib/chromium/chromium-headless-shell"

    /// Debian's chromium without its wrapper script: the one with windows.
    package static let windowedExecutable = "/usr/lib/chromium/chromium"

    /// Absolute path of Chromium, the headless shell by preference: pages start four times as fast in it.
    package var executable: String
    /// Whom it runs as.
    package var user: User
    /// Chromium's own sandbox. Off only by the operator's explicit wish: a page then runs as that user, unconfined.
    package var isSandboxed: Bool
    /// How commands travel.
    package var transport: Transport
    /// Where the browser's own directory is made; a short path, because sockets are made below it.
    package var directoryParent: String
    /// Further switches, by the operator only, never from a job.
    package var extraArguments: [String]
    /// Variables that lead to a display (`DISPLAY`, `WAYLAND_DISPLAY`, `XAUTHORITY`, …), for windows people see; nil for none.
    package var display: [String: String]?
    /// How long it may take to say where it listens.
    package var launchDeadline: Duration
    /// How long it may take to end by itself.
    package var closeGrace: Duration
    /// Larger downloads are cancelled, in bytes.
    package var maximumDownloadBytes: Int
    /// How pages reach the network; nil: by themselves, wherever the machine can go.
    package var gate: (any NetworkGate)?
    /// The door of what belongs to no context; set when it is started.
    var ownDoor: (any NetworkDoor)?

    /// Whether there is a program at `executable`, which may be started.
    package var isInstalled: Bool { access(executable, X_OK) == 0 }

    package init(
        executable: String = Self.defaultExecutable,
        user: User = .automatic,
        isSandboxed: Bool = true,
        transport: Transport = .webSocket,
        directoryParent: String = "/tmp",
        extraArguments: [String] = [],
        launchDeadline: Duration = .seconds(20),
        closeGrace: Duration = .seconds(5),
        maximumDownloadBytes: Int = 1 << 30
    ) {
        self.executable = executable
        self.user = user
        self.isSandboxed = isSandboxed
        self.transport = transport
        self.directoryParent = directoryParent
        self.extraArguments = extraArguments
        self.launchDeadline = launchDeadline
        self.closeGrace = closeGrace
        self.maximumDownloadBytes = maximumDownloadBytes
    }
}
