package import CDPProtocol

/// Something pages must be allowed to do; the words of the web's `navigator.permissions` where they have one.
package enum Permission: String, Sendable, Hashable, CaseIterable {
    case geolocation, notifications, camera, microphone, midi, accelerometer, gyroscope, magnetometer
    case clipboardRead = "clipboard-read"
    case clipboardWrite = "clipboard-write"
    case backgroundSync = "background-sync"
    case idleDetection = "idle-detection"
    case localFonts = "local-fonts"
    case paymentHandler = "payment-handler"
    case persistentStorage = "persistent-storage"
    case screenWakeLock = "screen-wake-lock"
    case storageAccess = "storage-access"
    case windowManagement = "window-management"

    /// As `Browser.grantPermissions` calls it.
    package var type: BrowserDomain.PermissionType {
        switch self {
        case .geolocation: .geolocation
        case .notifications: .notifications
        case .camera: .videoCapture
        case .microphone: .audioCapture
        case .midi: .midi
        case .accelerometer, .gyroscope, .magnetometer: .sensors
        case .clipboardRead: .clipboardReadWrite
        case .clipboardWrite: .clipboardSanitizedWrite
        case .backgroundSync: .backgroundSync
        case .idleDetection: .idleDetection
        case .localFonts: .localFonts
        case .paymentHandler: .paymentHandler
        case .persistentStorage: .durableStorage
        case .screenWakeLock: .wakeLockScreen
        case .storageAccess: .storageAccess
        case .windowManagement: .windowManagement
        }
    }
}
