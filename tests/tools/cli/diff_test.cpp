// fno diff: two runs laid side by side, of one training, of two that part at once and of two that part later.
#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/cli/array_files.h"
#include "tests/tools/cli/complete_files.h"
#include "tests/tools/cli/program.h"

namespace fno::test {
namespace {

using nlohmann::json;

class Diff : public InFolder {
 protected:
  Diff() { write_pairs(place_.path("train.npz"), 6, 8); }
  void train(const std::string& run, const Words& more) const {
    Words words{"train",
                "--task",
                "operator",
                "--architecture",
                "fno_operator",
                "--data",
                "train.npz",
                "--batch-size",
                "2",
                "--validation-fraction",
                "0",
                "--fno-width",
                "4",
                "--quiet",
                "--output-dir",
                run};
    if (std::ranges::find(more, "--epochs") == more.end()) words.insert(words.end(), {"--epochs", "2"});
    words.insert(words.end(), more.begin(), more.end());
    (void)ok(words);
  }
  [[nodiscard]] json differences(const std::string& one, const std::string& other) const {
    return json::parse(ok({"diff", one, other, "--json"}).out);
  }
};

TEST_F(Diff, RunsOfOneTrainingAreTheSame) {
  train("a", {"--threads", "1"});
  train("b", {"--threads", "2", "--log-grad-norm"});
  const json d = differences("a", "b");
  EXPECT_TRUE(d.at("same"));
  EXPECT_EQ(d.at("steps"), json({6, 6}));
  EXPECT_EQ(d.at("steps_with_hashes"), 2);
  EXPECT_TRUE(d.at("settings").empty());
  EXPECT_EQ(d.at("settings_without_effect").at(0).at("name"), "run.output_dir");
  const Outcome told = ok({"diff", "a", "b", "--exit-code"});
  EXPECT_NE(told.out.find("the runs are the same\n"), std::string::npos) << told.out;
}

TEST_F(Diff, OtherWeightsPartAtTheFirstStep) {
  train("a", {});
  train("b", {"--seed", "1", "--weights-hash-freq", "1"});
  const json d = differences("a", "b");
  EXPECT_FALSE(d.at("same"));
  EXPECT_EQ(d.at("settings"), json::parse(R"([{"name": "run.seed", "first": "0", "second": "1"}])"));
  EXPECT_EQ(d.at("first_step").at("step"), 0);
  // The first hashes that both have are those of the first epoch's end.
  EXPECT_EQ(d.at("first_weights").at("after_step"), 2);
  EXPECT_EQ(run_fno(place_, {"diff", "a", "b", "--exit-code"}).code, 1);
}

// A decay of the weights of one run: the first loss is that of equal weights, the first update differs.
TEST_F(Diff, NamesTheStepAndTheTensor) {
  train("a", {"--weights-hash-freq", "1"});
  train("b", {"--weights-hash-freq", "1", "--weight-decay", "0.01"});
  const json d = differences("a", "b");
  EXPECT_EQ(d.at("first_step").at("step"), 1);
  EXPECT_EQ(d.at("first_step").at("numbers").at(0).at("name"), "loss");
  EXPECT_EQ(d.at("first_weights").at("after_step"), 0);
  const json steps = json_lines(text("a/metrics.jsonl"));
  const auto first = steps.at(0).at("tensors").begin().key();  // one of them, by name
  EXPECT_EQ(d.at("first_weights").at("of"), steps.at(0).at("tensors").size());
  EXPECT_NE(json(d.at("first_weights").at("tensors")).dump().find(first), std::string::npos);
  const Outcome told = ok({"diff", "a", "b"});
  EXPECT_NE(told.out.find("optim.weight_decay  1e-04 | 0.01\n"), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("the runs part at step 1 (epoch 1)\n"), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("weights differ first after step 0, the first with hashes: "), std::string::npos) << told.out;
}

TEST_F(Diff, AShorterRunIsNotTheSame) {
  train("a", {"--scheduler", "Default"});
  train("b", {"--scheduler", "Default", "--epochs", "1"});
  const json d = differences("a", "b");
  EXPECT_FALSE(d.at("same"));
  EXPECT_EQ(d.at("compared_steps"), 3);
  EXPECT_TRUE(d.at("first_step").is_null());
  EXPECT_TRUE(d.at("first_weights").is_null());
}

}  // namespace
}  // namespace fno::test
