"""Every error chatmill raises; a face prints one as one line, anything else keeps its traceback.

ChatmillError
├── UsageError              a value the caller gave makes no sense
├── SettingsError           chatmill.toml or a CHATMILL_* variable
├── ProjectError            the project folder
│   ├── NoProjectError      no project here or above
│   ├── ProjectExistsError  init would overwrite
│   ├── ProjectTooNewError  written by a newer chatmill
│   └── ProjectBusyError    another stage holds the project's lock
├── StorageError            a file or database cannot be read or written (full disk, permission)
├── InputError              a file handed to us cannot be used as a whole
│   ├── UnreadableFileError
│   ├── UnknownFormatError
│   ├── LimitError          a named limit was passed
│   └── ImportProblemsError several files of an import have problems
├── ReviewFileError         an edited pairs.txt that cannot be taken back
├── ReviewConflictError     somebody else decided about the example in the meantime
├── ForbiddenError          somebody asked for what their role does not allow
├── TooManyTriesError       somebody has to wait before they try to sign in again
├── DatasetError            a dataset that cannot be built or trained on
│   └── TooFewExamplesError a training or validation file holds too few
├── ModelError              a model or its server
│   ├── ServerDownError     nothing answers at the address
│   ├── ModelCallError      the server answered with an error
│   ├── SpendError          the estimate was not confirmed, or the limit of money is reached
│   ├── ModelFetchError     a model file cannot be fetched or fails its checksum
│   ├── SchemaError         a JSON schema no answer can be made to follow
│   ├── MissingExtraError   a heavy dependency is not installed
│   └── UntrustedProviderError
├── TuningError             a fine-tuning job failed or was cancelled
└── MeasureError            a number that has no value
    ├── ShapeMismatchError
    └── ZeroVectorError
"""

from collections.abc import Sequence


class ChatmillError(Exception):
    """What happened, where, and what to do about it.

    Args:
        what: What happened, without a full stop.
        where: File and line, id, or setting it happened at; empty where there is no place.
        fix: What the person can do now; empty where nothing helps.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        """One line: `where: what. fix.`."""
        place = f"{self.where}: " if self.where else ""
        remedy = f". {self.fix}" if self.fix else ""
        return " ".join(f"{place}{self.what}{remedy}".split())


class UsageError(ChatmillError):
    """A value the caller gave makes no sense."""


class SettingsError(ChatmillError):
    """chatmill.toml or a CHATMILL_* variable holds something we cannot use."""


class ProjectError(ChatmillError):
    """Something is wrong with the project folder."""


class NoProjectError(ProjectError):
    """There is no project in this folder or any above it."""


class ProjectExistsError(ProjectError):
    """The folder is a project already."""


class ProjectTooNewError(ProjectError):
    """A newer chatmill wrote this project."""


class ProjectBusyError(ProjectError):
    """Another stage is running in this project."""


class StorageError(ChatmillError):
    """A file or database cannot be read or written."""


class InputError(ChatmillError):
    """A file handed to us cannot be used as a whole."""


class UnreadableFileError(InputError):
    """The file is missing, empty, binary, or in an encoding nobody can tell."""


class UnknownFormatError(InputError):
    """No importer recognises the content."""


class LimitError(InputError):
    """A named limit was passed."""


class ImportProblemsError(InputError):
    """Several files of an import have problems; the others are imported.

    Args:
        problems: One error a file, in order.
        n_files: Files there were.
    """

    def __init__(self, problems: Sequence[ChatmillError], n_files: int) -> None:
        self.problems = tuple(problems)
        of_all = f" of {n_files}" if len(problems) <= n_files else ""  # an archive holds many
        self.summary = f"{len(problems)}{of_all} files have problems, the others are read"
        super().__init__(f"{self.summary}: {'; '.join(map(str, problems))}")


class ReviewFileError(ChatmillError):
    """An edited review file cannot be taken back."""


class ReviewConflictError(ChatmillError):
    """Somebody else decided about the example in the meantime."""


class ForbiddenError(ChatmillError):
    """Somebody asked for what their role does not allow."""


class TooManyTriesError(ChatmillError):
    """Somebody has to wait before they try to sign in again.

    Args:
        what: What happened.
        wait_seconds: How long to wait.
    """

    def __init__(self, what: str, *, wait_seconds: int) -> None:
        super().__init__(what)
        self.wait_seconds = wait_seconds


class DatasetError(ChatmillError):
    """A dataset cannot be built, or cannot be trained on."""


class TooFewExamplesError(DatasetError):
    """A training or validation file holds too few examples."""


class ModelError(ChatmillError):
    """A model, or the server that runs it."""


class ServerDownError(ModelError):
    """Nothing answers at the server's address."""


class ModelCallError(ModelError):
    """The server answered with an error."""


class SchemaError(ModelError):
    """A JSON schema that no answer can be made to follow."""


class SpendError(ModelError):
    """Money: the estimate was not confirmed, or the project's limit is reached."""


class ModelFetchError(ModelError):
    """A model file cannot be fetched, or is not the file it should be."""


class MissingExtraError(ModelError):
    """A dependency of an extra is not installed."""


class UntrustedProviderError(ModelError):
    """The provider may not be sent text."""


class TuningError(ChatmillError):
    """A fine-tuning job failed, was cancelled, or cannot be found."""


class MeasureError(ChatmillError):
    """A number that has no value, and why."""


class ShapeMismatchError(MeasureError):
    """Two arrays that belong together differ in shape."""


class ZeroVectorError(MeasureError):
    """A vector of zeros has no direction, so no angle exists."""
