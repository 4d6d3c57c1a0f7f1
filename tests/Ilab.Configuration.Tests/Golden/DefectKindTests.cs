using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;

namespace Ilab.Configuration.Tests.Golden;

/// <summary>One defect of each kind that people make, and what is said of it: the line, and words that help.</summary>
public sealed class DefectKindTests
{
    private const string Train = """
        model:
          model_name: "org/model-8b"
          model_max_length: 2048
          torch_dtype_str: "bfloat16"
          attn_implementation: "sdpa"
        data:
          train:
            datasets:
              - dataset_name: "org/records"
        training:
          trainer_type: "TRL_SFT"
          use_peft: true
          save_steps: 200
          num_train_epochs: 1
          per_device_train_batch_size: 2
          optimizer: "adamw_torch_fused"
          learning_rate: 3.0e-04
          warmup_steps: 100
          weight_decay: 0.01
          output_dir: "output/mine"
        peft:
          q_lora: true
          bnb_4bit_quant_type: "nf4"
          lora_r: 16
          lora_alpha: 32
          lora_target_modules:
            - "q_proj"
            - "k_proj"
        """;

    private const string Infer = """
        model:
          model_name: "org/model-8b"
          model_max_length: 2048
        generation:
          max_new_tokens: 2048
          temperature: 0.5
        remote_params:
          api_url: "http://127.0.0.1:6864/generate"
        engine: SGLANG
        """;

    private const string Eval = """
        model:
          model_name: "org/model-8b"
        tasks:
          - evaluation_backend: lm_harness
            task_name: arc_easy
          - evaluation_backend: lm_harness
            task_name: hellaswag
        output_dir: "out"
        """;

    private const string Job = """
        name: a-job
        resources:
          cloud: gcp
          accelerators: "A100:1"
          disk_size: 100
        envs:
          RUN_NAME: mine
        run: |
          set -e
          true
        """;

    private const string Judge = """
        judge_params:
          system_instruction: |
            You judge whether an answer is polite in {language}.
          prompt_template: |
            Here is the data, as {{"json": true}}:

            {request}
            ***
            {response} of {user}
          template_variables:
            language: "English"
          judgment_type: BOOL
        inference_config:
          model:
            model_name: "org/model-8b"
        """;

    /// <summary>The file, what is replaced by what, the rule and words of what is said, and a text at its line; empty = that of the change.</summary>
    public static TheoryData<string, string, string, string, string, string> Defects =>
        new()
        {
            // Nesting.
            { Train, "peft:\n", "  peft:\n", "unknown-key", "it belongs at the top of the file", "" },
            { Train, "training:\n", "  training:\n", "unknown-key", "it belongs at the top of the file", "" },
            { Train, "  train:\n    datasets:", "  datasets:", "unknown-key", "it belongs in the section data.train", "" },
            { Train, "      - dataset", "     dataset", "type", "put '- ' in front of its first key", "" },
            { Train, "  train:\n    datasets:\n      - dataset_name: \"org/records\"", "  train:", "missing", "add one with dataset_name", "  train:" },
            { Train, "    - \"q_proj\"\n", "    q_proj: true\n", "yaml:parser", "indent the line like its neighbours", "- \"k_proj\"" },
            { Train, "peft:\n  q_lora: true", "peft:\n  - q_lora: true", "yaml:parser", "indent the line like its neighbours", "bnb_4bit" },
            { Train, "  warmup_steps: 100", "  lora_dropout: 0.1", "unknown-key", "it belongs in the section peft", "" },
            { Infer, "generation:\n", "  generation:\n", "unknown-key", "it belongs at the top of the file", "" },
            { Infer, "generation:\n  max", "max", "yaml:scanner", "check the indentation", "temperature" },
            { Eval, "tasks:\n", "task_name: arc_easy\ntasks:\n", "unknown-key", "it belongs in the section tasks", "" },
            { Eval, "model:\n  model_name: \"org/model-8b\"", "model: \"org/model-8b\"", "type", "write its keys below it", "" },
            // Words with a fixed choice.
            { Train, "TRL_SFT", "TRL-SFT", "choice", "did you mean TRL_SFT?", "" },
            { Train, "TRL_SFT", "TRL_STF", "choice", "did you mean TRL_SFT?", "" },
            { Train, "\"bfloat16\"", "\"bf_16\"", "choice", "none of the known words", "" },
            { Train, "adamw_torch_fused", "adamw_torch_fussed", "choice", "did you mean adamw_torch_fused?", "" },
            { Train, "nf4", "nf5", "choice", "did you mean nf4?", "" },
            { Train, "\"sdpa\"", "\"flash-attention-2\"", "choice", "did you mean flash_attention_2?", "" },
            { Train, "  warmup_steps: 100", "  lr_scheduler_type: cosin", "choice", "did you mean cosine?", "" },
            { Train, "\"org/records\"", "\"org/records\"\n        split: trian", "choice", "did you mean train?", "trian" },
            { Infer, "SGLANG", "sglang", "choice", "did you mean SGLANG?", "" },
            { Eval, "lm_harness", "lm-harness", "choice", "did you mean lm_harness?", "" },
            // Units, and numbers as texts.
            { Train, "2048", "2k", "type", "write the number without k", "" },
            { Train, "2048", "2,048", "type", "write 2048", "" },
            { Train, "2048", "２０４８", "type", "write 2048", "" },
            { Train, "3.0e-04", "0.03%", "type", "write 0.0003", "" },
            { Train, "3.0e-04", "3.0e−04", "type", "write 3.0e-04", "" },
            { Train, "3.0e-04", "3.0e+04", "range", "far above what trains", "" },
            { Train, "0.01", "0,01", "type", "write 0.01", "" },
            { Train, "0.01", "10", "range", "at most 1", "" },
            { Train, "warmup_steps: 100", "warmup_ratio: 3", "range", "from 0 to 1", "" },
            { Train, "epochs: 1", "epochs: 0.5", "type", "where a whole number belongs", "" },
            { Train, "steps: 200", "steps: 200;", "type", "write 200", "" },
            { Train, "steps: 200", "steps: 2O0", "type", "where a whole number belongs", "" },
            { Train, "batch_size: 2", "batch_size: auto", "type", "where a whole number belongs", "" },
            { Train, "lora_r: 16", "lora_r: \"16\"", "spelling", "without quotes", "" },
            { Train, "lora_r: 16", "lora_r: sixteen", "type", "where a whole number belongs", "" },
            { Train, "steps: 200", "steps: 99999999999999999999999999999999999999999999", "yaml:constructor", "no number that can be held", "" },
            { Train, "use_peft: true", "use_peft: ja", "type", "write true or false", "" },
            { Train, "use_peft: true", "use_peft: 2", "spelling", "write true", "" },
            { Infer, "temperature: 0.5", "temperature: 70", "range", "at most 2", "" },
            { Infer, "tokens: 2048", "tokens: 2048.5", "type", "where a whole number belongs", "" },
            { Job, "disk_size: 100", "disk_size: 100GB", "type", "write the number without GB", "" },
            // Twice.
            { Train, "data:\n", "model:\n  model_name: b\ndata:\n", "duplicate-key", "first on line 1", "model:\n  model_name: b" },
            { Train, "  lora_r: 16", "  lora_r: 16\n  Lora_r: 8", "unknown-key", "did you mean lora_r?", "Lora_r" },
            { Train, "k_proj", "q_proj", "duplicate", "stands in the list twice", "" },
            {
                Train,
                "\"org/records\"",
                "\"org/records\"\n      - dataset_name: \"org/records\"",
                "duplicate",
                "the same as [0]",
                "- dataset_name: \"org/records\"\ntr"
            },
            { Eval, "hellaswag", "arc_easy", "duplicate", "the same as [0]", "- evaluation_backend: lm_harness\n    task_name: arc_easy\noutput" },
            // Anchors, merges, tags and documents.
            { Train, "alpha: 32", "alpha: *r", "yaml:composer", "there is no &r before it", "" },
            { Train, "lora_r: 16\n  lora_alpha: 32", "lora_r: &r 16\n  lora_alpha: &r 32", "yaml:composer", "defined twice", "lora_alpha" },
            { Train, "peft:\n", "peft:\n  <<: 3\n", "merge", "<< takes a mapping", "<<" },
            { Train, "peft:\n", "peft:\n  <<: *base\n", "yaml:composer", "there is no &base before it", "<<" },
            { Train, "\"output/mine\"", "!!python/object/apply:os.system [\"id\"]", "yaml:constructor", "is not allowed here", "" },
            { Train, "lora_r: 16", "lora_r: !num 16", "yaml:constructor", "is not allowed here", "" },
            { Train, "peft:\n", "---\npeft:\n", "yaml:composer", "a second document begins here", "" },
            { Train, "  lora_r: 16", "<<<<<<< HEAD\n  lora_r: 16\n=======\n  lora_r: 8\n>>>>>>> b", "yaml:scanner", "a merge conflict", "" },
            // Characters.
            { Train, "  lora_alpha", "\tlora_alpha", "yaml:scanner", "a tab is used for indentation", "" },
            { Train, "  lora_alpha", "\u00a0\u00a0lora_alpha", "yaml:scanner", "the character U+00A0", "" },
            { Train, "lora_alpha: 32", "lora_alpha: 32\0", "yaml:reader", "U+0000", "" },
            { Train, "output/mine", "output/\u001b[31m", "yaml:reader", "U+001B", "" },
            { Train, "lora_alpha", "lora\u200b_alpha", "unknown-key", "the character U+200B", "" },
            { Train, "lora_alpha", "l\u043era_alpha", "unknown-key", "the character U+043E", "" },
            { Train, "peft:\n", "\ufeffpeft:\n", "unknown-key", "the character U+FEFF", "" },
            { Train, "lora_alpha: 32\n", "lora_alpha: 32\r", "line-ends", "a carriage return alone", "lora_alpha" },
            { Train, "lora_alpha: 32\n", "lora_alpha: 32\r\n", "line-ends", "some lines end as on Windows", "lora_alpha" },
            { Train, "alpha: 32", "alpha:32", "yaml:scanner", "write lora_alpha: 32", "" },
            { Train, "alpha: 32", "alpha = 32", "yaml:scanner", "write key: value", "" },
            { Train, "\"output/mine\"", "%mine", "yaml:scanner", "put the text in quotes", "" },
            { Train, "\"output/mine\"", "\"C:\\output\"", "yaml:scanner", "write \\\\ for a backslash", "" },
            { Train, "\"output/mine\"", "#mine", "null", "then the default \"output\" is used", "" },
            { Train, "  lora_r: 16", "  lora_exclude_modules: [\"a\", \"b\"\n  lora_r: 16", "yaml:parser", "has no end", "" },
            { Train, "  lora_r: 16", "  // rank\n  lora_r: 16", "yaml:scanner", "a line without a key and a colon", "" },
            { Job, "name: a-job", "name: a: job", "yaml:scanner", "put the text in quotes", "" },
            // Options that do not go together, and dangerous values.
            { Train, "use_peft: true", "use_peft: false", "conflict", "training.use_peft is not true", "q_lora" },
            { Train, "  warmup_steps: 100", "  max_steps: 10", "conflict", "max_steps is set as well", "num_train_epochs" },
            { Train, "  warmup_steps: 100", "  mixed_precision_dtype: FP16", "conflict", "FP16 needs", "" },
            { Train, "  warmup_steps: 100", "  adam_beta1: 0.999\n  adam_beta2: 0.9", "range", "larger than adam_beta2", "" },
            { Train, "alpha: 32", "alpha: 32000", "range", "adapters are scaled by 2000", "" },
            { Train, "alpha: 32", "alpha: 0", "range", "more than 0", "" },
            { Train, "lora_r: 16", "lora_r: 16384", "range", "at most 4096", "" },
            { Train, "2048", "-1", "range", "at least 1", "" },
            { Train, "2048", "1", "range", "hardly a record", "" },
            { Train, "output/mine", "/", "path", "belongs to the system", "" },
            { Train, "output/mine", new string('o', 5000), "path", "more than a path can have", "" },
            { Train, "output/mine", "/etc/mine", "path", "belongs to the system", "" },
            { Train, "output/mine", "output/$RUN", "interpolation", "$RUN stays as it is", "" },
            { Train, "output/mine\"", "output/mine\"\n  run_name: hf_" + new string('a', 34), "secret", "looks like a key", "run_name" },
            { Train, "\"org/model-8b\"", "https://huggingface.co/org/model-8b", "spelling", "write org/model-8b", "" },
            { Train, "\"org/model-8b\"", "<your-model>", "spelling", "is not the name of a model", "" },
            { Train, "\"org/model-8b\"", "org\\model-8b", "spelling", "paths are divided by /", "" },
            { Infer, "max_new_tokens: 2048", "max_new_tokens: 4096", "conflict", "no answer becomes so long", "" },
            { Infer, "http:", "htp:", "choice", "it begins with http:// or https://", "" },
            { Infer, "temperature: 0.5", "top_p: 1.5", "range", "from 0 to 1", "" },
            { Infer, "  api_url", "  api_key: abc\n  api_url", "secret", "a secret in a file", "" },
            { Eval, "task_name: arc_easy", "task_name: arc_easy\n    num_samples: -5", "range", "at least 1", "num_samples" },
            { Job, "RUN_NAME: mine", "TOKEN: sk-" + new string('b', 24), "secret", "looks like a key", "" },
            { Job, "A100:1", "A100 x 1", "spelling", "names no device and number", "" },
            { Job, "  true", "  rm -rf /", "path", "everything below /", "" },
            { Job, "  true", "  echo 'rm -rf /'; sudo rm -f --recursive \"/\"* # all", "path", "everything below /*", "" },
            { Job, "  true", "  cd x && /bin/rm -fr \\\n    ~/", "path", "everything below ~/", "" },
            { Job, "  true", "  rm -r \"$HOME\"", "path", "everything below $HOME", "" },
            { Job, "  true", "  find / -name '*.pt' -delete", "path", "everything below /", "" },
            { Job, "run: |", "setup: |\n  pip install it\n  chmod -R 777 /usr/\nrun: |", "path", "changes everything below /usr/", "  chmod" },
            { Job, "  true", "  dd if=image of=/dev/sda", "path", "overwrites a disk", "" },
            { Job, "  true", "  mkfs.ext4 /dev/nvme0n1", "path", "overwrites a disk", "" },
            { Job, "run: |\n  set -e\n  true", "run: rm -rf /", "path", "everything below /", "" },
            // Prompts of judges.
            { Judge, "{response}", "{respnse}", "spelling", "did you mean {response}?", "" },
            { Judge, "{request}", "{Request}", "spelling", "did you mean {request}?", "" },
            { Judge, "{response}", "{response", "interpolation", "a { that nothing closes", "" },
            { Judge, "{request}", "{request", "interpolation", "a { that nothing closes", "" },
            { Judge, "{request}", "request}", "interpolation", "a } that nothing opens", "" },
            { Judge, "{{\"json\": true}}", "{\"json\": true}", "interpolation", "{\"json\"} is taken for a field", "" },
            { Judge, "{request}", "{}", "interpolation", "write {{ and }}", "" },
            { Judge, "language: ", "langage: ", "conflict", "contains {langage}", "" },
            {
                Judge,
                "  judgment_type",
                "  examples:\n    - {request: a, response: b, usr: c, judgment: \"Yes\"}\n  judgment_type",
                "spelling",
                "no example has a user",
                "{user}"
            },
        };

    /// <summary>What is meant as it is written: none of it is a warning.</summary>
    [Theory]
    [InlineData(Job, "  true", "  rm -rf /tmp/mine /var/lib/apt/lists/* ./out ~/old $HOME/x \"$OUT\"/*")]
    [InlineData(Job, "  true", "  rm -f / # without the folders of it\n  echo rm -rf / >/dev/null 2>&1")]
    [InlineData(Job, "  true", "  find /etc -perm -4; chmod +x /usr/bin/x; dd if=/dev/sda of=image; cat <<A\n  don't\n  A\n  ls -R /")]
    [InlineData(Judge, "{response}", "{responses} {response_a} {answer2} {score:.{digits}f} {record.title!r} {text[0]}")]
    [InlineData(Judge, "{user}", "{user_request}")]
    [InlineData(Judge, "{user}", "{{}}")]
    public void WhatIsMeantIsNoDefect(string file, string text, string other) =>
        Assert.DoesNotContain(
            Problems(file.Replace(text, other, StringComparison.Ordinal)),
            static problem => problem.Level != ProblemLevel.Note && problem.Rule is "path" or "spelling" or "interpolation" or "conflict"
        );

    [Theory]
    [MemberData(nameof(Defects))]
    public void ADefectIsSaidAtItsLine(string file, string text, string damage, string rule, string words, string at)
    {
        Assert.DoesNotContain(Problems(file), static problem => problem.Level == ProblemLevel.Error);
        var place = file.IndexOf(text, StringComparison.Ordinal);
        var damaged = file[..place] + damage + file[(place + text.Length)..];
        var found = damaged.IndexOf(at, StringComparison.Ordinal);
        var index = at.Length > 0 ? found : Enumerable.Range(0, damaged.Length).First(index => index == file.Length || file[index] != damaged[index]);
        Assert.True(index >= 0, at);
        var line = damaged.AsSpan(0, index).Count('\n') + 1;
        Assert.Contains(Problems(damaged), problem => problem.Line == line && problem.Rule == rule && $"{problem.Message}; {problem.Fix}".Contains(words));
        Assert.DoesNotContain(Problems(file), problem => problem.Rule == rule && problem.Line == line && problem.Level != ProblemLevel.Note);
    }

    [Fact]
    public void ThereAreManyKinds() => Assert.True(Defects.Count >= 90, $"{Defects.Count}");

    private static IReadOnlyList<ConfigProblem> Problems(string text) => ConfigReader.ReadText(text, "x.yaml", lint: true).Problems;
}
