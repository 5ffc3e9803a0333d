#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "framework/cpu/device.h"
#include "framework/tensor/random.h"
#include "tests/support/expect_error.h"
#include "tests/tools/command_words.h"
#include "tools/files/npz.h"
#include "tools/tasks/operator/operator_data.h"
#include "tools/training/json_values.h"

namespace fno::training {

using operators::OperatorData;
using test::throws_error;

/// A folder of its own for each test, deleted at the end.
class InFolder : public ::testing::Test {
 protected:
  InFolder() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("fno_") + info->test_suite_name() + "_" + info->name() + "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~InFolder() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

inline std::string text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline Json json_of_file(const std::string& path) { return Json::parse(text_of_file(path)); }

inline std::vector<Json> json_lines(const std::string& path) {
  std::istringstream in(text_of_file(path));
  std::vector<Json> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
  return lines;
}

/// Values that a small network can learn: y = 2·x² + its neighbour, on an n x n grid.
inline void write_pairs(const std::string& path, std::int64_t samples, std::int64_t n, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> x(static_cast<std::size_t>(samples * n * n)), y(x.size());
  for (float& v : x) v = static_cast<float>(random.normal());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = 2 * x[i] * x[i] + x[(i + 1) % x.size()] + 3;
  const std::vector<std::int64_t> shape{samples, 1, n, n};
  write_npz(path, std::vector<NamedArray>{{"x", make_host_array(x, shape)}, {"y", make_host_array(y, shape)}}, false);
}

/// Settings as `fno train` would make them of these flags, for a small network.
inline settings::Settings small_settings(const std::string& data, const std::string& run,
                                         const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"train", "--task",           "operator", "--data",       data, "--output-dir",
                                 run,     "--fno-width",      "4",        "--fno-modes",  "2",  "--fno-blocks",
                                 "2",     "--fno-projection", "8",        "--batch-size", "4",  "--quiet"};
  if (std::ranges::find(more, "--architecture") == more.end())
    words.insert(words.end(), {"--architecture", "fno_operator"});
  if (std::ranges::find(more, "--epochs") == more.end()) words.insert(words.end(), {"--epochs", "3"});
  if (std::ranges::find(more, "--threads") == more.end()) words.insert(words.end(), {"--threads", "1"});
  if (std::ranges::find(more, "--device") == more.end()) words.insert(words.end(), {"--device", "cpu"});
  words.insert(words.end(), more.begin(), more.end());
  return test::train_settings(words);
}

}  // namespace fno::training
