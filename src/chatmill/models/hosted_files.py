"""Files that a server still holds of us: which a job or a batch was given, and deleting them."""

from pydantic import BaseModel, ConfigDict

from chatmill.models.connection import Connection, RefusedCallError

NOT_FOUND = 404
ENDED = ("completed", "failed", "expired", "cancelled", "cancelling")


class JobFilesBody(BaseModel):
    """What a job was given."""

    model_config = ConfigDict(extra="ignore")

    training_file: str | None = None
    validation_file: str | None = None


class BatchFilesBody(BaseModel):
    """What a batch was given, and what came of it."""

    model_config = ConfigDict(extra="ignore")

    status: str = ""
    input_file_id: str | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None


class DeletedBody(BaseModel):
    """A server's word that something is gone."""

    model_config = ConfigDict(extra="ignore")

    deleted: bool = True


async def files_of_job(connection: Connection, job_id: str) -> list[str]:
    """Return the ids of the files a job was trained on; none where the server has lost the job.

    Raises:
        ModelError: The server refused, or nothing answers.
    """
    retrieve = connection.sdk.fine_tuning.jobs.with_raw_response.retrieve
    try:
        body = await connection.call(lambda: retrieve(job_id), JobFilesBody)
    except RefusedCallError as error:
        if error.status == NOT_FOUND:
            return []
        raise
    return [each for each in (body.training_file, body.validation_file) if each]


async def files_of_batch(connection: Connection, batch_id: str) -> list[str]:
    """Stop a batch that is under way, and return the ids of its files.

    Raises:
        ModelError: The server refused, or nothing answers.
    """
    batches = connection.sdk.batches.with_raw_response
    try:
        body = await connection.call(lambda: batches.retrieve(batch_id), BatchFilesBody)
        if body.status not in ENDED:
            await connection.call(lambda: batches.cancel(batch_id), BatchFilesBody)
    except RefusedCallError as error:
        if error.status == NOT_FOUND:
            return []
        raise
    return [each for each in (body.input_file_id, body.output_file_id, body.error_file_id) if each]


async def delete_hosted_model(connection: Connection, name: str) -> None:
    """Delete a tuned model; one that is gone already is no error.

    Raises:
        ModelError: The server refused, or nothing answers.
    """
    delete = connection.sdk.models.with_raw_response.delete
    try:
        await connection.call(lambda: delete(name), DeletedBody)
    except RefusedCallError as error:
        if error.status != NOT_FOUND:
            raise


async def delete_hosted_file(connection: Connection, file_id: str) -> None:
    """Delete a file; one that is gone already is no error.

    Raises:
        ModelError: The server refused, or nothing answers.
    """
    delete = connection.sdk.files.with_raw_response.delete
    try:
        await connection.call(lambda: delete(file_id), DeletedBody)
    except RefusedCallError as error:
        if error.status != NOT_FOUND:
            raise
