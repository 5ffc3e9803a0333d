#include "tests/tools/cli/bad_input_cases.h"

#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/complete_files.h"
#include "tools/files/safetensors.h"

namespace fno::test {
namespace {

namespace fs = std::filesystem;

const std::string kLast = "run/checkpoints/last.ckpt", kModel = "run/model.safetensors";
constexpr std::uint64_t kMemory = 1 << 30;  // enough for the program with its threads, little for such data

Words evaluate_words(const Words& more = {}) {
  Words words{"evaluate", "--run", "run", "--data", "train.npz", "--device", "cpu"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words predict_words(const Words& more = {}) {
  Words words{"predict", "--run", "run", "--data", "train.npz", "--output", "out.npz", "--device", "cpu"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words model_words(const std::string& model) {
  return {"predict", "--model", model, "--data", "train.npz", "--output", "out.npz", "--device", "cpu"};
}

Words simulate_words(const Words& more) {
  Words words{"simulate", "darcy", "--samples", "2", "--grid", "8", "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Step damaged_run(double place) { return both(trained(), flipped(kLast, place)); }

void expect_failed_run(const Scratch& place, int code) {
  expect_complete_files(place);
  EXPECT_EQ(json_of(place, "run/manifest.json").at("exit_code"), code);
}

}  // namespace

Case Case::leaving(Step check) const {
  Case c = *this;
  c.after = std::move(check);
  return c;
}

Case Case::under(Conditions other) const {
  Case c = *this;
  c.conditions = std::move(other);
  return c;
}

Case Case::without(std::string device) const {
  Case c = *this;
  c.absent_device = std::move(device);
  return c;
}

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << "exit status " << c.code; }

Case refused(int code, std::string name, Words says, Words words, Step prepare) {
  return {std::move(name), code, std::move(says), std::move(words), std::move(prepare)};
}

Step both(Step first, Step second) {
  return [=](const Scratch& place) {
    first(place);
    second(place);
  };
}

Step file(std::string name, std::string text) {
  return [=](const Scratch& place) {
    fs::create_directories(fs::path(place.path(name)).parent_path());
    put_text(place.path(name), text);
  };
}

Step folder(std::string name) {
  return [=](const Scratch& place) { fs::create_directory(place.path(name)); };
}

Step trained(Words more) {
  more.push_back("--quiet");
  return [=](const Scratch& place) { ASSERT_EQ(run_fno(place, train_words(more)).code, 0); };
}

Step flipped(std::string name, double where) {
  return [=](const Scratch& place) {
    std::string text = text_of(place.path(name));
    text.at(static_cast<std::size_t>(where * static_cast<double>(text.size() - 1))) ^= 1;
    put_text(place.path(name), text);
  };
}

Step shortened(std::string name, int bytes) {
  return [=](const Scratch& place) {
    fs::resize_file(place.path(name), fs::file_size(place.path(name)) - static_cast<std::uintmax_t>(bytes));
  };
}

std::vector<Case> usage_cases() {
  const auto bad = [](const char* name, const Words& says, const Words& words, const Step& prepare = {}) {
    return refused(2, name, says, words, prepare);
  };
  const auto train = [&](const char* name, const Words& says, const Words& more, const Step& prepare = {}) {
    return bad(name, says, train_words(more), prepare);
  };
  return {
      bad("NoCommand", {"found nothing", "train"}, {}),
      bad("UnknownCommand", {"trian", "did you mean train?"}, {"trian"}),
      bad("DiffOfOneRun", {"diff: found 1 run directories, accepted: 2"}, {"diff", "a"}),
      bad("TimeLimitOfNothing", {"--time-limit: found 0:00, accepted: seconds, M:SS or H:MM:SS above 0"},
          train_words({"--time-limit", "0:00"})),
      bad("TimeLimitOfManyMinutes", {"--time-limit: found 1:60"}, train_words({"--time-limit", "1:60"})),
      bad("HashesOfNoStep", {"--weights-hash-freq: found 0"}, train_words({"--weights-hash-freq", "0"})),
      bad("UnknownCheck", {"--only", "adjoint", "adjoints", "speed"}, {"verify", "--only", "adjoint"}),
      bad("NoCheck", {"--only", "transforms"}, {"verify", "--only", ""}),
      bad("CheckTwice", {"--only", "each once"}, {"verify", "--only", "files,files"}),
      bad("UnknownKindOfGridLines", {"grid-line", "did you mean grid-lines?"}, {"simulate", "grid-line"}),
      bad("UnknownKindOfData", {"darci", "did you mean darcy?"}, {"simulate", "darci"}),
      bad("UnknownFlagOfEvaluate", {"did you mean --weights?"}, evaluate_words({"--weihgts", "best"})),
      bad("NoTask", {"--task", "operator"}, {"train", "--data", "train.npz"}),
      bad("NoArchitecture", {"--architecture", "fno_operator"}, {"train", "--task", "operator", "--data", "train.npz"}),
      train("UnknownFlag", {"--epoch", "did you mean --epochs?"}, {"--epoch", "3"}),
      train("UnknownTorchFlag", {"did you mean --learning-rate?"}, {"--torch-learning-rat", "3"}),
      train("FlagWithoutValue", {"--epochs", "found no value"}, {"--epochs"}),
      train("FlagTwice", {"--epochs", "once"}, {"--epochs", "3", "--epochs", "4"}),
      train("StrayWord", {"train", "stray"}, {"stray"}),
      train("EmptyPath", {"--data"}, {"--data", ""}),
      train("LinesInAName", {"--loss"}, {"--loss", "a\nb\x1b[31m"}),
      train("MalformedNumber", {"--epochs", "1o", "integer"}, {"--epochs", "1o"}),
      train("FractionalEpochs", {"--epochs", "1.5", "integer"}, {"--epochs", "1.5"}),
      train("NumberTooLarge", {"--epochs", "99999999999999999999"}, {"--epochs", "99999999999999999999"}),
      train("NoEpochs", {"--epochs", "found 0"}, {"--epochs", "0"}),
      train("EmptyBatch", {"--batch-size", "found 0"}, {"--batch-size", "0"}),
      train("StrideOfNothing", {"--stride", "found 0", "from 1 to"}, {"--stride", "0"}),
      train("StridesOfMoreAxes", {"--stride", "found 3 numbers", "2 axes"}, {"--stride", "1,2,1"}),
      train("HistoryOfNothing", {"--history", "found 0", "from 1"}, {"--history", "0"}),
      train("RolloutBeyondTheStates", {"--rollout", "found 2", "at most 1"}, {"--history", "1", "--rollout", "2"}),
      train("HistoryOfAllStates", {"--history", "found 2", "2 states", "train.npz"}, {"--history", "2"}),
      train("TimeAxisBeyondTheArray", {"--time-axis", "found 5", "0 to 3"}, {"--time-axis", "5"}),
      train("TimeAxisAgainstTheLayout", {"--time-axis", "found 1", "axis 2"}, {"--time-axis", "1", "--layout", "nhtw"}),
      train("NoThreads", {"--threads", "found 0"}, {"--threads", "0"}),
      train("UnknownInstructionSet", {"--cpu-isa", "found avx1024", "auto, avx512, avx2, baseline"},
            {"--cpu-isa", "avx1024"}),
      train("NegativeSeed", {"--seed", "-1"}, {"--seed", "-1"}),
      train("NegativeRate", {"--learning-rate", "-0.1", "above 0"}, {"--learning-rate", "-0.1"}),
      train("ZeroRate", {"--learning-rate", "found 0", "above 0"}, {"--learning-rate", "0"}),
      train("NanRate", {"--learning-rate", "nan", "above 0"}, {"--learning-rate", "nan"}),
      train("InfiniteRate", {"--learning-rate", "inf"}, {"--learning-rate", "inf"}),
      train("RateThatOverflows", {"--learning-rate", "1e999"}, {"--learning-rate", "1e999"}),
      train("WarmupAsLongAsTheRun", {"--lr-warmup-epochs", "found 3"}, {"--epochs", "3", "--lr-warmup-epochs", "3"}),
      train("WarmupLongerThanTheRun", {"--lr-warmup-epochs", "found 9", "run of 3"},
            {"--epochs", "3", "--lr-warmup-epochs", "9"}),
      train("AllForValidation", {"--validation-fraction", "below 1"}, {"--validation-fraction", "1"}),
      train("NegativeValidation", {"--validation-fraction", "-0.1"}, {"--validation-fraction", "-0.1"}),
      train("PlateauWithoutValidation", {"ReduceLROnPlateau", "--validation-fraction"},
            {"--scheduler", "ReduceLROnPlateau", "--validation-fraction", "0"}),
      train("UnknownArchitecture", {"fno_operater", "did you mean fno_operator?"}, {"--architecture", "fno_operater"}),
      train("ArchitectureOfTheOtherTask", {"hybrid", "ptychography", "fno_operator"}, {"--architecture", "hybrid"}),
      train("UnknownLoss", {"--loss", "l2", "relative_l2"}, {"--loss", "l2"}),
      train("LossOfTheOtherTask", {"--loss", "poisson", "ptychography"}, {"--loss", "poisson"}),
      train("FlagOfTheOtherTask", {"--probe-gain", "ptychography"}, {"--probe-gain", "1"}),
      train("ArchitectureOfAnOperatorForTheOtherTask", {"fno_operator", "--task operator", "hybrid"},
            {"--task", "ptychography"}),
      train("UnknownTask", {"--task", "operatr", "did you mean operator?"}, {"--task", "operatr"}),
      train("UnknownDevice", {"--device", "gpu", "auto, cpu, cuda"}, {"--device", "gpu"}),
      train("SwitchThatIsNeitherOnNorOff", {"--skip-bad-steps", "maybe"}, {"--skip-bad-steps=maybe"}),
      train("NoModes", {"--fno-modes", "found 0"}, {"--fno-modes", "0"}),
      train("ModesTooManyForTheGrid", {"--fno-modes", "found 5", "8 x 8", "at most 4"}, {"--fno-modes", "5"}),
      train("NetworkTooLarge", {"fno_width", "65536"}, {"--fno-width", "65536", "--fno-blocks", "1024"}),
  };
}

std::vector<Case> settings_cases() {
  const auto toml = [](const char* name, const Words& says, const char* text) {
    return refused(2, name, says, train_words({"--config", "my.toml"}), file("my.toml", text));
  };
  const auto set = [](const char* name, const Words& says, const Words& more) {
    return refused(2, name, says, train_words(more));
  };
  return {
      set("ConfigIsMissing", {"my.toml"}, {"--config", "my.toml"}),
      set("ConfigIsAFolder", {"--config"}, {"--config", "."}),
      toml("ConfigIsNotToml", {"my.toml:2"}, "[optim]\nepochs 3\n"),
      toml("ConfigIsNotText", {"my.toml:1"}, "\x93NUMPY"),
      toml("ConfigWithUnknownKey", {"my.toml:3", "optim.epoch", "did you mean optim.epochs?"},
           "# mine\n[optim]\nepoch = 3\n"),
      toml("ConfigWithUnknownSection", {"my.toml:1", "optima", "did you mean optim?"}, "[optima]\n"),
      toml("ConfigWithTextForANumber", {"my.toml:2", "optim.epochs", "integer"}, "[optim]\nepochs = \"3\"\n"),
      // Wrong, although the flag --learning-rate wins over it.
      toml("ConfigOutOfRange", {"my.toml:2", "optim.learning_rate", "-1"}, "[optim]\nlearning_rate = -1\n"),
      toml("ConfigOfTheOtherTask", {"my.toml:2", "ptychography"}, "[train]\nprobe_gain = 1\n"),
      set("SetWithoutValue", {"--set", "section.key=value"}, {"--set", "optim.epochs"}),
      set("SetUnknownKey", {"--set optim.zebra", "unknown key; did you mean"}, {"--set", "optim.zebra=1"}),
      set("SetOutOfRange", {"--set optim.batch_size", "found 0"}, {"--set", "optim.batch_size=0"}),
      set("SetTwice", {"--set optim.batch_size", "twice"},
          {"--set", "optim.batch_size=2", "--set", "optim.batch_size=3"}),
  };
}

std::vector<Case> run_cases() {
  const Words diverging{"--quiet",  "--optimizer", "sgd",         "--learning-rate", "1e30",
                        "--epochs", "9",           "--scheduler", "Default"};
  const auto with = [&](const Words& more) {
    Words words = train_words(diverging);
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const auto without = [](const char* name, const std::string& device, const std::string& asked) {
    return refused(5, name, {"--device", asked}, train_words({"--device", asked})).without(device);
  };
  return {
      refused(2, "RunDirectoryIsNotEmpty", {"--output-dir", "run", "--force"}, train_words(),
              file("run/notes", "mine")),
      refused(2, "RunDirectoryIsAFile", {"--output-dir", "run", "folder"}, train_words(), file("run", "mine")),
      refused(6, "RunDirectoryBelowAFile", {"--output-dir", "train.npz"},
              train_words({"--output-dir", "train.npz/run"})),
      // Nothing can be made there, whoever asks.
      refused(6, "RunDirectoryNotWritable", {"--output-dir", "/proc/run"}, train_words({"--output-dir", "/proc/run"})),
      refused(6, "TraceIntoAMissingFolder", {"none/trace.json"}, train_words({"--trace", "none/trace.json"})),
      refused(6, "TraceOntoAFolder", {"folder: cannot be written"}, train_words({"--trace", "folder"}),
              folder("folder")),
      refused(6, "DiskFullAtTheFirstFile", {"manifest.json", "File too large"}, train_words({"--quiet"}))
          .under({.largest_file = 500})
          .leaving([](const Scratch& place) { EXPECT_EQ(place.files().size(), 1u); }),
      refused(6, "DiskFullAtTheCheckpoint", {"run/checkpoints/", ".ckpt", "File too large"}, train_words({"--quiet"}))
          .under({.largest_file = 3500})
          .leaving([](const Scratch& place) {
            expect_failed_run(place, 6);
            EXPECT_TRUE(fs::is_empty(place.path("run/checkpoints")));
          }),
      refused(4, "DivergenceInTheFirstEpoch", {"epoch 1 of 9", "nan"}, with({"--batch-size", "1"}))
          .leaving([](const Scratch& place) { expect_failed_run(place, 4); }),
      refused(4, "DivergenceSeenInTheValidation", {"epoch 1 of 9", "validation loss", "nan"},
              with({"--batch-size", "9"}))
          .leaving([](const Scratch& place) {
            expect_failed_run(place, 4);
            EXPECT_FALSE(fs::exists(place.path(kLast)));
          }),
      refused(4, "DivergenceAfterAGoodEpoch", {"epoch 2 of 9", "nan"},
              with({"--batch-size", "10", "--validation-fraction", "0"}))
          .leaving([](const Scratch& place) {
            expect_failed_run(place, 4);
            EXPECT_TRUE(fs::exists(place.path(kLast)));
            EXPECT_EQ(json_of(place, "run/history.json").at("train_loss").size(), 1u);
          }),
      refused(6, "ResultsOntoAFullDisk", {"standard output"}, train_words({"--quiet"}))
          .under({.output = "/dev/full"})
          .leaving([](const Scratch& place) { expect_complete_files(place); }),
      refused(5, "NetworkLargerThanTheMemory", {"out of memory"}, train_words({"--fno-width", "30000"}))
          .under({.memory = kMemory}),
      without("TrainWithoutCuda", "cuda", "cuda"),
      without("TrainOnANumberedCuda", "cuda", "cuda:63"),
      without("TrainWithoutEmulation", "cuda-emulated", "cuda-emulated"),
  };
}

std::vector<Case> command_cases() {
  const Step other_channels = [](const Scratch& place) {
    write_set(place.path("train.npz"), smooth_npy({6, 2, 8, 8}), smooth_npy({6, 1, 8, 8}));
  };
  const Conditions full{.output = "/dev/full"}, small_disk{.largest_file = 200};
  return {
      refused(3, "DiffOfAMissingRun", {"none: found nothing, accepted: a run directory"}, {"diff", "run", "none"},
              trained()),
      refused(3, "DiffOfAFolderThatIsNoRun", {"run/config.toml: found nothing"}, {"diff", "run", "run"}, folder("run")),
      refused(3, "EvaluateMissingRun", {"--run", "run"}, evaluate_words()),
      refused(3, "EvaluateFolderThatIsNoRun", {"--run", "last.ckpt"}, evaluate_words(), folder("run")),
      refused(3, "EvaluateMissingData", {"none.npz"}, {"evaluate", "--run", "run", "--data", "none.npz"}, trained()),
      refused(3, "EvaluateBestOfARunWithoutOne", {"best.ckpt"}, evaluate_words({"--weights", "best"}),
              trained({"--validation-fraction", "0"})),
      refused(2, "EvaluateUnknownWeights", {"--weights", "worst", "last, best"},
              evaluate_words({"--weights", "worst"})),
      refused(7, "EvaluateFlippedBitInTheHead", {"last.ckpt"}, evaluate_words(), damaged_run(0)),
      refused(7, "EvaluateFlippedBitInTheState", {"last.ckpt"}, evaluate_words(), damaged_run(0.3)),
      refused(7, "EvaluateFlippedBitInTheWeights", {"last.ckpt"}, evaluate_words(), damaged_run(0.7)),
      refused(7, "EvaluateFlippedBitAtTheEnd", {"last.ckpt"}, evaluate_words(), damaged_run(1)),
      refused(7, "EvaluateTruncatedCheckpoint", {"last.ckpt"}, evaluate_words(), both(trained(), shortened(kLast, 99))),
      refused(3, "EvaluateDataOfOtherChannels", {"train.npz", "2 input"}, evaluate_words(),
              both(trained(), other_channels)),
      refused(6, "EvaluateIntoAMissingFolder", {"none/m.json"}, evaluate_words({"--output", "none/m.json"}), trained()),
      refused(6, "EvaluateIntoAFolder", {"run"}, evaluate_words({"--output", "run"}), trained()),
      refused(6, "EvaluateOntoAFullDisk", {"standard output"}, evaluate_words(), trained()).under(full),
      refused(6, "EvaluateAsJsonOntoAFullDisk", {"standard output"}, evaluate_words({"--json"}), trained()).under(full),
      refused(2, "EvaluateNothing", {"--run and --model", "neither"}, {"evaluate", "--data", "train.npz"}),
      refused(2, "EvaluateMalformedLayout", {"--layout", "nxy", "nchw"}, evaluate_words({"--layout", "nxy"}),
              trained()),
      refused(3, "EvaluateArraysThatAreNotThere", {"train.npz", "'a'", "--x-name"}, evaluate_words({"--x-name", "a"}),
              trained()),
      refused(2, "PredictARunAndAModel", {"--run and --model", "both"}, predict_words({"--model", kModel}), trained()),
      refused(2, "PredictBestWeightsOfAModel", {"--weights", "best", "--model"},
              {"predict", "--model", kModel, "--data", "train.npz", "--output", "out.npz", "--weights", "best"},
              trained()),
      refused(2, "PredictIntoAnUnknownFormat", {"--output", "'out.csv'", ".npz, .h5 or .hdf5"},
              {"predict", "--run", "run", "--data", "train.npz", "--output", "out.csv"}, trained()),
      refused(6, "PredictOverAFile", {"out.npz", "exists already", "--force"}, predict_words(),
              both(trained(), file("out.npz", "mine"))),
      refused(6, "PredictIntoAMissingFolder", {"none/out.npz"},
              {"predict", "--run", "run", "--data", "train.npz", "--output", "none/out.npz"}, trained()),
      refused(6, "PredictOntoAFullDisk", {"out.npz", "File too large"}, predict_words(), trained()).under(small_disk),
      refused(6, "PredictAFolderOverAFile", {"out/train.npz", "exists already"},
              {"predict", "--run", "run", "--data", "new", "--output", "out"},
              both(trained(), both(both(folder("new"), folder("out")),
                                   [](const Scratch& place) {
                                     fs::copy_file(place.path("train.npz"), place.path("new/train.npz"));
                                     put_text(place.path("out/train.npz"), "mine");
                                   }))),
      refused(3, "PredictAFolderWithoutData", {"no data file", "new"},
              {"predict", "--run", "run", "--data", "new", "--output", "out"}, both(trained(), folder("new"))),
      refused(2, "PredictAFolderOfFilesOfOneName", {"new/a.npy", "new/a.npz", "out/a.npz"},
              {"predict", "--run", "run", "--data", "new", "--output", "out"},
              both(trained(), both(folder("new"),
                                   [](const Scratch& place) {
                                     fs::copy_file(place.path("train.npz"), place.path("new/a.npz"));
                                     put_text(place.path("new/a.npy"), smooth_npy({6, 1, 8, 8}));
                                   }))),
      refused(3, "PredictMissingRun", {"--run", "run"}, predict_words()),
      refused(3, "PredictMissingData", {"train.npz", "No such file"}, predict_words({"--layout", "nchw"}),
              both(trained(), [](const Scratch& place) { fs::remove(place.path("train.npz")); })),
      refused(3, "PredictDataOfOtherChannels", {"train.npz", "2 input"}, predict_words(),
              both(trained(), other_channels)),
      refused(3, "PredictTargetsThatAreNotThere", {"train.npz", "'u'", "--y-name"}, predict_words({"--y-name", "u"}),
              trained()),
      refused(3, "PredictMissingModel", {"none.safetensors"}, model_words("none.safetensors")),
      refused(7, "PredictTruncatedModel", {kModel}, model_words(kModel), both(trained(), shortened(kModel, 1))),
      refused(7, "PredictModelWithADamagedHead", {kModel}, model_words(kModel), both(trained(), flipped(kModel, 0))),
      refused(
          7, "PredictModelOfAnotherProgram", {"other.safetensors", "description", "model.safetensors of a run"},
          model_words("other.safetensors"),
          [](const Scratch& place) {
            write_safetensors(place.path("other.safetensors"), std::vector<NamedArray>{{"w", make_host_scalar(1.0f)}});
          }),
      refused(4, "PredictByWeightsThatAreNotFinite", {"train.npz", "sample 0", "nan"}, model_words("nan.safetensors"),
              both(trained(),
                   [](const Scratch& place) {
                     SafetensorsFile model = read_safetensors(place.path(kModel));
                     for (NamedArray& array : model.arrays)
                       array.array = make_host_array(
                           std::vector<float>(static_cast<std::size_t>(array.array.count()), std::nanf("")),
                           array.array.shape);
                     write_safetensors(place.path("nan.safetensors"), model.arrays, model.metadata);
                   })),
      refused(2, "SimulateMalformedContrast", {"--contrast", "3;12", "LO,HI"},
              simulate_words({"--output", "new.npz", "--contrast", "3;12"})),
      refused(2, "SimulateContrastOfOneValue", {"--contrast", "LO,HI"},
              simulate_words({"--output", "new.npz", "--contrast", "3"})),
      refused(2, "SimulateContrastUpsideDown", {"--contrast", "12,3"},
              simulate_words({"--output", "new.npz", "--contrast", "12,3"})),
      refused(2, "SimulateContrastOfZero", {"--contrast", "0,3"},
              simulate_words({"--output", "new.npz", "--contrast", "0,3"})),
      refused(2, "SimulateStrideThatDoesNotDivide", {"--stride", "found 3", "--grid 8"},
              simulate_words({"--output", "new.npz", "--stride", "3"})),
      refused(2, "SimulateNoSamples", {"--samples", "found 0"},
              {"simulate", "darcy", "--output", "new.npz", "--samples", "0", "--grid", "8"}),
      refused(2, "SimulateGridThatIsTooLarge", {"--grid", "1000000"},
              {"simulate", "darcy", "--output", "new.npz", "--samples", "1", "--grid", "1000000"}),
      refused(5, "SimulateMoreThanTheMemory", {"out of memory"},
              {"simulate", "darcy", "--output", "new.npz", "--samples", "10000000", "--grid", "64"})
          .under({.memory = kMemory}),
      refused(2, "SimulateWithoutOutput", {"--output"}, simulate_words({})),
      refused(6, "SimulateIntoAMissingFolder", {"--output", "none"}, simulate_words({"--output", "none/new.npz"})),
      refused(6, "SimulateIntoAFolder", {"here"}, simulate_words({"--output", "here"}), folder("here")),
      refused(6, "SimulateNotWritable", {"/proc"}, simulate_words({"--output", "/proc/new.npz"})),
      refused(6, "SimulateOntoAFullDisk", {"new.npz", "File too large"}, simulate_words({"--output", "new.npz"}))
          .under(small_disk),
      refused(6, "SimulateOverAFileThatItDidNotMake", {"train.npz", "--force"},
              simulate_words({"--output", "train.npz"})),
      refused(2, "SimulateIntoAnUnknownFormat", {"--output", "new.mat", ".npz"},
              simulate_words({"--output", "new.mat"})),
      refused(2, "SimulateWithoutViscosity", {"--viscosity", "found 0"},
              {"simulate", "burgers", "--output", "new.npz", "--samples", "2", "--grid", "32", "--viscosity", "0"}),
      refused(2, "SimulateMoreHistoryThanFrames", {"--history", "found 4"},
              {"simulate", "navier-stokes", "--output", "new.npz", "--samples", "2", "--grid", "16", "--viscosity",
               "0.01", "--time", "1", "--steps", "4", "--history", "4"}),
      refused(5, "SimulateMoreFramesThanTheMemory", {"out of memory"},
              {"simulate", "navier-stokes", "--output", "new.npz", "--samples", "100000", "--grid", "64", "--viscosity",
               "0.01", "--time", "1", "--steps", "100"})
          .under({.memory = kMemory}),
      refused(4, "SimulateWithATimeStepOutOfReach", {"simulate burgers: sample 0", "steps"},
              {"simulate", "burgers", "--output", "new.npz", "--samples", "1", "--grid", "16", "--viscosity", "1e-12",
               "--time", "1e6"}),
      refused(6, "SimulateOverAFileOntoAFullDisk", {"train.npz", "File too large"},
              simulate_words({"--output", "train.npz", "--force"}))
          .under(small_disk),
      refused(3, "InspectMissingFile", {"none.npz"}, {"inspect", "none.npz"}),
      refused(2, "InspectUnknownKind", {"notes.txt", ".npz", ".safetensors"}, {"inspect", "notes.txt"},
              file("notes.txt", "mine")),
      refused(3, "InspectFolderThatIsNoRun", {"manifest.json"}, {"inspect", "."}),
      refused(2, "InspectTwoPaths", {"run"}, {"inspect", "train.npz", "run"}),
      refused(7, "InspectDamagedSafetensors", {kModel}, {"inspect", kModel}, both(trained(), flipped(kModel, 0))),
      refused(7, "InspectTruncatedSafetensors", {kModel}, {"inspect", kModel}, both(trained(), shortened(kModel, 1))),
      refused(7, "InspectDamagedCheckpoint", {kLast}, {"inspect", kLast}, damaged_run(0.5)),
      refused(3, "InspectDamagedManifest", {"run/manifest.json"}, {"inspect", "run"}, file("run/manifest.json", "{")),
      refused(3, "InspectManifestOfAnotherKind", {"run/manifest.json"}, {"inspect", "run"},
              file("run/manifest.json", "[1]")),
      refused(6, "DevicesOntoAFullDisk", {"standard output"}, {"devices"}).under(full),
      refused(6, "HelpOntoAFullDisk", {"standard output"}, {"--help"}).under(full),
  };
}

}  // namespace fno::test
