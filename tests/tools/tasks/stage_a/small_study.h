#pragma once

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "framework/cpu/device.h"
#include "tests/tools/command_words.h"
#include "tools/tasks/stage_a/bench.h"

namespace fno::stage_a {

/// A folder of its own for each test, and a study whose runs take a tenth of a second: 34 training patches of 16 x 16
/// (two batches of 16 and one of 2), 169 test patches, 2 levels of width 4.
class SmallStudy : public testing::Test {
 protected:
  SmallStudy() { std::filesystem::create_directories(folder_); }
  ~SmallStudy() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] StudyOptions options(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{
        "study", "stage-a", "--output-dir", out().string(), "--data-dir", (folder_ / "data").string(), "--quiet"};
    const std::vector<std::pair<std::string, std::string>> flags{{"--N", "16"},
                                                                 {"--size", "64"},
                                                                 {"--outer-offset-train", "16"},
                                                                 {"--outer-offset-test", "8"},
                                                                 {"--threads", "1"},
                                                                 {"--device", "cpu"},
                                                                 {"--patches-train", "34"},
                                                                 {"--fno-width", "4"},
                                                                 {"--fno-modes", "3"},
                                                                 {"--fno-blocks", "2"},
                                                                 {"--epochs", "2"},
                                                                 {"--seeds", "5"}};
    for (const auto& [flag, value] : flags)
      if (std::ranges::find(more, flag) == more.end()) words.insert(words.end(), {flag, value});
    words.insert(words.end(), more.begin(), more.end());
    return study_options(test::call_of(words).given);
  }

  [[nodiscard]] std::filesystem::path out() const { return folder_ / "out"; }
  [[nodiscard]] std::string data() const { return (folder_ / "data").string(); }
  [[nodiscard]] static Device device() { return cpu_device(1); }

  static std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) /
      ("fno_study_" + std::to_string(::getpid()) + "_" + testing::UnitTest::GetInstance()->current_test_info()->name());
};

}  // namespace fno::stage_a
