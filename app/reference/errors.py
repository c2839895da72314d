"""Expected failures of reference data."""

from app.core.errors import DomainError


class NoPublishedPrompt(DomainError):
    """The library has no published version of a prompt that is to run."""

    code = "PROMPT_NOT_PUBLISHED"
    message = "The prompt that this needs isn't published."


class PromptVariables(DomainError):
    """What a prompt has as `$name` isn't what is put in when it runs."""

    code = "PROMPT_VARIABLES"


class PromptContract(DomainError):
    """A contract that is no JSON schema, or not the one that the program reads answers by."""

    code = "PROMPT_CONTRACT"


class NameTaken(DomainError):
    """Something of the same kind has this name, in this or another case."""

    code = "NAME_TAKEN"
    message = "This name is taken."


class TagExists(DomainError):
    """A name or a synonym of a tag that another tag has. Tags are never merged."""

    code = "TAG_EXISTS"
    message = "Another tag has this name or synonym. Tags aren't merged: choose another name."


class TagInUse(DomainError):
    """A tag that somebody or something is marked with can't be deleted."""

    code = "TAG_IN_USE"
    message = "This tag is in use, so it can't be deleted."


class DefaultNotActive(DomainError):
    """Requests go to a default, so it has to be active."""

    code = "DEFAULT_NOT_ACTIVE"
    message = "Only an active model can be the default of its kind."


class UserTagExists(DomainError):
    """The user has this tag."""

    code = "USER_TAG_EXISTS"
    message = "You have this tag already: change it instead."


class UserSubjectExists(DomainError):
    """The user studies this subject."""

    code = "USER_SUBJECT_EXISTS"
    message = "You study this subject already."


class TooManyMarks(DomainError):
    """The user has as many tags, or subjects, as anybody can have."""

    code = "TOO_MANY_MARKS"
    message = "You have 100 of these, and nobody has more: remove one first."
