extension Mailbox {
    /// A folder by well-known name or id.
    func folder(_ name: String) throws(GraphFailure) -> MailFolder {
        let id = WellKnownFolder(rawValue: name.lowercased()).map { self.id(of: $0) } ?? name
        if let found = folders.first(where: { $0.id == id }) { return found }
        throw MailIdentifiers.isWellFormed(name) ? .itemNotFound : .malformedID
    }

    /// The folders right below one, by the names people see.
    func children(of id: String) -> [MailFolder] {
        folders.filter { $0.parent == id && $0.id != id && $0.wellKnown?.isListed != false }
            .sorted { $0.displayName < $1.displayName }
    }

    /// Puts the names of the folders everybody has into another language.
    mutating func speak(_ language: MailboxLanguage) {
        self.language = language
        for index in folders.indices {
            guard let known = folders[index].wellKnown else { continue }
            folders[index].displayName = known.displayName(language)
        }
    }

    mutating func makeFolder(
        named name: String,
        in parent: String,
        isHidden: Bool = false
    ) throws(GraphFailure) -> MailFolder {
        try checkName(name, in: parent)
        let folder = MailFolder(
            id: identifiers.make(MailIdentifiers.folderPrefix),
            wellKnown: nil,
            displayName: name,
            parent: parent,
            isHidden: isHidden
        )
        folders.append(folder)
        return folder
    }

    private func checkName(_ name: String, in parent: String) throws(GraphFailure) {
        guard !name.isEmpty, name.count <= 255 else {
            throw .badRequest("The folder name is empty or too long.", code: "ErrorInvalidParameter")
        }
        guard !children(of: parent).contains(where: { $0.displayName.lowercased() == name.lowercased() }) else {
            throw GraphFailure(
                status: 409,
                code: "ErrorFolderExists",
                message: "A folder with the specified name already exists., Could not create folder '\(name)'."
            )
        }
    }

    mutating func renameFolder(_ id: String, to name: String) throws(GraphFailure) -> MailFolder {
        let folder = try madeFolder(id, "ErrorFolderSave")
        try checkName(name, in: folder.parent)
        return change(folder.id) { $0.displayName = name }
    }

    mutating func moveFolder(_ id: String, to parent: String) throws(GraphFailure) -> MailFolder {
        let folder = try madeFolder(id, "ErrorMoveDistinguishedFolder")
        try checkName(folder.displayName, in: parent)
        guard !descendants(of: folder.id).contains(parent) else {
            throw .badRequest("A folder cannot be moved below itself.", code: "ErrorMoveCopyFailed")
        }
        return change(folder.id) { $0.parent = parent }
    }

    private mutating func change(_ id: String, _ change: (inout MailFolder) -> Void) -> MailFolder {
        guard let index = folders.firstIndex(where: { $0.id == id }) else {
            preconditionFailure("Cannot change a folder that is gone")
        }
        change(&folders[index])
        return folders[index]
    }

    /// Deletes a folder with all it has.
    mutating func deleteFolder(_ id: String, now: Int64) throws(GraphFailure) {
        let gone = descendants(of: try madeFolder(id, "ErrorDeleteDistinguishedFolder").id)
        for message in messages where gone.contains(message.folder) {
            try move(message.id, to: self.id(of: .recoverableitemsdeletions), now: now)
        }
        folders.removeAll { gone.contains($0.id) }
    }

    private func descendants(of id: String) -> Set<String> {
        var found: Set<String> = [id]
        while true {
            let more = folders.filter { found.contains($0.parent) && !found.contains($0.id) }.map(\.id)
            if more.isEmpty { return found }
            found.formUnion(more)
        }
    }

    /// A folder that somebody made; those everybody has stay as they are.
    private func madeFolder(_ name: String, _ code: String) throws(GraphFailure) -> MailFolder {
        let folder = try folder(name)
        guard folder.wellKnown == nil else {
            throw GraphFailure(status: 403, code: code, message: "Distinguished folders cannot be changed.")
        }
        return folder
    }
}
