/// A key of the US keyboard, as CDP wants it described (Input.dispatchKeyEvent).
package struct Key: Sendable, Hashable {
    /// `KeyboardEvent.key`.
    package var key: String
    /// `KeyboardEvent.code`: the place on the keyboard.
    package var code: String
    /// The Windows virtual key code; 0 when it has none.
    package var virtualKeyCode: Int
    /// What it types; nil when it types nothing.
    package var text: String?
    /// 1 left, 2 right, 3 keypad, else 0.
    package var location: Int
    /// Whether Shift is needed to type it.
    package var needsShift: Bool

    init(
        _ key: String,
        _ code: String,
        _ virtualKeyCode: Int,
        text: String? = nil,
        location: Int = 0,
        needsShift: Bool = false
    ) {
        self.key = key
        self.code = code
        self.virtualKeyCode = virtualKeyCode
        self.text = text
        self.location = location
        self.needsShift = needsShift
    }
}
