"""Expected failures of the vault."""

from app.core.errors import DomainError


class FileTooLarge(DomainError):
    """A file has more bytes than its purpose allows."""

    code = "FILE_TOO_LARGE"


class FileTypeRefused(DomainError):
    """A file is of a kind that its purpose doesn't allow, whatever it is called."""

    code = "FILE_TYPE_REFUSED"
    message = "A file of this kind can't be used for this."


class FileInfected(DomainError):
    """The scanner found malware in a file."""

    code = "FILE_INFECTED"
    message = "The scanner found malware in this file: it was deleted."


class FileNotScanned(DomainError):
    """The scanner can't say whether there is malware in a file: try again soon."""

    code = "FILE_NOT_SCANNED"
    message = "This file can't be scanned for malware now: try again soon."


class UploadIncomplete(DomainError):
    """The file has not arrived, or not with as many bytes as were announced."""

    code = "UPLOAD_INCOMPLETE"


class UploadRefused(DomainError):
    """The file was refused before: begin another upload."""

    code = "UPLOAD_REFUSED"
    message = "This file was refused: begin another upload."


class FileNotReady(DomainError):
    """The file's upload isn't complete."""

    code = "FILE_NOT_READY"
    message = "Complete the upload of this file first."


class FileInUse(DomainError):
    """The file is attached to something already: each is attached once."""

    code = "FILE_IN_USE"
    message = "This file is attached to something already."


class FlashcardReviewed(DomainError):
    """The card was reviewed since the client read it: read it again."""

    code = "FLASHCARD_REVIEWED"
    message = "This card was reviewed meanwhile, perhaps on another device: read it again."


class ClientKeyUsed(DomainError):
    """The client's key stands for a review of another card."""

    code = "CLIENT_KEY_USED"
    message = "You have used this key for a review of another card."
