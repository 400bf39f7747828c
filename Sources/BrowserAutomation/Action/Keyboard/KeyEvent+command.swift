import CDPProtocol

extension KeyChord {
    /// The events as commands.
    var commands: [any CDPCommand] { events.map(\.command) }
}

extension KeyEvent {
    /// `Input.dispatchKeyEvent` as a real keyboard would cause it.
    var command: InputDomain.DispatchKeyEvent {
        InputDomain.DispatchKeyEvent(
            type: kind == .up ? .keyUp : text == nil ? .rawKeyDown : .keyDown,
            modifiers: modifiers.rawValue,
            text: text,
            unmodifiedText: text,
            code: key.code,
            key: key.key,
            windowsVirtualKeyCode: key.virtualKeyCode,
            isKeypad: key.location == 3,
            location: key.location
        )
    }
}
