// Data that the program makes: what is in the files, that they can be trained on, what is replaced.
#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/cli/program.h"
#include "tools/files/formats/hdf5_file.h"
#include "tools/files/formats/open_array_file.h"
#include "tools/files/npz.h"

namespace fno::test {
namespace {

using nlohmann::json;
using Shape = std::vector<std::int64_t>;

class Simulate : public ::testing::Test {
 protected:
  Outcome run(Words words, const Words& more = {}) {
    words.insert(words.begin(), "simulate");
    words.insert(words.end(), more.begin(), more.end());
    return run_fno(place_, words);
  }
  Outcome ok(const Words& words, const Words& more = {}) {
    const Outcome outcome = run(words, more);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  }
  HostArray array(const std::string& file, const std::string& name) {
    return open_array_file(place_.path(file))->read(name);
  }
  // The tiny network of train_words() on train.npz; `modes` an axis.
  void expect_trains(const std::string& modes) {
    const Outcome trained = run_fno(place_, train_words({"--fno-modes", modes, "--force"}));
    EXPECT_EQ(trained.code, 0) << trained.err;
  }

  Scratch place_;
  const Words burgers_{"burgers", "--output", "train.npz", "--samples", "10", "--grid", "64", "--stride", "4"};
  const Words navier_stokes_{"navier-stokes", "--output", "train.npz", "--samples", "10",
                             "--grid",        "16",       "--stride",  "2",         "--viscosity",
                             "0.01",          "--time",   "3",         "--steps",   "6"};
};

TEST_F(Simulate, BurgersGivesPairsThatTrain) {
  const json facts = json::parse(ok(burgers_, {"--viscosity", "0.05", "--time", "0.5", "--json"}).out);
  EXPECT_EQ(facts["samples"], 10);
  EXPECT_EQ(facts["viscosity"], 0.05);
  EXPECT_EQ(facts["time"], 0.5);
  EXPECT_LE(facts["largest_error"], 1e-6);
  EXPECT_LT(facts["largest_tail"], 1e-3);
  for (const char* name : {"x", "y"}) EXPECT_EQ(array("train.npz", name).shape, (Shape{10, 1, 16}));
  EXPECT_EQ(json::parse(array("train.npz", "metadata").to_texts().at(0))["generator"], "burgers");
  expect_trains("4");
}

TEST_F(Simulate, NavierStokesGivesFramesThatTrain) {
  const json facts = json::parse(ok(navier_stokes_, {"--json"}).out);
  EXPECT_EQ(facts["steps"], 6);
  EXPECT_LE(facts["largest_error"], 1e-4);
  EXPECT_EQ(array("train.npz", "x").shape, (Shape{10, 1, 8, 8}));
  EXPECT_EQ(array("train.npz", "y").shape, (Shape{10, 1, 6, 8, 8}));
  EXPECT_EQ(array("train.npz", "t").to_doubles(), (std::vector<double>{0.5, 1, 1.5, 2, 2.5, 3}));
  expect_trains("2");
  ok(navier_stokes_, {"--history", "2"});
  EXPECT_EQ(array("train.npz", "x").shape, (Shape{10, 2, 8, 8}));
  EXPECT_EQ(array("train.npz", "y").shape, (Shape{10, 1, 4, 8, 8}));
  EXPECT_EQ(array("train.npz", "t").to_doubles(), (std::vector<double>{1.5, 2, 2.5, 3}));
  expect_trains("2");
}

TEST_F(Simulate, FilesAreAFunctionOfTheSeed) {
  for (const Words& words : {burgers_, navier_stokes_}) {
    const auto bytes = [&](const char* threads, const char* seed) {
      ok(words, {"--threads", threads, "--seed", seed});
      return text_of(place_.path("train.npz"));
    };
    const std::string first = bytes("1", "2");
    EXPECT_TRUE(bytes("1", "2") == first);
    EXPECT_TRUE(bytes("3", "2") == first);
    EXPECT_FALSE(bytes("1", "3") == first);
  }
}

TEST_F(Simulate, Hdf5HoldsTheSameArrays) {
  if (hdf5_version().empty()) GTEST_SKIP() << "built without HDF5";
  for (Words words :
       {burgers_, navier_stokes_, Words{"darcy", "--output", "train.npz", "--samples", "2", "--grid", "8"}}) {
    ok(words);
    words[2] = "train.h5";
    ok(words);
    for (const char* name : {"x", "y", "metadata"}) {
      EXPECT_EQ(array("train.h5", name).shape, array("train.npz", name).shape) << name;
      if (std::string(name) != "metadata") {
        EXPECT_EQ(array("train.h5", name).bytes, array("train.npz", name).bytes) << name;
      }
    }
  }
}

TEST_F(Simulate, ReplacesWhatItCanMakeAgainAndSaysSo) {
  EXPECT_EQ(ok(burgers_).out.find("replaces"), std::string::npos);
  EXPECT_NE(ok(burgers_, {"--seed", "1"}).out.find("replaces the file"), std::string::npos);
  put_text(place_.path("train.npz"), "");
  ok(burgers_);
  write_npz(place_.path("train.npz"), std::vector<NamedArray>{{"x", make_host_scalar(1.0f)}}, false);
  const std::string mine = text_of(place_.path("train.npz"));
  for (const char* kind : {"burgers", "darcy"}) {
    const Outcome refused = run({kind, "--output", "train.npz", "--samples", "2", "--grid", "8"});
    EXPECT_EQ(refused.code, 6);
    EXPECT_NE(refused.err.find("--force"), std::string::npos) << refused.err;
    EXPECT_EQ(std::ranges::count(refused.err, '\n'), 1) << refused.err;
    EXPECT_TRUE(text_of(place_.path("train.npz")) == mine);
  }
  ok(burgers_, {"--force"});
  EXPECT_FALSE(text_of(place_.path("train.npz")) == mine);
}

TEST_F(Simulate, AGridThatIsTooCoarseIsSaid) {
  const Words coarse{"burgers", "--output", "a.npz", "--samples", "2", "--grid", "32", "--viscosity", "1e-3"};
  const Outcome said = ok(coarse);
  EXPECT_NE(said.err.find("notice: --grid 32 is coarse for --viscosity 0.001"), std::string::npos) << said.err;
  EXPECT_TRUE(ok(coarse, {"--quiet"}).err.empty());
  EXPECT_EQ(json::parse(ok(coarse, {"--json"}).out)["notices"].size(), 1u);
  EXPECT_TRUE(ok(burgers_).err.empty());
}

}  // namespace
}  // namespace fno::test
