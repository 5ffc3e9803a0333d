#include "tools/settings/command_line.h"

#include <nlohmann/json.hpp>

#include "tests/support/expect_error.h"
#include "tests/tools/settings/support.h"
#include "tools/commands/evaluate.h"
#include "tools/settings/setting_table.h"

namespace fno::settings {
namespace {

using test::throws_error;

std::string line_of(const Words& words) {
  return error_of([&] { (void)test::run_words(words); });
}

struct Bad {
  const char* words;  ///< split at spaces; '' stands for an empty argument
  const char* line;
};

Words words_of(const char* text) {
  Words words = split(text);
  for (std::string& word : words)
    if (word == "''") word.clear();
  return words;
}

constexpr const char* kNeeds = "train --task operator --architecture fno_operator --data d --output-dir r ";

TEST(CommandLine, BadTrainingFlagsEachGiveOneLineAndCodeTwo) {
  const Bad cases[] = {
      {"--lerning-rate 1", "fno train: unknown flag --lerning-rate; did you mean --learning-rate?"},
      {"--torch-lerning-rate 1", "fno train: unknown flag --torch-lerning-rate; did you mean --learning-rate?"},
      {"--torch-data x", "fno train: unknown flag --torch-data; did you mean --data?"},
      {"--bogus 3", "fno train: unknown flag --bogus; did you mean --loss?"},
      {"--set optim.zebra=5", "--set optim.zebra: unknown key; did you mean optim.beta1?"},
      {"--froce", "fno train: unknown flag --froce; did you mean --force?"},
      {"-x", "fno train: found -x where a flag belongs, accepted: --flag value"},
      {"extra", "fno train: found extra where a flag belongs, accepted: --flag value"},
      {"''", "fno train: found an empty text where a flag belongs, accepted: --flag value"},
      {"--quiet true", "fno train: found true where a flag belongs, accepted: --flag value"},
      {"--quiet=maybe", "--quiet: found maybe, accepted: true, false"},
      {"--epochs", "--epochs: found no value, accepted: an integer from 1 to 10000000"},
      {"--epochs --quiet", "--epochs: found no value, accepted: an integer from 1 to 10000000"},
      {"--epochs=", "--epochs: found an empty text, accepted: an integer from 1 to 10000000"},
      {"--epochs 0", "--epochs: found 0, accepted: an integer from 1 to 10000000"},
      {"--torch-nepochs -3", "--torch-nepochs: found -3, accepted: an integer from 1 to 10000000"},
      {"--epochs 1e1", "--epochs: found 1e1, accepted: an integer from 1 to 10000000"},
      {"--epochs 99999999999999999999",
       "--epochs: found 99999999999999999999, accepted: an integer from 1 to 10000000"},
      {"--epochs 5 --epochs 6", "--epochs: found 6 after --epochs 5, accepted: the setting once"},
      {"--epochs 5 --nepochs 6", "--nepochs: found 6 after --epochs 5, accepted: the setting once"},
      {"--batch-size 5 --torch-batch-size 6",
       "--torch-batch-size: found 6 after --batch-size 5, accepted: the setting once"},
      {"--batch-size 0", "--batch-size: found 0, accepted: an integer from 1 to 10000000"},
      {"--learning-rate 1e-3x", "--learning-rate: found 1e-3x, accepted: a number above 0 and at most 1e+38"},
      {"--learning-rate nan", "--learning-rate: found nan, accepted: a number above 0 and at most 1e+38"},
      {"--learning-rate 1e999", "--learning-rate: found 1e999, accepted: a number above 0 and at most 1e+38"},
      {"--learning-rate 1e39", "--learning-rate: found 1e39, accepted: a number above 0 and at most 1e+38"},
      {"--learning-rate -1", "--learning-rate: found -1, accepted: a number above 0 and at most 1e+38"},
      {"--learning-rate 0", "--learning-rate: found 0, accepted: a number above 0 and at most 1e+38"},
      {"--optimizer adma", "--optimizer: found adma, accepted: adam, adamw, sgd; did you mean adam?"},
      {"--optimizer lion", "--optimizer: found lion, accepted: adam, adamw, sgd"},
      {"--scheduler warmupcosine",
       "--scheduler: found warmupcosine, accepted: Default, Exponential, WarmupCosine, ReduceLROnPlateau; did you "
       "mean WarmupCosine?"},
      {"--momentum 1", "--momentum: found 1, accepted: a number at least 0 and below 1"},
      {"--beta2 1.0", "--beta2: found 1.0, accepted: a number at least 0 and below 1"},
      {"--lr-min-ratio 1.5", "--lr-min-ratio: found 1.5, accepted: a number at least 0 and at most 1"},
      {"--lr-warmup-epochs 50",
       "--lr-warmup-epochs: found 50 warm-up epochs in a run of 50, accepted: fewer than the epochs of the run"},
      {"--grad-clip -1", "--grad-clip: found -1, accepted: a number at least 0 and at most 1e+38"},
      {"--validation-fraction 1", "--validation-fraction: found 1, accepted: a number at least 0 and below 1"},
      {"--scheduler ReduceLROnPlateau --validation-fraction 0",
       "--validation-fraction: found 0, accepted with ReduceLROnPlateau, which watches val_loss: a number above 0 and "
       "below 1"},
      {"--threads 0", "--threads: found 0, accepted: an integer from 1 to 4096"},
      {"--seed -1", "--seed: found -1, accepted: an integer from 0 to 9007199254740991"},
      {"--seed 9007199254740992", "--seed: found 9007199254740992, accepted: an integer from 0 to 9007199254740991"},
      {"--fno-width 65537", "--fno-width: found 65537, accepted: an integer from 1 to 65536"},
      {"--fno-modes 0",
       "--fno-modes: found 0, accepted: an integer from 1 to 65536, or one for each axis, such as 8,8,2"},
      {"--fno-blocks 0", "--fno-blocks: found 0, accepted: an integer from 1 to 1024"},
      {"--device gpu", "--device: found gpu, accepted: auto, cpu, cuda, cuda:N, cuda-emulated"},
      {"--probe-gain fixed:16", "--probe-gain belongs to --task ptychography"},
      {"--torch-output-mode real_imag", "--torch-output-mode belongs to --task ptychography"},
      {"--no-gate", "--no-gate belongs to --task ptychography"},
      {"--profile-steps 0", "--profile-steps: found 0, accepted: an integer from 1 to 10000"},
      {"--loss poisson",
       "--loss: found poisson, which belongs to --task ptychography, accepted here: relative_l2, h1, mae"},
      {"--precision tf32",
       "--precision: found tf32, which is offered by no device here, accepted here: strict, default"},
      {"--set optim.epochs", "--set: found optim.epochs, accepted: section.key=value"},
      {"--set optim.epoch=5", "--set optim.epoch: unknown key; did you mean optim.epochs?"},
      {"--set epochs=5", "--set epochs: unknown key; did you mean optim.epochs?"},
      {"--set optim.epochs=x", "--set optim.epochs: found x, accepted: an integer from 1 to 10000000"},
      {"--set optim.epochs=1 --set optim.epochs=2", "--set optim.epochs: found twice, accepted: each key once"},
      {"--set run.data=", "--set run.data: found an empty text, accepted: a path, not empty, in UTF-8"},
      {"--config /nowhere/x.toml", "--config: found /nowhere/x.toml, which cannot be read, accepted: a TOML file"},
      {"--test-data=", "--test-data: found an empty text, accepted: a path, not empty, in UTF-8"},
  };
  for (const Bad& bad : cases) {
    Words words = split(kNeeds);
    for (std::string& word : words_of(bad.words)) words.push_back(std::move(word));
    EXPECT_EQ(line_of(words), bad.line);
  }
}

TEST(CommandLine, BadCommandsEachGiveOneLineAndCodeTwo) {
  const std::string commands =
      "accepted here: train, evaluate, predict, export, simulate, inspect, convert, compare, study, report, plan, "
      "verify, diff, devices, help, --help, --version";
  EXPECT_EQ(line_of({}), "fno: found nothing where a command belongs, " + commands);
  EXPECT_EQ(line_of({"trian"}), "fno: found trian where a command belongs, " + commands + "; did you mean train?");
  EXPECT_EQ(line_of({"dfif"}), "fno: found dfif where a command belongs, " + commands + "; did you mean diff?");
  EXPECT_EQ(line_of({"--threads", "2"}), "fno: found --threads where a command belongs, " + commands);
  EXPECT_EQ(line_of({"help", "trian"}),
            "fno: found trian where a command belongs, " + commands + "; did you mean train?");
  const Bad cases[] = {
      {"simulate",
       "fno simulate: found nothing where the kind of data belongs, accepted here: darcy, burgers, navier-stokes, "
       "grid-lines, --help, --version"},
      {"simulate dracy",
       "fno simulate: found dracy where the kind of data belongs, accepted here: darcy, burgers, navier-stokes, "
       "grid-lines, --help, --version; did you mean darcy?"},
      {"train", "--task: found nothing, accepted here: operator, ptychography"},
      {"train --task ptychography",
       "--architecture: found nothing, accepted: hybrid, stable_hybrid, fno, fno_vanilla, ffno, hybrid_resnet, cnn"},
      {"train --task ptychography --architecture fno_operator",
       "--architecture: found fno_operator, which belongs to --task operator, accepted here: hybrid, stable_hybrid, "
       "fno, fno_vanilla, ffno, hybrid_resnet, cnn"},
      {"train --task operater", "--task: found operater, accepted: operator, ptychography; did you mean operator?"},
      {"train --task operator", "--architecture: found nothing, accepted: fno_operator, stable_fno"},
      {"train --task operator --architecture hybrid",
       "--architecture: found hybrid, which belongs to --task ptychography, accepted here: fno_operator, stable_fno"},
      {"train --task operator --architecture stable_fnoo",
       "--architecture: found stable_fnoo, accepted: fno_operator, stable_fno; did you mean stable_fno?"},
      {"train --task operator --architecture stable_fno",
       "--data: found nothing, accepted: a path, not empty, in UTF-8"},
      {"train --task operator --architecture stable_fno --data d",
       "--output-dir: found nothing, accepted: a path, not empty, in UTF-8"},
      {"train --task operator --architecture stable_fno --data d --output-dir ''",
       "--output-dir: found an empty text, accepted: a path, not empty, in UTF-8"},
      {"evaluate --run r", "--data: found nothing, accepted: a path, not empty, in UTF-8"},
      {"evaluate --run r --data d --weights lst", "--weights: found lst, accepted: last, best; did you mean last?"},
      {"evaluate --run r --data d --wieghts best", "fno evaluate: unknown flag --wieghts; did you mean --weights?"},
      {"inspect", "PATH: found nothing, accepted: a path, not empty, in UTF-8"},
      {"inspect a b", "fno inspect: found b where a flag belongs, accepted: one PATH and --flag value"},
      {"devices all", "fno devices: found all where a flag belongs, accepted: --flag value"},
      {"simulate darcy --output o --samples 2", "--grid: found nothing, accepted: an integer from 2 to 16384"},
      {"simulate darcy --output o --samples 2 --grid 32 --contrast 12,3",
       "--contrast: found 12,3, accepted: LO,HI with 0 < LO <= HI <= 1e+38"},
      {"simulate darcy --output o --samples 2 --grid 32 --stride 3",
       "--stride: found 3, accepted: a divisor of --grid 32"},
      {"simulate darcy --output o --samples 2 --grid 32 --config x",
       "fno simulate darcy: unknown flag --config; did you mean --contrast?"},
      {"simulate burgers --output o.npz --samples 2 --grid 30 --stride 4",
       "--stride: found 4, accepted: a divisor of --grid 30 that leaves at least 2 points"},
      {"simulate burgers --output o.txt --samples 2 --grid 32",
       "--output: found 'o.txt', accepted: a name that ends in .npz, .h5 or .hdf5"},
      {"simulate navier-stokes --output o --samples 2 --grid 32 --viscosity 1e-3 --time 5",
       "--steps: found nothing, accepted: an integer from 1 to 1048576"},
      {"simulate navier-stokes --output o --samples 2 --grid 32 --viscosity 1e-3 --time 5 --steps 5 --history 5",
       "--history: found 5, accepted: 0 to 4, fewer than --steps"},
  };
  for (const Bad& bad : cases) EXPECT_EQ(line_of(words_of(bad.words)), bad.line);
}

// What a command prints when these words are run in this process.
std::string output_of(const std::string& words) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(test::run_words(split(words)), 0) << words;
  return testing::internal::GetCapturedStdout();
}

TEST(CommandLine, ReadsTheOtherCommands) {
  const std::string file = testing::TempDir() + "fno_darcy_" + std::to_string(::getpid()) + ".npz";
  const auto darcy =
      nlohmann::json::parse(output_of("simulate darcy --output " + file +
                                      " --samples=2 --grid 16 --contrast 2,9 --stride 2 --seed 3 --threads 1 --json"));
  std::filesystem::remove(file);
  EXPECT_EQ(darcy["file"], file);
  EXPECT_EQ(darcy["samples"], 2);
  EXPECT_EQ(darcy["grid"], 16);
  EXPECT_EQ(darcy["contrast"], (Interval{2, 9}));
  EXPECT_EQ(darcy["stride"], 2);
  EXPECT_EQ(darcy["seed"], 3);

  Call call = test::call_of(
      split("evaluate --run r --data d.npz --weights best --output m.json --device cuda:1 --json --verbose"));
  const EvaluateOptions evaluate = options_of(call, evaluate_rows());
  EXPECT_EQ(evaluate.run, "r");
  EXPECT_EQ(evaluate.data, "d.npz");
  EXPECT_EQ(evaluate.weights, training::Weights::best);
  EXPECT_EQ(evaluate.output, "m.json");
  EXPECT_EQ(evaluate.device, "cuda:1");
  EXPECT_TRUE(evaluate.json);
  EXPECT_FALSE(evaluate.quiet);
  EXPECT_FALSE(evaluate.threads.has_value());
  EXPECT_TRUE(call.verbose);

  EXPECT_TRUE(throws_error(ErrorKind::data, "r/model.safetensors: no such file or run",
                           [] { (void)test::run_words(split("inspect --verbose r/model.safetensors")); }));
  EXPECT_EQ(nlohmann::json::parse(output_of("devices --json"))[0]["device"], "cpu");
}

TEST(CommandLine, CommonFlagsStandOnEveryCommand) {
  for (const char* command : {"simulate darcy --output o --samples 1 --grid 8", "evaluate --run r --data d",
                              "inspect p", "devices", kNeeds}) {
    const Call call =
        test::call_of(split(std::string(command) + " --device cpu --threads 3 --seed 5 --quiet --json --verbose"));
    const std::string prefix = command == kNeeds ? "run." : "";
    const CommonOptions common = read_options(common_rows<CommonOptions>(prefix), call.given);
    EXPECT_EQ(common.device, "cpu") << command;
    EXPECT_EQ(common.threads, 3) << command;
    EXPECT_EQ(common.seed, 5) << command;
    EXPECT_TRUE(common.quiet && common.json && common.verbose) << command;
  }
}

std::string help(const std::string& words) {
  const Asked asked = read_command_line(split(words));
  EXPECT_EQ(asked.command, nullptr) << words;
  return asked.text;
}

TEST(CommandLine, VersionIsAskedForAtBothLevels) {
  for (const char* words : {"--version", "train --version", "simulate --version", "simulate darcy --version",
                            "evaluate --version", "inspect --version", "devices --version"})
    EXPECT_TRUE(help(words).starts_with("fno ") && help(words) == help("--version")) << words;
}

TEST(CommandLine, HelpIsTheSameByEveryRoad) {
  EXPECT_EQ(help("--help"), help("help"));
  EXPECT_EQ(help("-h"), help("help"));
  EXPECT_EQ(help("train --help"), help("help train"));
  EXPECT_EQ(help("train --task operator --help"), help("train -h"));
  EXPECT_EQ(help("simulate darcy --help"), help("help simulate darcy"));
  EXPECT_EQ(help("simulate --help"), help("help simulate"));
  for (const char* name : {"train", "evaluate", "simulate darcy", "inspect", "devices"})
    EXPECT_NE(help("help").find("\n  " + std::string(name) + " "), std::string::npos) << name;
}

// From one flag of a help page to the next, white space as one blank.
std::string entry_of(const std::string& page, const std::string& flag) {
  std::istringstream lines(page);
  std::string entry;
  for (std::string line; std::getline(lines, line);) {
    const bool begins = line.starts_with("  --") || line.empty();
    if (!entry.empty() && begins) break;
    if (entry.empty() && !(line + " ").starts_with("  " + flag + " ")) continue;
    for (const std::string& word : split(line)) entry += word + " ";
  }
  return entry;
}

TEST(CommandLine, HelpListsEveryFlagWithItsDefault) {
  const std::string pages = help("train --task operator --help");
  const std::size_t second = pages.find("fno train --task ptychography:");
  ASSERT_NE(second, std::string::npos);
  const std::string page = pages.substr(0, second), other = pages.substr(second);
  for (const auto& row : setting_rows("operator")) {
    const std::string entry = entry_of(page, row.label());
    EXPECT_NE(entry.find(row.required ? row.help : "(default: "), std::string::npos) << row.label() << ": " << entry;
    for (const std::string& name : row.rule.choices) EXPECT_NE(entry.find(name), std::string::npos) << entry;
  }
  EXPECT_EQ(entry_of(page, "--learning-rate"), "--learning-rate X base rate (default: 0.003) ");
  EXPECT_EQ(entry_of(page, "--fno-modes"),
            "--fno-modes N kept frequencies per axis (default: min(12, n/2) of each training axis) ");
  EXPECT_EQ(entry_of(page, "--epochs"), "--epochs N passes over the training data; also --nepochs (default: 50) ");
  EXPECT_NE(entry_of(page, "--lr-warmup-epochs").find("(default: min(5, epochs/4))"), std::string::npos);
  EXPECT_NE(entry_of(page, "--config"), "");
  EXPECT_NE(entry_of(page, "--set"), "");
  EXPECT_EQ(entry_of(page, "--probe-gain"), "");
  for (const auto& row : setting_rows("ptychography")) {
    const std::string entry = entry_of(other, row.label());
    EXPECT_NE(entry.find(row.help), std::string::npos) << row.label() << ": " << entry;
    for (const std::string& name : row.rule.choices) EXPECT_NE(entry.find(name), std::string::npos) << entry;
  }
  EXPECT_EQ(entry_of(other, "--learning-rate"), "--learning-rate X base rate (default: 0.001) ");
  EXPECT_EQ(entry_of(other, "--fno-modes"), "--fno-modes N kept frequencies per axis (default: 12) ");
  EXPECT_EQ(entry_of(other, "--validation-fraction"), "");
  std::istringstream lines(pages);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120u) << line;
}

}  // namespace
}  // namespace fno::settings
