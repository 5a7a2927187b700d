// Drives the server with the official Node SDK, unchanged but for its address and key. One line a
// step goes to standard output; the first thing that is not as OpenAI documents it ends the program.
import assert from "node:assert/strict";
import { createReadStream, readFileSync } from "node:fs";
import OpenAI, { toFile } from "openai";

const [base, trainingPath, embedder] = process.argv.slice(2);
const client = new OpenAI({ maxRetries: 0, timeout: 120_000 }); // OPENAI_BASE_URL, OPENAI_API_KEY
const question = [{ role: "user", content: "소켓이 몇 개인가요?" }];

async function refused(call, status, param) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof OpenAI.APIError, String(error));
    assert.equal(error.status, status);
    if (param !== undefined) assert.equal(error.param, param);
    assert.ok(error.requestID?.startsWith("req_"));
    return true;
  });
}

async function collect(pages) {
  const found = [];
  for await (const each of pages) found.push(each);
  return found;
}

const steps = {
  async models() {
    const names = (await collect(client.models.list())).map((model) => model.id);
    assert.ok(names.includes(embedder));
    const model = await client.models.retrieve(embedder);
    assert.equal(model.object, "model");
    assert.equal(model.shutdown_date, null);
    await refused(() => client.models.retrieve("gpt-9"), 404, "model");
  },

  async files() {
    const file = await client.files.create({
      file: createReadStream(trainingPath),
      purpose: "fine-tune",
      expires_after: { anchor: "created_at", seconds: 3600 },
    });
    assert.equal(file.expires_at, file.created_at + 3600);
    assert.equal((await client.files.retrieve(file.id)).bytes, file.bytes);
    assert.equal(await (await client.files.content(file.id)).text(), readFileSync(trainingPath, "utf8"));
    const other = await client.files.create({
      file: await toFile(Buffer.from("{}"), "다른.jsonl"),
      purpose: "user_data",
    });
    assert.equal(other.filename, "다른.jsonl");
    const listed = await collect(client.files.list({ limit: 1, order: "asc" }));
    assert.deepEqual(listed.map((each) => each.id), [file.id, other.id]);
    assert.equal((await client.files.delete(other.id)).deleted, true);
    await refused(() => client.files.retrieve(other.id), 404);
    const bad = { file: await toFile(Buffer.from("x"), "x.png"), purpose: "vision" };
    await refused(() => client.files.create(bad), 400, "purpose");
    steps.trainingFile = file.id;
  },

  async jobs() {
    const jobs = client.fineTuning.jobs;
    const options = {
      model: base,
      training_file: steps.trainingFile,
      suffix: "node",
      seed: 5,
      metadata: { sdk: "node" },
      method: {
        type: "supervised",
        supervised: { hyperparameters: { n_epochs: 2, batch_size: 6, learning_rate_multiplier: 1 } },
      },
    };
    const paused = await jobs.create({ ...options, metadata: { sdk: "paused" } });
    let job = await jobs.create(options);
    assert.equal((await jobs.cancel(paused.id)).status, "cancelled");
    await refused(() => jobs.resume(paused.id), 400);
    while (!["succeeded", "failed", "cancelled"].includes(job.status)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      job = await jobs.retrieve(job.id);
    }
    assert.equal(job.status, "succeeded", JSON.stringify(job.error));
    assert.equal(job.error, null);
    assert.equal(job.method.supervised.hyperparameters.n_epochs, 2);
    assert.ok(job.trained_tokens > 0 && job.finished_at >= job.created_at);
    const mine = await collect(jobs.list({ limit: 1, metadata: { sdk: "node" } }));
    assert.deepEqual(mine.map((each) => each.id), [job.id]);
    const events = await collect(jobs.listEvents(job.id, { limit: 2 }));
    const metrics = events.filter((event) => event.type === "metrics").map((event) => event.data.step);
    assert.deepEqual(metrics, [4, 3, 2, 1]);
    const checkpoints = await collect(jobs.checkpoints.list(job.id, { limit: 1 }));
    assert.deepEqual(checkpoints.map((each) => each.step_number), [4, 2]);
    const table = await (await client.files.content(job.result_files[0])).text();
    assert.match(table, /^step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,/);
    await refused(() => jobs.create({ ...options, suffix: "x".repeat(65) }), 400, "suffix");
    await refused(() => jobs.retrieve("ftjob-none"), 404);
    steps.tuned = job.fine_tuned_model;
    steps.checkpoint = checkpoints[1].fine_tuned_model_checkpoint;
  },

  async chat() {
    const chat = client.chat.completions;
    const asked = { messages: question, temperature: 0, max_tokens: 8 };
    for (const model of [base, steps.tuned, steps.checkpoint]) {
      const answer = await chat.create({ model, ...asked, logprobs: true, top_logprobs: 2 });
      assert.equal(answer.model, model);
      assert.equal(answer.choices[0].logprobs.content[0].top_logprobs.length, 2);
    }
    const whole = await chat.create({ model: steps.tuned, ...asked, n: 2, stop: ["\n"] });
    assert.equal(whole.choices.length, 2);
    const stream = await chat.create({
      model: steps.tuned,
      ...asked,
      stop: ["\n"],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await collect(stream);
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    assert.equal(text, whole.choices[0].message.content);
    assert.ok(chunks.at(-1).usage.total_tokens > 0);
    const schema = {
      type: "object",
      properties: { sockets: { type: "integer", minimum: 1, maximum: 8 } },
      required: ["sockets"],
      additionalProperties: false,
    };
    const told = await chat.create({
      model: steps.tuned,
      messages: question,
      max_tokens: 40,
      seed: 1,
      response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } },
    });
    const { sockets } = JSON.parse(told.choices[0].message.content);
    assert.ok(sockets >= 1 && sockets <= 8);
    const tools = [{ type: "function", function: { name: "f" } }];
    await refused(() => chat.create({ model: base, ...asked, tools }), 400, "tools");
  },

  async embeddings() {
    // Without encoding_format the SDK asks for base64 and decodes it itself.
    const whole = await client.embeddings.create({ model: embedder, input: ["소켓", "socket"] });
    const floats = await client.embeddings.create({
      model: embedder,
      input: ["소켓", "socket"],
      encoding_format: "float",
    });
    assert.equal(whole.data[1].embedding.length, 512);
    assert.ok(Math.abs(whole.data[0].embedding[3] - floats.data[0].embedding[3]) < 1e-4);
    const short = await client.embeddings.create({ model: embedder, input: "소켓", dimensions: 16 });
    assert.equal(short.data[0].embedding.length, 16);
  },

  async refusals() {
    await refused(() => client.responses.create({ model: base, input: "a" }), 501);
    await refused(() => client.batches.list(), 501);
    await refused(() => client.uploads.create({ bytes: 1, filename: "a", mime_type: "b", purpose: "fine-tune" }), 501);
    await refused(() => client.moderations.create({ input: "a" }), 501);
    const stranger = new OpenAI({ apiKey: "guess", maxRetries: 0 });
    await refused(() => stranger.models.list(), 401);
    assert.equal((await client.models.delete(steps.tuned)).deleted, true);
    await refused(() => client.models.retrieve(steps.tuned), 404, "model");
  },
};

for (const name of ["models", "files", "jobs", "chat", "embeddings", "refusals"]) {
  await steps[name]();
  console.log(name);
}
