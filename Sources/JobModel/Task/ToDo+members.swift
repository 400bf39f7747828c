import JSON

/// Members of a task that mean the same whoever does it.
extension ToDo {
    /// The action whose members the task has: that of `op`, when it is the seed's `playwright`.
    package var namedAction: Action {
        guard action == .playwright else { return action }
        return fields["op"]?.string.flatMap(Action.init(rawValue:)) ?? .playwright
    }

    /// Members that give a file its name: it is kept, shown, looked for and handed out under that.
    package var fileNameMembers: [String] {
        switch namedAction {
        case .writeFile: ["path"]
        case .moveFile: ["to"]
        case .screenshot, .pdf, .download, .storageState, .har: ["name"]
        default: []
        }
    }

    /// Members that name files there are already, of the job or of a mail.
    package var knownFileMembers: [String] {
        switch namedAction {
        case .readFile, .hashFile, .moveFile: ["path"]
        case .sendMail, .replyMail, .forwardMail: ["attachments", "inline"]
        case .downloadAttachments: ["names"]
        default: []
        }
    }
}
