"""Opens an extractor for a run in a project: with a model's server, or a folder of replies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatmill.errors import UsageError
from chatmill.extractors.asking import ClientAsker, FolderAsker
from chatmill.extractors.base import Extractor
from chatmill.extractors.llm import LlmExtractor, model_of
from chatmill.extractors.prompt import FOLDER, OF_SECTIONS, load_prompts
from chatmill.extractors.shots import draw_shots
from chatmill.extractors.table import load_extractor
from chatmill.models.client import ModelClient
from chatmill.models.progress import Progress
from chatmill.models.spending import Spending
from chatmill.project import Project


@contextmanager
def open_extractor(  # noqa: PLR0913 - what there is to choose
    project: Project,
    name: str | None = None,
    *,
    model: str = "",
    replies: Path | None = None,
    spending: Spending | None = None,
    progress: Progress | None = None,
) -> Iterator[Extractor]:
    """Open an extractor, and close what it needs.

    Args:
        project: Its settings, prompts, kept examples and stored replies are used.
        name: `llm` where a model or a folder is named, else `[extract] extractor`, when None.
        model: `MODEL` or `PROVIDER/MODEL` in place of `[extract] model`.
        replies: Folder of prompts and pasted replies in place of a server.
        spending: How calls may use stored replies and money.
        progress: Told how many calls are answered.

    Raises:
        UsageError: The extractor asks no model.
        SettingsError: There is no such extractor, model or provider.
        UntrustedProviderError: The provider may not be sent unmasked text.
    """
    asks = bool(model) or replies is not None
    chosen = name or (LlmExtractor.name if asks else project.settings.extract.extractor)
    if chosen != LlmExtractor.name:
        if asks:
            raise UsageError(
                f"the extractor {chosen} asks no model", fix="Leave --model out, or name llm"
            )
        yield load_extractor(chosen)
        return
    if replies is not None:
        yield llm_extractor(project, FolderAsker(replies))
        return
    provider, wanted = model_of(project.settings, model)
    with ModelClient.for_provider(
        provider, project.settings, progress=progress, spending=spending
    ) as client:
        asker = ClientAsker(client, wanted, project.database, progress)
        yield llm_extractor(project, asker)


def llm_extractor(
    project: Project, asker: ClientAsker | FolderAsker, prompts: Path | None = None
) -> LlmExtractor:
    """Make the extractor `llm` with a project's prompts and kept examples.

    Args:
        project: It reads `prompts/` of its folder.
        asker: Who answers.
        prompts: Folder of other prompts.
    """
    folder = prompts or project.folder / FOLDER
    return LlmExtractor(
        asker,
        load_prompts(folder),
        draw_shots(project),
        load_prompts(folder, kind=OF_SECTIONS),
    )
